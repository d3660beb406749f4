import { COMMON_FLAGS, type FlagDefinition, type ParsedFlags, UsageError } from '../../flags/flag-definition.js';
import { FlagValues } from '../../flags/flag-values.js';
import { ALL_COLLECTORS } from '../../node/all-collectors.js';
import { type CollectorFlag, CollectorOptions } from '../../node/collector-options.js';
import { UNBUILT_COLLECTORS, type UnbuiltCollector } from '../../node/unbuilt-collectors.js';
import { LOG_FLAGS, readLogOptions } from '../log-flags.js';
import { readWebOptions, webFlags } from '../web-flags.js';
import type { NodeOptions } from './node-options.js';

const DEFAULT_ADDRESS = ':9100';

/** The flags for the host's mount points, and the switch that turns off default collectors. */
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

/** Accepted without effect, so that command lines written for upstream work. */
const IDLE_FLAGS: readonly FlagDefinition[] = [
  { name: 'runtime.gomaxprocs', kind: 'value', isHidden: true, help: 'Has no effect.' },
];

/** The flags of node metrics, which are upstream's: without the common ones, the web's and the log's. */
export const NODE_FLAGS: readonly FlagDefinition[] = [
  ...HOST_FLAGS,
  ...ALL_COLLECTORS.map(({ name, isDefault }) => collectorSwitch(name, isDefault)),
  ...ALL_COLLECTORS.flatMap(({ flags }) => flags.map(definitionOf)),
  ...UNBUILT_COLLECTORS.flatMap(({ name, flags }) => [
    hidden(`collector.${name}`, 'switch'),
    ...flags.map((flag) => hidden(`collector.${flag.name}`, flag.kind)),
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

/** The options of node metrics from a command line; throws UsageError for a bad value. */
export function readNodeOptions(flags: ParsedFlags): NodeOptions {
  const values = new FlagValues(flags);
  return {
    paths: {
      procfs: values.text('path.procfs', '/proc'),
      sysfs: values.text('path.sysfs', '/sys'),
      rootfs: values.text('path.rootfs', '/'),
      udevData: values.text('path.udev.data', '/run/udev/data'),
    },
    enabled: enabledCollectors(values, flags),
    missing: missingCollectors(values, flags),
    collectorFlags: collectorFlags(flags),
    telemetryPath: values.text('web.telemetry-path', '/metrics'),
    withOwnMetrics: !values.isOn('web.disable-exporter-metrics'),
    // Below zero is no limit either, and a fraction counts as its whole part, as upstream has it.
    maxRequests: Math.max(0, Math.trunc(values.float('web.max-requests', 40))),
    web: readWebOptions(values, DEFAULT_ADDRESS),
    ...readLogOptions(values),
  };
}

/**
 * Collectors of upstream that this build lacks, and that the user expects: they are turned on, or on by default and
 * given options. Their absence must not be silent.
 */
function missingCollectors(values: FlagValues, flags: ParsedFlags): readonly UnbuiltCollector[] {
  return UNBUILT_COLLECTORS.filter((collector) => {
    const hasOptions = collector.flags.some(({ name }) => flags.values.has(`collector.${name}`));
    const isNamed = flags.values.has(`collector.${collector.name}`);
    return (isNamed || hasOptions) && isOn(collector, values, flags);
  });
}

function enabledCollectors(values: FlagValues, flags: ParsedFlags): ReadonlySet<string> {
  return new Set(ALL_COLLECTORS.filter((collector) => isOn(collector, values, flags)).map(({ name }) => name));
}

function isOn(
  { name, isDefault }: { readonly name: string; readonly isDefault: boolean },
  values: FlagValues,
  flags: ParsedFlags,
): boolean {
  const given = flags.values.get(`collector.${name}`)?.at(-1);
  return given === undefined ? isDefault && !values.isOn('collector.disable-defaults') : given === 'true';
}

/** The values of the collectors' own flags, whether the collectors run or not. */
function collectorFlags({ values }: ParsedFlags): ReadonlyMap<string, readonly string[]> {
  const flags = ALL_COLLECTORS.flatMap((collector) => collector.flags);
  const given = new Map(
    flags.flatMap(({ name }) => {
      const texts = values.get(`collector.${name}`);
      return texts === undefined ? [] : [[name, texts] as const];
    }),
  );
  try {
    new CollectorOptions(flags, given).assertReadable();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new UsageError(error.message, { cause: error });
  }
  return given;
}
