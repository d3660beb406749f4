import { untyped } from '../../../metrics/metric-definition.js';
import type { Bucket, MetricFamily, Sample } from '../../../metrics/metric-family.js';
import type { ProbeContext } from '../../../probe/prober.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import { turnsWithin } from '../../server-client/sql-collectors.js';
import type { PgConnection, Table } from '../pg-connection.js';
import { REQUEST_FAILED } from '../pg-messages.js';
import { type CustomQuery, metricsOf, MOST_COLUMNS, type QueryColumn, SERVER_LABEL } from './custom-query.js';
import { labelOfValue, millisecondsOf, numberOfValue, numbersOf, type TypedValue } from './query-value.js';

/** Rows of one answer. */
const MOST_ROWS = 10_000;
/** Series of all queries of one probe. */
const MOST_SERIES = 200_000;
/** Bytes of a column's name, in PostgreSQL (NAMEDATALEN). */
const LONGEST_NAME = 63;

/** The database that is asked. */
export interface QueriedDatabase {
  readonly connection: PgConnection;
  /** The label `server`. */
  readonly label: string;
  /** The database, for the log and the cache. */
  readonly name: string;
}

/** Runs the custom queries of one probe in one database after the other, and turns their rows into metrics. */
export class QueryRun {
  readonly #context: ProbeContext;
  readonly #nextTurn: () => Promise<void>;
  /** The names of all metrics that there are. */
  readonly #taken: Set<string>;
  /** What the columns of each query mean; undefined for one that is left out. */
  readonly #meanings = new Map<CustomQuery, Map<string, QueryColumn | undefined>>();
  readonly #histograms = new Map<string, MetricFamily & { readonly samples: Sample[] }>();
  /** The labels of each query's rows that were reported. */
  readonly #seen = new Map<CustomQuery, Set<string>>();
  #refusals = 0;
  #series = 0;

  /** Begins when all other metrics of the probe are there. */
  constructor(context: ProbeContext) {
    this.#context = context;
    this.#nextTurn = turnsWithin(context.signal, REQUEST_FAILED);
    const { rows, added } = context.metrics;
    this.#taken = new Set(added.map(({ name }) => name));
    for (const { metrics } of rows.columns) for (const { name } of metrics) this.#taken.add(name);
  }

  /** How many queries had no metrics, in one database or another. */
  get refusals(): number {
    return this.#refusals;
  }

  /** Asks each query. One that the server refuses costs only itself. Rejects with a ProbeFailure. */
  async ask(queries: readonly CustomQuery[], database: QueriedDatabase): Promise<void> {
    for (const query of queries) {
      try {
        await this.#report(query, await this.#answer(query, database), database);
      } catch (error) {
        if (!(error instanceof StatementRefused)) throw error;
        this.#refusals++;
        const place = { query: query.name, database: database.name };
        this.#context.log.warn('A custom query has no metrics', { ...place, err: error.message });
      }
    }
  }

  /** Notes that a database could not be asked. */
  lose(database: string, err: string): void {
    this.#refusals++;
    this.#context.log.warn('A database cannot be asked', { database, err });
  }

