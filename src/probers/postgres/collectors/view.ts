import { counter, gauge, type MetricDefinition, untyped } from '../../../metrics/metric-definition.js';
import type { MetricSet } from '../../../metrics/metric-set.js';
import { parseFloatText } from '../../../metrics/parse-float.js';
import { loopTurns } from '../../../values/loop-turns.js';
import { StatementRefused } from '../../server-client/run-collectors.js';
import type { PgRow } from '../pg-connection.js';

/** A server that is asked. */
export interface PgServer {
  readonly ask: (sql: string) => Promise<readonly PgRow[]>;
  readonly metrics: MetricSet;
  /** `server_version_num`: 150018 is 15.18. */
  readonly version: number;
  /** The label `server`, where postgres_exporter has it. */
  readonly label: string;
}

/** A collector, and whether postgres_exporter has it unless told otherwise. */
export interface CollectorSpec {
  readonly name: string;
  readonly isDefault: boolean;
  readonly collect: (server: PgServer) => Promise<void>;
}

/** One number of a row. */
export interface Column {
  readonly name: string;
  readonly type: 'counter' | 'gauge' | 'untyped';
  readonly help: string;
  /** Its expression; the name itself if it is that of a column. */
  readonly sql: string;
  /** The first version that has it, and the first that has it no more. */
  readonly since?: number;
  readonly until?: number;
}

/** A statement whose rows are labels and numbers. */
export interface View {
  /** What the names of the metrics begin with. */
  readonly prefix: string;
  /** Key: the label. Value: its expression. */
  readonly labels: Readonly<Record<string, string>>;
  readonly withServer?: true;
  readonly columns: readonly Column[];
  /** All behind SELECT and its list. */
  readonly from: string;
  /** What NULL is. */
  readonly ifNull: 'zero' | 'nan' | 'absent';
  readonly since?: number;
  readonly until?: number;
}

/** More rows than this of a kind are no metrics any more. */
const MOST_ROWS = 1000;

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
  const prepared = views.map((view) => ({
    view,
    columns: view.columns.map((column) => ({ column, metric: definitionOf(view, column) })),
  }));
  return {
    name,
    isDefault,
    collect: async (server) => {
      for (const { view, columns } of prepared) {
        const present = columns.filter(({ column }) => isIn(column, server.version));
        if (isIn(view, server.version)) await collectView(view, present, server);
      }
    },
  };
}

interface PreparedColumn {
  readonly column: Column;
  readonly metric: MetricDefinition;
}

async function collectView(view: View, columns: readonly PreparedColumn[], server: PgServer): Promise<void> {
  const names = Object.keys(view.labels);
  const list = [...Object.values(view.labels), ...columns.map(({ column }) => column.sql)];
  const rows = await server.ask(`SELECT ${list.join(', ')} ${view.from} LIMIT ${MOST_ROWS + 1}`);
  if (rows.length > MOST_ROWS) throw new StatementRefused(`more than ${MOST_ROWS} rows`);
  for (const row of rows) {
    if (loopTurns.isOver()) await loopTurns.next();
    const labels: Record<string, string> = Object.fromEntries(names.map((name, at) => [name, row[at] ?? '']));
    if (view.withServer === true) labels['server'] = server.label;
    columns.forEach(({ metric }, at) => {
      const value = numberOf(row[names.length + at], view.ifNull);
      if (value !== undefined) server.metrics.setWith(metric, labels, value);
    });
  }
}

/** A value of a row as a number; undefined where there is none. */
export function numberOf(text: string | null | undefined, ifNull: View['ifNull']): number | undefined {
  if (text !== null && text !== undefined) return parseFloatText(text);
  if (ifNull === 'absent') return undefined;
  return ifNull === 'zero' ? 0 : NaN;
}

function definitionOf({ prefix, labels, withServer }: View, { name, type, help }: Column): MetricDefinition {
  const names = [...Object.keys(labels), ...(withServer === true ? ['server'] : [])];
  const declare = { counter, gauge, untyped }[type];
  return declare(`${prefix}_${name}`, help, names);
}

function isIn({ since = 0, until = Infinity }: Pick<Column, 'since' | 'until'>, version: number): boolean {
  return version >= since && version < until;
}
