import type { UnservedFlag } from '../unserved-flags.js';

const rows = (names: string, rest: Omit<UnservedFlag, 'name'>): readonly UnservedFlag[] =>
  names.split(' ').map((name) => ({ name, ...rest }));

/** postgres_exporter's rule. */
const withEnvar = (flags: readonly UnservedFlag[], names: ReadonlyMap<string, string>): readonly UnservedFlag[] =>
  flags.map((flag) => {
    const envar = names.get(flag.name);
    return envar === undefined ? flag : { ...flag, envar: `PG_EXPORTER_${envar}` };
  });

const COLLECTORS = [
  ...['buffercache_summary', 'database_wraparound', 'long_running_transactions', 'postmaster', 'process_idle'],
  ...['stat_activity_autovacuum', 'stat_checkpointer', 'stat_statements', 'stat_wal_receiver', 'statio_user_indexes'],
  'xlog_location',
];
const OF_STATEMENTS = 'the collector stat_statements does not exist';
const OF_DISCOVERY = 'databases are not looked for; a target names its own';

/** The flags of postgres_exporter 0.19 that have no effect, with what they would do. */
export const POSTGRES_UNSERVED: readonly UnservedFlag[] = withEnvar(
  [
    ...rows(COLLECTORS.map((name) => `collector.${name}`).join(' '), {
      ...{ kind: 'switch', does: 'warn', reason: 'the collector does not exist' },
    }),
    ...rows('collector.stat_statements.include_query', { kind: 'switch', does: 'pass', reason: OF_STATEMENTS }),
    ...rows(
      'collector.stat_statements.query_length collector.stat_statements.limit collector.stat_statements.exclude_databases collector.stat_statements.exclude_users',
      { kind: 'value', does: 'pass', reason: OF_STATEMENTS },
    ),
    ...rows('auto-discover-databases', { kind: 'switch', does: 'warn', reason: OF_DISCOVERY }),
    ...rows('exclude-databases include-databases', { kind: 'value', does: 'pass', reason: OF_DISCOVERY }),
    ...rows('extend.query-path', { kind: 'value', does: 'warn', reason: "no queries of one's own are asked" }),
    ...rows('constantLabels', { kind: 'value', does: 'refuse', reason: 'labels belong into the scrape job' }),
    ...rows('dumpmaps', { kind: 'switch', does: 'refuse', reason: 'there are no maps to show' }),
  ],
  new Map([
    ['auto-discover-databases', 'AUTO_DISCOVER_DATABASES'],
    ['exclude-databases', 'EXCLUDE_DATABASES'],
    ['include-databases', 'INCLUDE_DATABASES'],
    ['extend.query-path', 'EXTEND_QUERY_PATH'],
    ['constantLabels', 'CONSTANT_LABELS'],
  ]),
);
