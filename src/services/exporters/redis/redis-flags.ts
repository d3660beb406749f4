import { isGoBool } from '../../../flags/environment.js';
import { type FlagDefinition, UsageError } from '../../../flags/flag-definition.js';
import type { FlagValues } from '../../../flags/flag-values.js';
import { LOG_LEVELS } from '../../../probe/probe-log.js';
import type { ExporterSettings } from '../server-exporter.js';
import { envarOf } from './redis-envars.js';
import { planRedis } from './redis-plan.js';
import { readRedisAccess, REDIS_WEB_FLAGS } from './redis-web-flags.js';

const DEFAULT_ADDRESS = 'redis://localhost:6379';
const DEFAULT_TIMEOUT_SECONDS = 15;
const NAMESPACE = 'redis';
/** The bound that the schema of the module has. */
const MOST_SCANNED = 10_000;
const MOST_GROUPS = 5000;
/** A field of CSV with the comma behind it (RFC 4180). */
const CSV_FIELD = /(?<=^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?:,|$)/g;
/** The family that is left out by a flag. */
const HISTOGRAM = 'redis_commands_latencies_usec';

const value = (name: string, shown: string, help: string, envar: string): FlagDefinition => ({
  ...{ name, kind: 'value', shown, help, envar },
});
/** As in upstream, a variable that is no truth, or no number, is passed over; on the command line it is refused. */
const toggle = (name: string, help: string, envar: string): FlagDefinition => ({
  ...{ name, kind: 'switch', help, envar, saysAnything: isGoBool },
});
const count = (name: string, shown: string, help: string): FlagDefinition => ({
  ...value(name, shown, help, envarOf(name)),
  saysAnything: (text) => /^[+-]?[0-9]{1,19}$/.test(text),
});

const keys = (name: string, help: string): FlagDefinition => value(name, '<db0=key,…>', help, envarOf(name));
const asked = (name: string, help: string): FlagDefinition => toggle(name, help, envarOf(name));

/** The flags that say what is asked for beside what always is. */
const ASKING_FLAGS: readonly FlagDefinition[] = [
  keys('check-keys', 'Patterns of keys, looked for with SCAN, whose size, memory and value are shown.'),
  keys('check-single-keys', 'Keys whose size, memory and value are shown.'),
  keys('count-keys', 'Patterns whose keys are counted with SCAN.'),
  keys('check-streams', 'Patterns of streams, looked for with SCAN, whose groups and consumers are shown.'),
  keys('check-single-streams', 'Streams whose groups and consumers are shown.'),
  count('check-keys-batch-size', '1000', 'How many keys one SCAN goes through.'),
  asked('disable-exporting-key-values', 'Do not show texts of values as labels.'),
  asked('streams-exclude-consumer-metrics', 'Do not show consumers of streams.'),
  asked('skip-checkkeys-for-role-master', 'Look at keys of replicas only.'),
  asked('export-client-list', 'Show the clients of the server, one by one.'),
  asked('export-client-port', 'Show their ports as well.'),
  asked('include-system-metrics', 'Show redis_total_system_memory_bytes.'),
  asked('include-metrics-for-empty-databases', 'Show zeros for databases without keys; on unless told otherwise.'),
  value(
    'config-command',
    '"CONFIG"',
    'What CONFIG is called at the server; `-` asks for no settings.',
    envarOf('config-command'),
  ),
  value(
    'check-key-groups',
    '<pattern,…>',
    'Lua patterns that put keys into groups, whose number and memory are shown. Goes through all keys.',
    envarOf('check-key-groups'),
  ),
  count('max-distinct-key-groups', '100', 'How many groups of a database are shown.'),
  value('script', '<file,…>', 'Lua scripts that the server runs, and whose values are shown.', envarOf('script')),
  asked('lua-script-read-only', 'Do not run scripts where the server has no EVAL_RO.'),
  asked('include-modules-metrics', 'Show the modules of the server.'),
  asked('include-search-indexes-metrics', 'Show the indexes of Redis Search.'),
  value(
    'check-search-indexes',
    '".*"',
    'Regular expression of the indexes that are shown.',
    envarOf('check-search-indexes'),
  ),
  asked('is-tile38', 'Show the statistics of Tile38.'),
  {
    name: 'redis.scrape-key-parameters',
    kind: 'switch',
    help: 'Let requests to /scrape name keys (check-keys and others): every client then reads values with the password.',
  },
  asked('is-cluster', 'Answer /discover-cluster-nodes: the server is a node of a cluster.'),
  asked('cluster-discover-hostnames', 'Name nodes there by their host names, where they have some.'),
];

