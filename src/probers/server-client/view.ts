import { counter, gauge, type MetricDefinition, untyped } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import { loopTurns } from '../../values/loop-turns.js';
import type { TextRows } from './packed-rows.js';
import { StatementRefused } from './run-collectors.js';

/** A server that is asked in SQL. */
export interface SqlServer {
  /** Rejects with StatementRefused where the server refuses the statement, else with a ProbeFailure. */
  readonly ask: (sql: string) => Promise<TextRows>;
  /** Lets others have their turn. Rejects with a ProbeFailure once the probe has ended: its rows are of no use then. */
  readonly nextTurn: () => Promise<void>;
  readonly metrics: MetricSet;
  /** The version as one number that grows with it. */
  readonly version: number;
  /** The label `server`, for views that have it. */
  readonly label: string;
}

/** A collector, and whether the real exporter runs it by default. */
export interface CollectorSpec<Server extends SqlServer = SqlServer> {
  readonly name: string;
  readonly isDefault: boolean;
  /** The first version that it asks anything; older ones say nothing of it. */
  readonly since?: number;
  readonly collect: (server: Server) => Promise<void>;
}

/** One number of a row. */
export interface Column {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'untyped';
  readonly help: string;
  /** The expression of the number; the name itself if it is that of a column. */
  readonly sql: string;
  /** The labels of this column alone, such as `operation` where there is a column for each. */
  readonly labels?: Readonly<Record<string, string>>;
  /** The first version that has it, and the first that has it no more. */
  readonly since?: number;
  readonly until?: number;
  /** The meaning of NULL, where it is not that of the view. */
  readonly ifNull?: View['ifNull'];
}

/** A statement whose rows are labels and numbers. */
export interface View {
  /** The prefix of the metrics' names. */
  readonly prefix: string;
  /** Key: the label. Value: its expression. */
  readonly labels: Readonly<Record<string, string>>;
  readonly withServer?: true;
  /** A label, and what is cut off the beginning of its values. */
  readonly withoutPrefix?: readonly [label: string, prefix: string];
  readonly columns: readonly Column[];
  /** The rest of the statement, after SELECT and its list. */
  readonly from: string;
  /** The meaning of NULL. */
  readonly ifNull: 'zero' | 'nan' | 'absent';
  /** More rows than that are refused; 10,000 if absent. */
  readonly mostRows?: number;
  /** The rows to ask for where there may be more of them, which are left out. */
  readonly fewerRows?: number;
  readonly since?: number;
  readonly until?: number;
}

/**
 * The default limit of rows. A server with a schema for each customer has thousands of tables; 10,000 of them with
 * twenty columns take some seconds and some hundred MiB, as they do with the real exporters.
 */
const MOST_ROWS = 10_000;

/** A counter of a view; `sql` where it is not the column of that name. */
export function total(name: string, help: string, sql = name): Column {
  return { name, type: 'counter', help, sql };
}

/** A gauge of a view. */
export function level(name: string, help: string, sql = name): Column {
  return { name, type: 'gauge', help, sql };
}

/** The collector of some views. */
export function viewCollector(name: string, isDefault: boolean, views: readonly View[]): CollectorSpec {
  const prepared = views.map(prepareView);
  return {
    name,
    isDefault,
    collect: async (server) => {
      for (const view of prepared) await collectView(view, server);
    },
  };
}

/** A view with the definitions of its metrics. */
export interface PreparedView {
  readonly view: View;
  readonly columns: readonly PreparedColumn[];
}

interface PreparedColumn {
  readonly column: Column;
  readonly metric: MetricDefinition;
  /** Where the value of each label of the metric comes from. */
  readonly sources: readonly LabelSource[];
}

/** The place of the label in a row, a text that is always the same, or the label of the server. */
type LabelSource = number | string | undefined;

/** Makes the definitions of a view's metrics, once. */
export function prepareView(view: View): PreparedView {
  const columns = view.columns.map((column) => {
    const metric = definitionOf(view, column);
    return { column, metric, sources: metric.labelNames.map((name) => sourceOf(name, view, column)) };
  });
  return { view, columns };
}

function sourceOf(name: string, { labels, withServer }: View, column: Column): LabelSource {
  const constant = new Map(Object.entries(column.labels ?? {})).get(name);
  if (constant !== undefined) return constant;
  return name === 'server' && withServer === true ? undefined : Object.keys(labels).indexOf(name);
}

/** Asks for a view and sets its metrics. Rejects as `ask` does, and with StatementRefused for too many rows. */
export async function collectView({ view, columns: all }: PreparedView, server: SqlServer): Promise<void> {
  if (!isIn(view, server.version)) return;
  const { mostRows = MOST_ROWS, fewerRows = mostRows + 1 } = view;
  const columns = all.filter(({ column }) => isIn(column, server.version));
  const names = Object.keys(view.labels);
  const list = [...Object.values(view.labels), ...columns.map(({ column }) => column.sql)];
  const rows = await server.ask(`SELECT ${list.join(', ')} ${view.from} LIMIT ${fewerRows}`);
  if (rows.length > mostRows) throw new StatementRefused(`more than ${mostRows} rows`);
  const shared = columns.find(({ column }) => column.labels === undefined);
  for (const row of rows) {
    if (loopTurns.isOver()) await server.nextTurn();
    const texts = names.map((name, at) => labelText(name, row[at] ?? '', view));
    const sharedValues = shared === undefined ? [] : labelValuesOf(shared, texts, server);
    columns.forEach((each, at) => {
      const { column, metric } = each;
      const value = numberOf(row[names.length + at], column.ifNull ?? view.ifNull);
      if (value === undefined) return;
      const labelValues = column.labels === undefined ? sharedValues : labelValuesOf(each, texts, server);
      server.metrics.setValues(metric, labelValues, value);
    });
  }
}

function labelValuesOf({ sources }: PreparedColumn, texts: readonly string[], { label }: SqlServer): readonly string[] {
  return sources.map((source) => (typeof source === 'number' ? (texts[source] ?? '') : (source ?? label)));
}

function labelText(name: string, text: string, { withoutPrefix: [label, prefix] = ['', ''] }: View): string {
  return name === label && text.startsWith(prefix) ? text.slice(prefix.length) : text;
}

/** A value of a row as a number; undefined if it is NULL and `ifNull` is `absent`. */
export function numberOf(text: string | null | undefined, ifNull: View['ifNull']): number | undefined {
  if (text !== null && text !== undefined) return parseFloatText(text);
  if (ifNull === 'absent') return undefined;
  return ifNull === 'zero' ? 0 : NaN;
}

function definitionOf({ prefix, labels, withServer }: View, column: Column): MetricDefinition {
  const { name, type, help } = column;
  const names = [...Object.keys(labels), ...Object.keys(column.labels ?? {})];
  const declare = { counter, gauge, untyped }[type];
  return declare(`${prefix}_${name}`, help, [...names, ...(withServer === true ? ['server'] : [])]);
}

function isIn({ since = 0, until = Infinity }: Pick<Column, 'since' | 'until'>, version: number): boolean {
  return version >= since && version < until;
}
