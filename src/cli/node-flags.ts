import { ALL_COLLECTORS } from '../node/all-collectors.js';
import type { CollectorFlag } from '../node/collector-options.js';
import { UNBUILT_COLLECTORS } from '../node/unbuilt-collectors.js';
import type { NodeOptions } from '../server/node-options.js';
import { COMMON_FLAGS, UsageError } from './flag-definition.js';
import type { FlagDefinition, ParsedFlags } from './flag-definition.js';
import { FlagValues } from './flag-values.js';
import { LOG_FLAGS, readLogOptions } from './log-flags.js';
import { readWebOptions, webFlags } from './web-flags.js';

const DEFAULT_ADDRESS = ':9100';

/** Where the host's trees are, and which collectors run. */
const HOST_FLAGS: readonly FlagDefinition[] = [
  { name: 'path.procfs', kind: 'value', shown: '"/proc"', help: 'Where the proc file system of the host is mounted.' },
  { name: 'path.sysfs', kind: 'value', shown: '"/sys"', help: 'Where the sys file system of the host is mounted.' },
  { name: 'path.rootfs', kind: 'value', shown: '"/"', help: "Where the host's root is mounted." },
  { name: 'path.udev.data', kind: 'value', shown: '"/run/udev/data"', help: "Where udev's data are." },
  {
    name: 'collector.disable-defaults',
    kind: 'switch',
    help: 'Run no collectors but those that are turned on by their own flags.',
  },
];

const OWN_WEB_FLAGS: readonly FlagDefinition[] = [
  { name: 'web.telemetry-path', kind: 'value', shown: '"/metrics"', help: 'Path of the metrics.' },
  {
    name: 'web.disable-exporter-metrics',
    kind: 'switch',
    help: 'Leave out what the service says about itself: promhttp_*, process_* and nodejs_*.',
  },
  {
    name: 'web.max-requests',
    kind: 'value',
    shown: '40',
    help: 'How many scrapes are answered at once; more are refused. 0 is no limit.',
  },
];

/** Understood for the sake of command lines that were written for upstream. */
const IDLE_FLAGS: readonly FlagDefinition[] = [
  { name: 'runtime.gomaxprocs', kind: 'value', isHidden: true, help: 'Has no effect.' },
];

/** The flags of node metrics, which are upstream's: without the common ones, the web's and the log's. */
export const NODE_FLAGS: readonly FlagDefinition[] = [
  ...HOST_FLAGS,
  ...ALL_COLLECTORS.map(({ name, isDefault }) => collectorSwitch(name, isDefault)),
  ...ALL_COLLECTORS.flatMap(({ flags }) => flags.map(definitionOf)),
  ...UNBUILT_COLLECTORS.flatMap(({ name, flags = [] }) => [
    hidden(`collector.${name}`, 'switch'),
    ...flags.map((flag) => hidden(`collector.${flag}`, 'repeatable')),
  ]),
  ...OWN_WEB_FLAGS,
  ...IDLE_FLAGS,
];

/** The flags of `sonde node`. */
export const NODE_COMMAND_FLAGS: readonly FlagDefinition[] = [
  ...COMMON_FLAGS.slice(0, 1),
  ...NODE_FLAGS,
  ...webFlags(DEFAULT_ADDRESS),
  ...LOG_FLAGS,
  ...COMMON_FLAGS.slice(1),
];

function collectorSwitch(name: string, isDefault: boolean): FlagDefinition {
  return {
    name: `collector.${name}`,
    kind: 'switch',
    help: `Run the ${name} collector (${isDefault ? 'on' : 'off'} unless told otherwise).`,
  };
}

function definitionOf(flag: CollectorFlag): FlagDefinition {
  const shown = flag.kind === 'value' ? JSON.stringify(flag.default) : undefined;
  return {
    name: `collector.${flag.name}`,
    kind: flag.kind,
    help: flag.help,
    ...(shown !== undefined && { shown }),
    ...(flag.isHidden && { isHidden: true }),
  };
}

function hidden(name: string, kind: FlagDefinition['kind']): FlagDefinition {
  return { name, kind, isHidden: true, help: 'A collector that this build does not have.' };
}

/** The options of node metrics from a command line; throws UsageError for a bad value and for what is not built. */
export function readNodeOptions(flags: ParsedFlags): NodeOptions {
  const values = new FlagValues(flags);
  refuseUnbuilt(flags);
  return {
    paths: {
      procfs: values.text('path.procfs', '/proc'),
      sysfs: values.text('path.sysfs', '/sys'),
      rootfs: values.text('path.rootfs', '/'),
      udevData: values.text('path.udev.data', '/run/udev/data'),
    },
    enabled: enabledCollectors(values, flags),
    collectorFlags: collectorFlags(flags),
    telemetryPath: values.text('web.telemetry-path', '/metrics'),
    withOwnMetrics: !values.isOn('web.disable-exporter-metrics'),
    maxRequests: values.uint('web.max-requests', 40),
    web: readWebOptions(values, DEFAULT_ADDRESS),
    ...readLogOptions(values),
  };
}

/** What somebody counts on must not be missing in silence; what is turned off anyway may be. */
function refuseUnbuilt({ values }: ParsedFlags): void {
  for (const { name, reason, flags = [] } of UNBUILT_COLLECTORS) {
    const isAsked = values.get(`collector.${name}`)?.at(-1) === 'true';
    const given = flags.find((flag) => values.has(`collector.${flag}`));
    if (!isAsked && given === undefined) continue;
    const flag = isAsked ? name : (given ?? name);
    throw new UsageError(`flag '--collector.${flag}' cannot be had: the ${name} collector is not built: ${reason}`);
  }
}

function enabledCollectors(values: FlagValues, flags: ParsedFlags): ReadonlySet<string> {
  const withDefaults = !values.isOn('collector.disable-defaults');
  const isOn = (name: string, isDefault: boolean): boolean => {
    const given = flags.values.get(`collector.${name}`)?.at(-1);
    return given === undefined ? isDefault && withDefaults : given === 'true';
  };
  return new Set(ALL_COLLECTORS.filter(({ name, isDefault }) => isOn(name, isDefault)).map(({ name }) => name));
}

function collectorFlags({ values }: ParsedFlags): ReadonlyMap<string, readonly string[]> {
  const names = ALL_COLLECTORS.flatMap(({ flags }) => flags.map(({ name }) => name));
  return new Map(
    names.flatMap((name) => {
      const given = values.get(`collector.${name}`);
      return given === undefined ? [] : [[name, given] as const];
    }),
  );
}