  /** Hands over the families that are complete when all databases were asked. */
  end(): void {
    for (const family of this.#histograms.values()) this.#context.metrics.add(family);
  }

  async #answer({ sql, cache }: CustomQuery, { connection, label, name }: QueriedDatabase): Promise<Table> {
    const key = `${label}/${name}`;
    const now = this.#context.clock.monotonicSeconds();
    const kept = cache?.get(key, now);
    if (kept !== undefined) return kept;
    const table = await connection.askReadOnly(sql, MOST_ROWS + 1);
    if (table.rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
    if (table.columns.length > MOST_COLUMNS) throw new StatementRefused(`more than ${MOST_COLUMNS} columns`);
    cache?.keep(key, table, now);
    return table;
  }

  async #report(query: CustomQuery, { columns, rows }: Table, { label, name }: QueriedDatabase): Promise<void> {
    const at = new Map(columns.map((column, index) => [column.name, index]));
    const meanings = [...at.keys()].map((column) => [column, this.#meaningOf(query, column)] as const);
    const unread = new Set<string>();
    let same = 0;
    for (const row of rows) {
      if (loopTurns.isOver()) await this.#nextTurn();
      const valueAt: ValueAt = (column) => {
        const index = at.get(column);
        return index === undefined ? NONE : { text: row[index] ?? null, type: columns[index]?.type ?? 0 };
      };
      const labels = new Map([[SERVER_LABEL, label]]);
      for (const each of query.labels) labels.set(each, labelOfValue(valueAt(each)));
      if (this.#isNew(query, labels)) this.#reportRow(meanings, { labels, valueAt, unread });
      else same++;
    }
    const { log } = this.#context;
    const place = { query: query.name, database: name };
    if (same > 0) log.warn('Rows of a custom query have the labels of earlier rows', { ...place, rows: same });
    if (unread.size === 0) return;
    log.debug('Columns of a custom query are no numbers', { ...place, columns: [...unread].join(' ') });
  }

  #reportRow(
    meanings: readonly (readonly [string, QueryColumn | undefined])[],
    { labels, valueAt, unread }: { readonly unread: Set<string> } & Row,
  ): void {
    for (const [column, meaning] of meanings) {
      if (meaning === undefined || meaning.usage === 'ignored') continue;
      if (++this.#series > MOST_SERIES) throw new StatementRefused(`more than ${MOST_SERIES} series of custom queries`);
      if (!this.#set(meaning, column, { labels, valueAt })) unread.add(column);
    }
  }

  /** Whether no earlier row of the query had these labels. */
  #isNew(query: CustomQuery, labels: ReadonlyMap<string, string>): boolean {
    const seen = this.#seen.get(query) ?? new Set<string>();
    this.#seen.set(query, seen);
    const before = seen.size;
    return seen.add([...labels.values()].join('\0')).size > before;
  }

  /** The meaning of a column; undefined where its metric is one that there is already. */
  #meaningOf(query: CustomQuery, column: string): QueryColumn | undefined {
    const known = this.#meanings.get(query) ?? new Map<string, QueryColumn | undefined>();
    this.#meanings.set(query, known);
    if (known.has(column)) return known.get(column);
    const meaning = query.columns.get(column) ?? undeclared(query, column);
    const names = metricsOf(meaning);
    const isFree = !names.some((name) => this.#taken.has(name)) && column.length <= LONGEST_NAME;
    known.set(column, isFree ? meaning : undefined);
    for (const name of names) this.#taken.add(name);
    if (isFree) return meaning;
    const place = { query: query.name, column: column.slice(0, LONGEST_NAME) };
    this.#context.log.warn('A column of a custom query is left out: there is a metric of its name', place);
    return undefined;
  }

  /** Sets the value of a column; false if it has none. */
  #set(meaning: Exclude<QueryColumn, { usage: 'ignored' }>, column: string, row: Row): boolean {
    if (meaning.usage === 'histogram') return this.#addHistogram(meaning, column, row);
    const value = numberFor(meaning, row.valueAt(column));
    if (value === undefined) return false;
    const { metric } = meaning;
    const labelValues = metric.labelNames.map((each) => row.labels.get(each) ?? '');
    this.#context.metrics.append(metric, labelValues, value);
    return true;
  }

  #addHistogram(
    { name, help }: { readonly name: string; readonly help: string },
    column: string,
    { labels, valueAt }: Row,
  ): boolean {
    const [bounds, counts] = [numbersOf(valueAt(column)), numbersOf(valueAt(`${column}_bucket`))];
    const [sum = NaN, count = NaN] = ['sum', 'count'].map((part) => numberOfValue(valueAt(`${column}_${part}`)));
    if (bounds === undefined || counts === undefined || Number.isNaN(count)) return false;
    const family = this.#histograms.get(name) ?? { name, help, type: 'histogram' as const, samples: [] };
    this.#histograms.set(name, family);
    const sorted = [...labels].sort(([a], [b]) => (a < b ? -1 : 1));
    family.samples.push({
      kind: 'histogram',
      labels: sorted.map(([label, value]) => ({ name: label, value })),
      ...{ buckets: bucketsOf(bounds, { counts, count }), sum, count },
    });
    this.#series += bounds.length;
    return true;
  }
}

type ValueAt = (column: string) => TypedValue;

/** A row's labels, and its values by column. */
interface Row {
  readonly labels: ReadonlyMap<string, string>;
  readonly valueAt: ValueAt;
}

const NONE: TypedValue = { text: null, type: 0 };

/** A column that is not declared is a number without a type, as in postgres_exporter. */
function undeclared({ name: query, labels }: CustomQuery, column: string): QueryColumn {
  const name = `${query}_${column.replaceAll(/[^a-zA-Z0-9_:]/g, '_')}`;
  return { usage: 'number', metric: untyped(name, `Unknown metric from ${query}`, [...labels, SERVER_LABEL]) };
}

function numberFor(meaning: Exclude<QueryColumn, { usage: 'ignored' | 'histogram' }>, value: TypedValue) {
  switch (meaning.usage) {
    case 'mapped':
      return meaning.numbers.get(value.text ?? '') ?? numberOfValue(value);
    case 'duration':
      return millisecondsOf(value);
    case 'number':
      return numberOfValue(value);
  }
}

/** The buckets in the order of their bounds, without doubles; the last one is +Inf. */
function bucketsOf(
  bounds: readonly number[],
  { counts, count }: { readonly counts: readonly number[]; readonly count: number },
): readonly Bucket[] {
  const byBound = new Map<number, number>();
  bounds.forEach((bound, at) => {
    const cumulativeCount = counts[at];
    if (cumulativeCount !== undefined && Number.isFinite(bound)) byBound.set(bound, cumulativeCount);
  });
  const sorted = [...byBound].sort(([a], [b]) => a - b);
  return [
    ...sorted.map(([upperBound, cumulativeCount]) => ({ upperBound, cumulativeCount })),
    { upperBound: Infinity, cumulativeCount: count },
  ];
}
