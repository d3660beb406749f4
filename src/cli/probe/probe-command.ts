import { COMMON_FLAGS, CONFIG_FILE_FLAG, type FlagDefinition, UsageError } from '../../flags/flag-definition.js';
import { FlagValues } from '../../flags/flag-values.js';
import type { Command } from '../command.js';
import { BUILT_IN_NAMES } from './built-in-modules.js';
import type { OutputForm, ProbeCommand } from './probe-targets.js';

const PROBE_FLAGS: readonly FlagDefinition[] = [
  ...COMMON_FLAGS.slice(0, 1),
  {
    ...CONFIG_FILE_FLAG,
    help: `${CONFIG_FILE_FLAG.help} Without one, and without a blackbox.yml here, there are the built-in modules.`,
  },
  {
    name: 'module',
    kind: 'value',
    short: 'm',
    shown: '<name>',
    words: BUILT_IN_NAMES,
    help: "Module to probe with: one of the configuration, or a built-in one. Absent: the one of the target's scheme.",
  },
  {
    name: 'targets',
    kind: 'value',
    shown: '<file>',
    help: 'File with targets, one a line; `-` is standard input, also as a TARGET.',
  },
  {
    name: 'hostname',
    kind: 'value',
    shown: '<name>',
    help: 'Name to address the target by, as the hostname parameter of /probe.',
  },
  {
    name: 'param',
    kind: 'repeatable',
    shown: '<name>=<value>',
    help: 'Value of a parameter that the module declares. May be given several times.',
  },
  {
    name: 'timeout',
    kind: 'value',
    shown: '120',
    help: "Seconds that the probe may take, unless the module's timeout is shorter.",
  },
  { name: 'json', kind: 'switch', help: 'Print a probe report a line (schemas/probe-report.json).' },
  { name: 'metrics', kind: 'switch', help: 'Print the metrics only.' },
  { name: 'debug', kind: 'switch', help: 'Print what /probe?debug=true shows: log, metrics and module.' },
  {
    name: 'watch',
    kind: 'value',
    shown: '<duration>',
    help: 'Probe again and again, at this interval: a line a probe, and a summary at the end (Ctrl-C, or --count).',
  },
  {
    name: 'uncertainty',
    kind: 'switch',
    help: 'Say how late the event loop was while the probe ran, by which its times may be too long.',
  },
  { name: 'count', kind: 'value', shown: '1', help: 'How many times to probe; the interval is 1s without --watch.' },
  ...COMMON_FLAGS.slice(1),
];

/** The most probes of one target that `--count` takes. */
const MOST_PROBES = 1_000_000;
/** Anything shorter without an end is a slip: the target would get as many probes as the machine can send. */
const LEAST_INTERVAL_SECONDS = 0.001;

/** `sonde probe`: runs probes and prints what they gave. */
export const probeCommand: Command = {
  name: 'probe',
  usage: '[<flags>] [MODULE] TARGET...',
  about:
    'Probe targets and say what was found. Without a module it is chosen by the scheme of the target: https://, tcp://, tls://, dns://SERVER/NAME?type=MX, icmp://, grpc://, grpcs://, ws://, ssh://, smtp+starttls://, unix://. Exit code 1 if a probe failed, 2 if it could not be run.',
  flags: PROBE_FLAGS,
  usageExitCode: 2,
  prepare: (flags) => {
    const values = new FlagValues(flags);
    // The flags come first: `--count URL` has taken the target.
    const repeat = repeatOf(values);
    const timeoutSeconds = timeoutOf(values);
    const targetsFile = values.text('targets', '');
    if (targetsFile === '' && flags.operands.every((operand) => operand === '')) {
      throw new UsageError("required argument 'TARGET' not provided");
    }
    const command: ProbeCommand = {
      configFiles: values.given('config.file'),
      wanted: wantedOf(flags.operands, values),
      targetsFile,
      timeoutSeconds,
      form: formOf(values),
      measuresUncertainty: values.isOn('uncertainty'),
      ...(repeat && { repeat }),
    };
    return async (shell) => {
      const { probeTargets } = await import('./probe-targets.js');
      return probeTargets(command, shell);
    };
  },
};

function repeatOf(values: FlagValues): ProbeCommand['repeat'] {
  const isWatching = values.given('watch').length > 0;
  const intervalSeconds = values.duration('watch', 1);
  if (intervalSeconds < LEAST_INTERVAL_SECONDS && values.given('count').length === 0) {
    throw new UsageError("invalid value for flag '--watch': without '--count' it has to be 1ms or more, such as 1s");
  }
  const count = values.uint('count', isWatching ? MOST_PROBES : 1);
  if (count < 1 || count > MOST_PROBES) {
    throw new UsageError(`invalid value for flag '--count': it may be 1 to ${MOST_PROBES}`);
  }
  return isWatching || values.given('count').length > 0 ? { intervalSeconds, count } : undefined;
}

function timeoutOf(values: FlagValues): number {
  const seconds = values.float('timeout', 120);
  if (seconds > 0) return seconds;
  throw new UsageError("invalid value for flag '--timeout': it has to be more than 0 seconds, such as 5 or 0.5");
}

function wantedOf(operands: readonly string[], values: FlagValues): ProbeCommand['wanted'] {
  return {
    module: values.text('module', ''),
    operands,
    hostname: values.text('hostname', ''),
    params: paramsOf(values),
  };
}

function paramsOf(values: FlagValues): ReadonlyMap<string, string> {
  return new Map(
    values.given('param').map((text) => {
      const equals = text.indexOf('=');
      if (equals > 0) return [text.slice(0, equals), text.slice(equals + 1)] as const;
      throw new UsageError(`invalid value for flag '--param': write it as name=value, not ${JSON.stringify(text)}`);
    }),
  );
}

function formOf(values: FlagValues): OutputForm {
  const [form = 'text', other] = (['json', 'metrics', 'debug'] as const).filter((name) => values.isOn(name));
  if (other !== undefined) throw new UsageError(`flags '--${form}' and '--${other}' exclude each other`);
  return form;
}
