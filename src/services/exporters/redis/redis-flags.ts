import { type FlagDefinition, UsageError } from '../../../flags/flag-definition.js';
import type { FlagValues } from '../../../flags/flag-values.js';
import { LOG_LEVELS } from '../../../probe/probe-log.js';
import type { ExporterSettings } from '../server-exporter.js';
import { planRedis } from './redis-plan.js';

const DEFAULT_ADDRESS = 'redis://localhost:6379';
const DEFAULT_TIMEOUT_SECONDS = 15;
/** The family that is left out by a flag. */
const HISTOGRAM = 'redis_commands_latencies_usec';

const value = (name: string, shown: string, help: string, envar: string): FlagDefinition => ({
  ...{ name, kind: 'value', shown, help, envar },
});
const toggle = (name: string, help: string, envar: string): FlagDefinition => ({ name, kind: 'switch', help, envar });

/** The flags of redis_exporter that are served, with its environment variables. */
export const REDIS_FLAGS: readonly FlagDefinition[] = [
  value(
    'redis.addr',
    `"${DEFAULT_ADDRESS}"`,
    'The server: `redis://host:port`, `rediss://…` for TLS, `unix:///path`. May have a user and a password.',
    'REDIS_ADDR',
  ),
  value('redis.user', '""', 'Who logs in (ACL, Redis 6 and later).', 'REDIS_USER'),
  value(
    'redis.password',
    '""',
    'The password. The variable is safer: the flag is in the list of processes.',
    'REDIS_PASSWORD',
  ),
  value(
    'redis.password-file',
    '""',
    'JSON file with a password for each address: {"redis://host:6379": "…"}. Used where there is no --redis.password; read again by SIGHUP and POST /-/reload.',
    'REDIS_PASSWORD_FILE',
  ),
  {
    name: 'redis.credentials-for',
    kind: 'repeatable',
    shown: '<pattern>',
    help: 'Which targets of /scrape may receive --redis.user and --redis.password besides --redis.addr, such as `redis-*.example.com`. May be given several times.',
  },
  value(
    'connection-timeout',
    '15s',
    'How long one scrape of the server may take.',
    'REDIS_EXPORTER_CONNECTION_TIMEOUT',
  ),
  value('tls-ca-cert-file', '""', 'PEM file with the authorities of the server.', 'REDIS_EXPORTER_TLS_CA_CERT_FILE'),
  value('tls-client-cert-file', '""', 'PEM file with the certificate to show.', 'REDIS_EXPORTER_TLS_CLIENT_CERT_FILE'),
  value('tls-client-key-file', '""', 'PEM file with its key.', 'REDIS_EXPORTER_TLS_CLIENT_KEY_FILE'),
  toggle('skip-tls-verification', 'Take any certificate of the server.', 'REDIS_EXPORTER_SKIP_TLS_VERIFICATION'),
  toggle(
    'exclude-latency-histogram-metrics',
    `Leave out ${HISTOGRAM}.`,
    'REDIS_EXPORTER_EXCLUDE_LATENCY_HISTOGRAM_METRICS',
  ),
  toggle('disable-scrape-endpoint', 'Do not serve /scrape.', 'REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT'),
  toggle('debug', 'Like --log.level=debug.', 'REDIS_EXPORTER_DEBUG'),
  value('log-level', 'info', 'Like --log.level.', 'REDIS_EXPORTER_LOG_LEVEL'),
  value('log-format', 'txt', 'Like --log.format; txt is logfmt.', 'REDIS_EXPORTER_LOG_FORMAT'),
  toggle(
    'redis-only-metrics',
    'Leave out what the service says about itself: process_*, nodejs_* and others.',
    'REDIS_EXPORTER_REDIS_ONLY_METRICS',
  ),
];

/** Reads their values; throws UsageError. */
export function readRedisSettings(values: FlagValues): ExporterSettings {
  const [cert, key] = [values.text('tls-client-cert-file', ''), values.text('tls-client-key-file', '')];
  if ((cert === '') !== (key === '')) {
    throw new UsageError('TLS client key file and cert file should both be present');
  }
  const passwordFile = values.text('redis.password-file', '');
  const password = values.text('redis.password', '');
  const isFileUsed = password === '' && passwordFile !== '';
  return {
    withOwnMetrics: !values.isOn('redis-only-metrics'),
    leftOut: new Set(values.isOn('exclude-latency-histogram-metrics') ? [HISTOGRAM] : []),
    isReloadable: isFileUsed,
    isByTargetOff: values.isOn('disable-scrape-endpoint'),
    log: readLog(values),
    plan: () =>
      planRedis({
        address: values.text('redis.addr', DEFAULT_ADDRESS),
        user: values.text('redis.user', ''),
        password,
        passwordFile: isFileUsed ? passwordFile : '',
        credentialsFor: values.given('redis.credentials-for'),
        timeoutSeconds: values.duration('connection-timeout', DEFAULT_TIMEOUT_SECONDS),
        tls: {
          insecure_skip_verify: values.isOn('skip-tls-verification'),
          ca_file: values.text('tls-ca-cert-file', ''),
          cert_file: cert,
          key_file: key,
        },
      }),
  };
}

/** Its own flags of the log, in Sonde's words. */
function readLog(values: FlagValues): NonNullable<ExporterSettings['log']> {
  const level = values.choice('log-level', 'info', { words: LOG_LEVELS, what: 'log level' });
  const isJson = values.text('log-format', '').toLowerCase() === 'json';
  return {
    ...(values.given('log-level').length > 0 && { logLevel: level }),
    ...(values.isOn('debug') && { logLevel: 'debug' as const }),
    ...(isJson && { logFormat: 'json' as const }),
  };
}
