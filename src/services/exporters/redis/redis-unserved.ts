import type { UnservedFlag } from '../unserved-flags.js';

const NO_KEYS = 'keys and their values are not read';
const WEB_FILE = 'TLS and users of the service itself stand in the file of --web.config.file';
const OF_GO = 'it is about the process of redis_exporter';

type Rest = Omit<UnservedFlag, 'name' | 'envar'>;

const rows = (names: string, rest: Rest): readonly UnservedFlag[] =>
  names.split(' ').map((name) => ({ name, envar: envarOf(name), ...rest }));

/** redis_exporter's rule. */
function envarOf(flag: string): string {
  return `REDIS_EXPORTER_${flag
    .replace(/^include-(?!go-)/, 'incl-')
    .replaceAll('-', '_')
    .toUpperCase()}`;
}

const warn = (names: string, reason: string): readonly UnservedFlag[] =>
  rows(names, { kind: 'value', does: 'warn', reason });
const warnOn = (names: string, reason: string): readonly UnservedFlag[] =>
  rows(names, { kind: 'switch', does: 'warn', reason });
const pass = (names: string, kind: 'value' | 'switch', reason: string): readonly UnservedFlag[] =>
  rows(names, { kind, does: 'pass', reason });
const refuse = (names: string, reason: string): readonly UnservedFlag[] =>
  rows(names, { kind: 'value', does: 'refuse', reason });

/** The flags of redis_exporter 1.86 that have no effect, with what they would do. */
export const REDIS_UNSERVED: readonly UnservedFlag[] = [
  ...warn('check-keys check-single-keys check-key-groups count-keys', NO_KEYS),
  ...warn('check-streams check-single-streams', 'streams are not read'),
  ...warn('script', 'Lua scripts are not run'),
  ...warn('config-command', 'settings are asked for by CONFIG GET; where that is refused they are missing'),
  ...warnOn('include-system-metrics', 'redis_total_system_memory_bytes is not read'),
  ...warnOn('include-config-metrics', 'six settings are read, not all'),
  ...warnOn('include-modules-metrics include-search-indexes-metrics', 'modules are not read'),
  ...warnOn('include-rdb-file-size-metric', 'the file is not looked for'),
  ...warnOn('include-sentinel-peer-info', 'the peers of a sentinel are counted only'),
  ...warnOn('export-client-list export-client-port', 'the list of clients is not read'),
  ...warnOn('append-instance-role-label', 'the role is the label of redis_instance_info only'),
  ...warnOn('is-tile38', 'Tile38 is not known'),
  ...warnOn(
    'is-cluster cluster-discover-hostnames',
    'each node is asked for itself; there is no /discover-cluster-nodes',
  ),
  ...rows('include-metrics-for-empty-databases', {
    kind: 'switch',
    does: 'warn',
    isOn: true,
    reason: 'databases without keys have zeros',
  }),
  ...pass('set-client-name redact-config-metrics include-go-runtime-metrics ping-on-connect', 'switch', OF_GO),
  ...pass('lua-script-read-only disable-exporting-key-values', 'switch', NO_KEYS),
  ...pass('streams-exclude-consumer-metrics skip-checkkeys-for-role-master', 'switch', NO_KEYS),
  ...pass('check-keys-batch-size max-distinct-key-groups check-search-indexes', 'value', NO_KEYS),
  ...pass('tls-server-min-version', 'value', WEB_FILE),
  ...refuse('namespace', 'the metrics are called redis_…'),
  ...refuse('basic-auth-username basic-auth-password basic-auth-hash-password', WEB_FILE),
  ...refuse('tls-server-key-file tls-server-cert-file tls-server-ca-cert-file', WEB_FILE),
];
