import { counter, gauge, type MetricDefinition } from '../../../metrics/metric-definition.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { ConfigError, within } from '../../../values/config-error.js';
import type { RawPostgresQuery, RawPostgresQueryColumn } from '../../../values/raw-config.js';
import { AnswerCache } from './answer-cache.js';

/** A statement of the user's own, whose rows become metrics. */
export interface CustomQuery {
  /** The beginning of the metrics' names. */
  readonly name: string;
  readonly sql: string;
  /** Whether only the database of the target is asked, and not those that were discovered. */
  readonly isMasterOnly: boolean;
  /** The columns that are labels, sorted. */
  readonly labels: readonly string[];
  /** What the other columns mean, by their names. A column that is not there is a number without a type. */
  readonly columns: ReadonlyMap<string, QueryColumn>;
  /** Undefined if no answer is kept. */
  readonly cache: AnswerCache | undefined;
}

/** What a column means. */
export type QueryColumn =
  | { readonly usage: 'ignored' }
  | { readonly usage: 'number' | 'duration'; readonly metric: MetricDefinition }
  | { readonly usage: 'mapped'; readonly metric: MetricDefinition; readonly numbers: ReadonlyMap<string, number> }
  | { readonly usage: 'histogram'; readonly name: string; readonly help: string };

/** The label that every metric of a query has besides its own. */
export const SERVER_LABEL = 'server';

/** Statements of one module. */
const MOST_QUERIES = 200;
/** Columns of one statement. */
export const MOST_COLUMNS = 100;
/** Characters of one statement. */
const LONGEST_SQL = 64 * 1024;
/** Characters of a name, which is a part of a metric's name. */
const LONGEST_NAME = 100;
const LONGEST_CACHE_SECONDS = 86_400;

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;
/** Metrics of Sonde itself, and those about scrapes. */
const RESERVED = /^(?:probe|sonde|nodejs|process|promhttp|postgres_exporter|pg_exporter|pg_scrape|pg_settings)(?:_|$)/;

/**
 * Compiles `queries`, in the form of the file of postgres_exporter's `--extend.query-path`. Throws ConfigError, also
 * for two metrics of one name.
 */
export function compileQueries(raw: Readonly<Record<string, RawPostgresQuery>>): readonly CustomQuery[] {
  const entries = Object.entries(raw);
  if (entries.length > MOST_QUERIES) throw new ConfigError(`there may be ${MOST_QUERIES} queries at most`, ['queries']);
  const taken = new Map<string, string>();
  return entries.map(([name, query]) => {
    const compiled = compileQuery(name, query);
    for (const metric of [...compiled.columns.values()].flatMap(metricsOf)) {
      const other = taken.get(metric);
      if (other !== undefined) {
        throw new ConfigError(`the metric ${metric} is that of the query ${other}, too`, ['queries', name]);
      }
      taken.set(metric, name);
    }
    return compiled;
  });
}

function compileQuery(name: string, raw: RawPostgresQuery): CustomQuery {
  const path = ['queries', name];
  if (!NAME.test(name) || name.length > LONGEST_NAME) {
    throw new ConfigError('the name of a query begins the names of its metrics: letters, digits and _', path);
  }
  if (RESERVED.test(name)) throw new ConfigError('metrics of Sonde itself begin with this name', path);
  const { query, master, cache_seconds: seconds } = raw;
  if (query.includes('\0')) throw new ConfigError('a statement cannot have a NUL in it', [...path, 'query']);
  if (query.trim() === '') throw new ConfigError('the statement is missing', [...path, 'query']);
  if (query.length > LONGEST_SQL) {
    throw new ConfigError(`a statement has at most ${LONGEST_SQL} characters`, [...path, 'query']);
  }
  if (seconds > LONGEST_CACHE_SECONDS) {
    throw new ConfigError(`an answer is kept for ${LONGEST_CACHE_SECONDS} seconds at most`, [...path, 'cache_seconds']);
  }
  const columns = columnsOf(raw, path);
  const labels = [...columns].filter(([, { usage }]) => usage === 'LABEL').map(([column]) => column);
  return {
    ...{ name, sql: query, isMasterOnly: master, labels: labels.sort() },
    columns: compileColumns(name, columns, labels),
    cache: seconds === 0 ? undefined : new AnswerCache(seconds),
  };
}

/** The columns by name. Each element of `metrics` has one, as a rule. */
function columnsOf(
  { metrics }: RawPostgresQuery,
  path: readonly string[],
): ReadonlyMap<string, RawPostgresQueryColumn> {
  const columns = new Map<string, RawPostgresQueryColumn>();
  for (const [at, each] of metrics.entries()) {
    for (const [column, meaning] of Object.entries(each)) {
      const place = [...path, 'metrics', at, column];
      if (columns.has(column)) throw new ConfigError('this column was there before', place);
      if (columns.size === MOST_COLUMNS) throw new ConfigError(`there may be ${MOST_COLUMNS} columns at most`, place);
      if (!LABEL.test(column) || column.length > LONGEST_NAME) {
        throw new ConfigError('a column has letters, digits and _ in its name, as metrics and labels have', place);
      }
      if (meaning.usage === 'LABEL' && [SERVER_LABEL, 'le'].includes(column)) {
        throw new ConfigError('metrics have this label without the query', place);
      }
      within([...place, 'metric_mapping'], () => numbersIn(meaning.metric_mapping));
      columns.set(column, meaning);
    }
  }
  return columns;
}

function compileColumns(
  query: string,
  columns: ReadonlyMap<string, RawPostgresQueryColumn>,
  labels: readonly string[],
): ReadonlyMap<string, QueryColumn> {
  const compiled = new Map<string, QueryColumn>();
  for (const [column, meaning] of columns) {
    compiled.set(column, compileColumn(`${query}_${column}`, meaning, [...labels, SERVER_LABEL]));
    if (meaning.usage !== 'HISTOGRAM') continue;
    for (const part of ['bucket', 'sum', 'count']) compiled.set(`${column}_${part}`, { usage: 'ignored' });
  }
  return compiled;
}

function compileColumn(
  name: string,
  { usage, description: help, metric_mapping: mapping }: RawPostgresQueryColumn,
  names: readonly string[],
): QueryColumn {
  switch (usage) {
    case 'DISCARD':
    case 'LABEL':
      return { usage: 'ignored' };
    case 'COUNTER':
      return { usage: 'number', metric: counter(name, help, names) };
    case 'GAUGE':
      return { usage: 'number', metric: gauge(name, help, names) };
    case 'MAPPEDMETRIC':
      return { usage: 'mapped', metric: gauge(name, help, names), numbers: numbersIn(mapping) };
    case 'DURATION':
      return { usage: 'duration', metric: gauge(`${name}_milliseconds`, help, names) };
    case 'HISTOGRAM':
      return { usage: 'histogram', name, help };
  }
}

/** The names of the metrics that a column makes. */
export function metricsOf(column: QueryColumn): readonly string[] {
  if (column.usage === 'ignored') return [];
  if (column.usage !== 'histogram') return [column.metric.name];
  return ['', '_bucket', '_sum', '_count'].map((part) => `${column.name}${part}`);
}

/** The numbers of a `metric_mapping`. Throws a ConfigError for a text that is no number. */
function numbersIn(mapping: RawPostgresQueryColumn['metric_mapping']): ReadonlyMap<string, number> {
  const numbers = new Map<string, number>();
  for (const [text, given] of Object.entries(mapping)) {
    const number = parseFloatText(given);
    if (number === undefined) throw new ConfigError('a metric_mapping leads to numbers', [text]);
    numbers.set(text, number);
  }
  return numbers;
}
