import type { Table } from '../pg-connection.js';

/** The databases whose answers are kept. */
const MOST_KEPT = 100;
/** Bytes of the rows of an answer that is kept. */
const LARGEST_KEPT = 256 * 1024;

/** Keeps the answers of one statement for a while, by database. */
export class AnswerCache {
  readonly #seconds: number;
  readonly #kept = new Map<string, { readonly table: Table; readonly untilSeconds: number }>();

  constructor(seconds: number) {
    this.#seconds = seconds;
  }

  /** The answer of a database, if it is not too old. Times are seconds of a monotonic clock. */
  get(database: string, nowSeconds: number): Table | undefined {
    const kept = this.#kept.get(database);
    return kept !== undefined && nowSeconds < kept.untilSeconds ? kept.table : undefined;
  }

  /** Keeps an answer, unless it is large. The answer that was kept first goes where there are too many. */
  keep(database: string, table: Table, nowSeconds: number): void {
    this.#kept.delete(database);
    if (table.rows.bytes > LARGEST_KEPT) return;
    const [first] = this.#kept.keys();
    if (this.#kept.size === MOST_KEPT && first !== undefined) this.#kept.delete(first);
    const own = { ...table, rows: table.rows.copy() };
    this.#kept.set(database, { table: own, untilSeconds: nowSeconds + this.#seconds });
  }
}