/** The flags of redis_exporter that are served, with its environment variables. */
export const REDIS_FLAGS: readonly FlagDefinition[] = [
  {
    name: 'redis.addr',
    kind: 'value',
    shown: `"${DEFAULT_ADDRESS}"`,
    help: 'The server: `redis://host:port`, `rediss://…` for TLS, `unix:///path`. May have a user and a password. If it is empty, only /scrape asks servers.',
    envar: 'REDIS_ADDR',
    isEmptyMeant: true,
  },
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
  {
    ...value('namespace', `"${NAMESPACE}"`, 'What the names of the metrics begin with.', envarOf('namespace')),
    isEmptyMeant: true,
  },
  toggle('disable-scrape-endpoint', 'Do not serve /scrape.', 'REDIS_EXPORTER_DISABLE_SCRAPE_ENDPOINT'),
  toggle('debug', 'Like --log.level=debug.', 'REDIS_EXPORTER_DEBUG'),
  value('log-level', 'info', 'Like --log.level.', 'REDIS_EXPORTER_LOG_LEVEL'),
  value('log-format', 'txt', 'Like --log.format; txt is logfmt.', 'REDIS_EXPORTER_LOG_FORMAT'),
  toggle(
    'redis-only-metrics',
    'Leave out what the service says about itself: process_*, nodejs_* and others.',
    'REDIS_EXPORTER_REDIS_ONLY_METRICS',
  ),
  ...ASKING_FLAGS,
  ...REDIS_WEB_FLAGS,
];

/** Reads the values of the flags; throws UsageError. */
export function readRedisSettings(values: FlagValues): ExporterSettings {
  const [cert, key] = [values.text('tls-client-cert-file', ''), values.text('tls-client-key-file', '')];
  if ((cert === '') !== (key === '')) {
    throw new UsageError('TLS client key file and cert file should both be present');
  }
  const passwordFile = values.text('redis.password-file', '');
  const password = values.text('redis.password', '');
  const isFileUsed = password === '' && passwordFile !== '';
  const timeoutSeconds = values.duration('connection-timeout', DEFAULT_TIMEOUT_SECONDS);
  return {
    withOwnMetrics: !values.isOn('redis-only-metrics'),
    leftOut: new Set(values.isOn('exclude-latency-histogram-metrics') ? [HISTOGRAM] : []),
    ...renaming(values.text('namespace', NAMESPACE)),
    isReloadable: isFileUsed,
    isByTargetOff: values.isOn('disable-scrape-endpoint'),
    log: readLog(values),
    access: readRedisAccess(values),
    plan: () =>
      planRedis({
        address: values.text('redis.addr', DEFAULT_ADDRESS),
        user: values.text('redis.user', ''),
        password,
        passwordFile: isFileUsed ? passwordFile : '',
        credentialsFor: values.given('redis.credentials-for'),
        timeoutSeconds,
        tls: {
          insecure_skip_verify: values.isOn('skip-tls-verification'),
          ca_file: values.text('tls-ca-cert-file', ''),
          cert_file: cert,
          key_file: key,
        },
        asked: askedFor(values),
        scripts: listed(values, 'script'),
        nodes: values.isOn('is-cluster') ? { byHostname: values.isOn('cluster-discover-hostnames') } : undefined,
      }),
  };
}

