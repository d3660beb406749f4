import { COMMON_FLAGS, CONFIG_FILE_FLAG, type FlagDefinition, type ParsedFlags } from '../../flags/flag-definition.js';
import { FlagValues } from '../../flags/flag-values.js';
import { LOG_LEVELS, type LogLevel } from '../../probe/probe-log.js';
import { LEVEL_WORDS, LOG_FLAGS, readLogOptions } from '../log-flags.js';
import { readWebOptions, webFlags } from '../web-flags.js';
import type { ProberOptions } from './prober-options.js';

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
  ...webFlags(':9115'),
  ...LOG_FLAGS,
  ...COMMON_FLAGS.slice(1),
];

/** The options of the service from its command line; throws UsageError for a bad value. */
export function readProberOptions(flags: ParsedFlags): ProberOptions {
  const values = new FlagValues(flags);
  // Read also where it has no effect, so that a mistake in it is not found on the day when it gets one.
  const autoReloadSeconds = values.uint('config.auto-reload-interval', 30);
  return {
    configFiles: values.texts('config.file', 'blackbox.yml'),
    timeoutOffsetSeconds: values.float('timeout-offset', 0.5),
    autoReloadSeconds: values.isOn('config.enable-auto-reload') ? autoReloadSeconds : 0,
    historyLimit: values.uint('history.limit', 100),
    targetFiles: flags.values.get('targets.file') ?? [],
    limits: {
      total: values.uint('probe.max-in-flight', 0),
      perClient: values.uint('probe.max-in-flight-per-client', 0),
      perTarget: values.uint('probe.max-in-flight-per-target', 0),
    },
    web: readWebOptions(values, ':9115'),
    ...readLogOptions(values),
    ...readProbeLogLevel(values),
  };
}

/** Reads the level; a bad one is a warning here and no error, as upstream has it. */
function readProbeLogLevel(values: FlagValues): Pick<ProberOptions, 'probeLogLevel' | 'unknownProbeLogLevel'> {
  const text = values.text('log.prober', 'info');
  const level: LogLevel | undefined = LOG_LEVELS.find((known) => known === text.toLowerCase());
  return level === undefined ? { probeLogLevel: 'info', unknownProbeLogLevel: text } : { probeLogLevel: level };
}
