import { availableParallelism } from 'node:os';
import {
  COMMON_FLAGS,
  CONFIG_FILE_FLAG,
  type FlagDefinition,
  type ParsedFlags,
  UsageError,
} from '../../flags/flag-definition.js';
import { FlagValues } from '../../flags/flag-values.js';
import { LOG_LEVELS, type LogLevel } from '../../probe/probe-log.js';
import { parsePrometheusDuration } from '../../values/duration.js';
import { LEVEL_WORDS, LOG_FLAGS, readLogOptions } from '../log-flags.js';
import { readWebOptions, webFlags } from '../web-flags.js';
import { INTERVAL_LIMITS, isInterval } from './discovery/read-schedule.js';
import { MOST_SHARDS, parseShard } from './discovery/shard.js';
import type { ProberOptions } from './prober-options.js';
import { readRemoteWrite, REMOTE_WRITE_FLAGS } from './remote-write/remote-write-flags.js';
import type { ScheduleOptions } from './schedule/plan-targets.js';

/** The flags of `sonde serve`, which are upstream's, in upstream's order. */
export const PROBER_FLAGS: readonly FlagDefinition[] = [
  ...COMMON_FLAGS.slice(0, 1),
  CONFIG_FILE_FLAG,
  {
    name: 'timeout-offset',
    kind: 'value',
    shown: '0.5',
    help: 'Seconds taken off the scrape timeout that Prometheus sends, for the way back.',
  },
  { name: 'config.check', kind: 'switch', help: 'Check the configuration file, say what is wrong with it, and exit.' },
  {
    name: 'log.prober',
    kind: 'value',
    shown: '"info"',
    words: LOG_LEVELS,
    help: `Write the log lines of probes from this level up: one of ${LEVEL_WORDS}. Independent of --log.level; debug=true shows all lines whatever this says.`,
  },
  {
    name: 'config.enable-auto-reload',
    kind: 'switch',
    help: 'Look at the configuration file every --config.auto-reload-interval seconds and reload it when it has changed.',
  },
  {
    name: 'config.auto-reload-interval',
    kind: 'value',
    shown: '30',
    help: 'Seconds between two looks at the configuration file; 0 means never.',
  },
  {
    name: 'history.limit',
    kind: 'value',
    shown: '100',
    help: 'How many probes, and older failures, the history holds.',
  },
  {
    name: 'targets.file',
    kind: 'repeatable',
    shown: '<file>',
    help: "Targets that /sd tells Prometheus of, in the form of Prometheus' file_sd (YAML or JSON): a file, a folder or a pattern. May be given several times.",
  },
  {
    name: 'schedule.interval',
    kind: 'value',
    shown: '0s',
    help: 'Probe the targets of --targets.file this often without being asked, and show the results at /metrics/targets; a schedule in a file goes before it. 0 means only those with a schedule.',
  },
  {
    name: 'schedule.shard',
    kind: 'value',
    shown: '<n/m>',
    help: 'Probe one of several parts of the scheduled targets, as in 1/4: the one that /sd?shard=1&of=4 has.',
  },
  ...REMOTE_WRITE_FLAGS,
  {
    name: 'probe.max-in-flight',
    kind: 'value',
    shown: '0',
    help: 'How many probes may run at once; others wait until their time is up. 0 means any number.',
  },
  {
    name: 'probe.max-in-flight-per-client',
    kind: 'value',
    shown: '0',
    help: 'How many probes of one client may run at once.',
  },
  {
    name: 'probe.max-in-flight-per-target',
    kind: 'value',
    shown: '0',
    help: 'How many probes of one target host may run at once.',
  },
  {
    name: 'probe.uncertainty',
    kind: 'switch',
    help: 'Have each probe say how late the event loop was while it ran, by which its times may be too long: probe_measurement_uncertainty_seconds.',
  },
  {
    name: 'workers',
    kind: 'value',
    shown: '1',
    help: 'How many processes run the probes, `auto` for one a core. 1 is the process itself; from 2 on they are further ones, with some 80 MiB each.',
  },
  ...webFlags(':9115'),
  ...LOG_FLAGS,
  ...COMMON_FLAGS.slice(1),
];

/** The options of the service from its command line; throws UsageError for a bad value. */
export function readProberOptions(flags: ParsedFlags): ProberOptions {
  const values = new FlagValues(flags);
  // The flag is read even if it has no effect, so that a mistake in it is found now and not once it matters.
  const autoReloadSeconds = values.uint('config.auto-reload-interval', 30);
  return {
    configFiles: values.texts('config.file', 'blackbox.yml'),
    timeoutOffsetSeconds: values.float('timeout-offset', 0.5),
    autoReloadSeconds: values.isOn('config.enable-auto-reload') ? autoReloadSeconds : 0,
    historyLimit: values.uint('history.limit', 100),
    targetFiles: flags.values.get('targets.file') ?? [],
    schedule: readSchedule(values),
    remoteWrite: readRemoteWrite(values),
    limits: {
      total: values.uint('probe.max-in-flight', 0),
      perClient: values.uint('probe.max-in-flight-per-client', 0),
      perTarget: values.uint('probe.max-in-flight-per-target', 0),
    },
    measuresUncertainty: values.isOn('probe.uncertainty'),
    workers: readWorkers(values),
    web: readWebOptions(values, ':9115'),
    ...readLogOptions(values),
    ...readProbeLogLevel(values),
  };
}

/** The most workers: more than any host has cores for, and each takes memory. */
const MOST_WORKERS = 256;

function readWorkers(values: FlagValues): number {
  const text = values.text('workers', '1');
  if (text.toLowerCase() === 'auto') return availableParallelism();
  const count = values.uint('workers', 1);
  if (count >= 1 && count <= MOST_WORKERS) return count;
  throw new UsageError(`invalid value for flag '--workers': ${text} is not from 1 to ${MOST_WORKERS}, or auto`);
}

function readSchedule(values: FlagValues): ScheduleOptions {
  const intervalSeconds = parsePrometheusDuration(values.text('schedule.interval', '0'));
  if (intervalSeconds === undefined || (intervalSeconds !== 0 && !isInterval(intervalSeconds))) {
    const given = values.text('schedule.interval', '');
    throw new UsageError(`invalid value for flag '--schedule.interval': ${INTERVAL_LIMITS}, or 0, got '${given}'`);
  }
  if (values.given('targets.file').length === 0) {
    const flags = intervalSeconds > 0 ? ['schedule.interval', 'schedule.shard'] : ['schedule.shard'];
    values.assertNone(flags, "'--targets.file', which names the targets");
  }
  const part = values.text('schedule.shard', '');
  const shard = part === '' ? undefined : parseShard(part);
  if (shard !== undefined || part === '') return { intervalSeconds, ...(shard && { shard }) };
  throw new UsageError(
    `invalid value for flag '--schedule.shard': no part of at most ${MOST_SHARDS}, such as 1/4: '${part}'`,
  );
}

/** Reads the level; a bad one is a warning here and no error, as upstream has it. */
function readProbeLogLevel(values: FlagValues): Pick<ProberOptions, 'probeLogLevel' | 'unknownProbeLogLevel'> {
  const text = values.text('log.prober', 'info');
  const level: LogLevel | undefined = LOG_LEVELS.find((known) => known === text.toLowerCase());
  return level === undefined ? { probeLogLevel: 'info', unknownProbeLogLevel: text } : { probeLogLevel: level };
}