/** Names with another word, or none, in front; upstream writes what no name can have as `_`. */
function renaming(namespace: string): Pick<ExporterSettings, 'renamed'> {
  if (namespace === NAMESPACE) return {};
  const [from, to] = [`${NAMESPACE}_`, namespace === '' ? '' : `${namespace.replace(/[^a-zA-Z0-9_]/g, '_')}_`];
  return { renamed: (name) => (name.startsWith(from) ? to + name.slice(from.length) : name) };
}

/** The options of the module that choose what is asked for. */
function askedFor(values: FlagValues): Readonly<Record<string, unknown>> {
  const list = (name: string): readonly string[] => listed(values, name);
  const scanCount = values.uint('check-keys-batch-size', 1000);
  if (scanCount < 1 || scanCount > MOST_SCANNED) {
    throw new UsageError(
      `invalid value for flag '--check-keys-batch-size': ${scanCount}; it may be 1 to ${MOST_SCANNED}`,
    );
  }
  return {
    check_keys: list('check-keys'),
    check_single_keys: list('check-single-keys'),
    count_keys: list('count-keys'),
    check_streams: list('check-streams'),
    check_single_streams: list('check-single-streams'),
    scan_count: scanCount,
    check_key_groups: groupPatterns(values.text('check-key-groups', '')),
    max_key_groups: groupsShown(values),
    scripts_read_only: values.isOn('lua-script-read-only'),
    modules: values.isOn('include-modules-metrics'),
    search_indexes: values.isOn('include-search-indexes-metrics')
      ? values.text('check-search-indexes', '') || '.*'
      : '',
    tile38: values.isOn('is-tile38'),
    keys_by_parameters: values.isOn('redis.scrape-key-parameters'),
    key_values: !values.isOn('disable-exporting-key-values'),
    stream_consumers: !values.isOn('streams-exclude-consumer-metrics'),
    keys_of_masters: !values.isOn('skip-checkkeys-for-role-master'),
    client_list: values.isOn('export-client-list'),
    client_ports: values.isOn('export-client-port'),
    system_metrics: values.isOn('include-system-metrics'),
    empty_databases: values.text('include-metrics-for-empty-databases', 'true') === 'true',
    config_command: values.text('config-command', '') || 'CONFIG',
  };
}

function listed(values: FlagValues, name: string): readonly string[] {
  return values
    .text(name, '')
    .split(',')
    .filter((each) => each.trim() !== '');
}

function groupsShown(values: FlagValues): number {
  const shown = values.uint('max-distinct-key-groups', 100);
  if (shown <= MOST_GROUPS) return shown;
  throw new UsageError(
    `invalid value for flag '--max-distinct-key-groups': ${shown}; it may be ${MOST_GROUPS} at most`,
  );
}

/** Patterns in one line of CSV: one in quotes may have commas. Blanks around are left out. */
function groupPatterns(text: string): readonly string[] {
  const fields = [...text.matchAll(CSV_FIELD)].map(([, quoted, plain = '']) =>
    quoted === undefined ? plain : quoted.replaceAll('""', '"'),
  );
  const length = [...text.matchAll(CSV_FIELD)].reduce((sum, [whole]) => sum + whole.length, 0);
  if (length < text.length)
    throw new UsageError(`invalid value for flag '--check-key-groups': a quote inside of a field`);
  return fields.map((each) => each.trim()).filter((each) => each !== '');
}

/** Translates redis_exporter's own log flags to Sonde's values. */
function readLog(values: FlagValues): NonNullable<ExporterSettings['log']> {
  const word = values.text('log-level', 'info').toLowerCase();
  // What redis_exporter does not know means `info`, too.
  const level = LOG_LEVELS.find((known) => known === word || (known === 'warn' && word === 'warning')) ?? 'info';
  const isJson = values.text('log-format', '').toLowerCase() === 'json';
  return {
    ...(values.given('log-level').length > 0 && { logLevel: level }),
    ...(values.isOn('debug') && { logLevel: 'debug' as const }),
    ...(isJson && { logFormat: 'json' as const }),
  };
}
