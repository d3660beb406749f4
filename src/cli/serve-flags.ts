import { LOG_FORMATS } from '../probe/log-format.js';
import { LOG_LEVELS } from '../probe/probe-log.js';
import type { LogLevel } from '../probe/probe-log.js';
import type { ServeOptions } from '../server/serve-options.js';
import type { FlagDefinition, ParsedFlags } from './flag-definition.js';
import { COMMON_FLAGS, CONFIG_FILE_FLAG, UsageError } from './flag-definition.js';
import { FlagValues } from './flag-values.js';

const LEVEL_WORDS = `[${LOG_LEVELS.join(', ')}]`;

/** The flags of `sonde serve`, which are upstream's, in upstream's order. */
export const SERVE_FLAGS: readonly FlagDefinition[] = [
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
    name: 'web.external-url',
    kind: 'value',
    shown: '<url>',
    help: 'URL under which the service is reached from outside, for example behind a reverse proxy. Its path is put before all routes. Made of the host name and the port if not given.',
  },
  {
    name: 'web.route-prefix',
    kind: 'value',
    shown: '<path>',
    help: 'Path below which all routes are. The path of --web.external-url if not given.',
  },
  {
    name: 'web.systemd-socket',
    kind: 'switch',
    help: 'Not supported yet: take the listening sockets from systemd.',
  },
  {
    name: 'web.listen-address',
    kind: 'repeatable',
    shown: ':9115',
    help: 'Address to listen on, such as `:9115`, `127.0.0.1:9115` or `[::1]:9115`. May be given several times.',
  },
  {
    name: 'web.config.file',
    kind: 'value',
    shown: '""',
    help: 'Not supported yet: file with TLS and user settings of the service itself.',
  },
  {
    name: 'log.level',
    kind: 'value',
    shown: 'info',
    help: `Write the log lines of the service from this level up: one of ${LEVEL_WORDS}.`,
  },
  {
    name: 'log.format',
    kind: 'value',
    shown: 'logfmt',
    help: `Form of log lines: one of [${LOG_FORMATS.join(', ')}].`,
  },
  ...COMMON_FLAGS.slice(1),
];

/** The options of the service from its command line; throws UsageError for a bad value. */
export function readServeOptions(flags: ParsedFlags): ServeOptions {
  const values = new FlagValues(flags);
  refuseUnsupported(values);
  // Read also where it has no effect, so that a mistake in it is not found on the day when it gets one.
  const autoReloadSeconds = values.uint('config.auto-reload-interval', 30);
  return {
    configFiles: values.texts('config.file', 'blackbox.yml'),
    timeoutOffsetSeconds: values.float('timeout-offset', 0.5),
    autoReloadSeconds: values.isOn('config.enable-auto-reload') ? autoReloadSeconds : 0,
    historyLimit: values.uint('history.limit', 100),
    externalUrl: values.text('web.external-url', ''),
    routePrefix: values.text('web.route-prefix', ''),
    listenAddresses: values.texts('web.listen-address', ':9115'),
    logLevel: values.choice('log.level', 'info', { words: LOG_LEVELS, what: 'log level' }),
    logFormat: values.choice('log.format', 'logfmt', { words: LOG_FORMATS, what: 'log format' }),
    ...readProbeLogLevel(values),
  };
}

/** A service that ignored these would be open where its owner thinks it is closed. */
function refuseUnsupported(values: FlagValues): void {
  if (values.text('web.config.file', '') !== '') {
    throw new UsageError(
      "flag '--web.config.file' is not supported yet: this version of Sonde serves plain HTTP without users",
    );
  }
  if (values.isOn('web.systemd-socket')) {
    throw new UsageError("flag '--web.systemd-socket' is not supported yet: use --web.listen-address");
  }
}

/** As upstream has it, a bad level here is a warning, not an error. */
function readProbeLogLevel(values: FlagValues): Pick<ServeOptions, 'probeLogLevel' | 'unknownProbeLogLevel'> {
  const text = values.text('log.prober', 'info');
  const level: LogLevel | undefined = LOG_LEVELS.find((known) => known === text.toLowerCase());
  return level === undefined ? { probeLogLevel: 'info', unknownProbeLogLevel: text } : { probeLogLevel: level };
}
