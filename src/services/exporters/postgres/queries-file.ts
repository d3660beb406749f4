import { createHash } from 'node:crypto';
import { readModulePart } from '../../../config/read-module-part.js';
import { readTextFile } from '../../../files/file-text.js';
import { compileQueries } from '../../../probers/postgres/queries/custom-query.js';
import { messageOf } from '../../../values/as-error.js';
import { ConfigError } from '../../../values/config-error.js';
import type { RawPostgres } from '../../../values/raw-config.js';

/** The custom queries of a file, in the form of the module's `queries`. */
export interface QueriesFile {
  readonly queries: RawPostgres['queries'];
  /** SHA-256 of the file in hexadecimal digits. */
  readonly hash: string;
  /** Lines of the log about keys that mean nothing, which postgres_exporter passes over as well. */
  readonly doubts: readonly string[];
  /** The names of columns that are labels. */
  readonly labels: ReadonlySet<string>;
}

/** A file of custom queries cannot be used. */
export class UnusableQueries extends Error {
  override readonly name = 'UnusableQueries';
  /** SHA-256 of the file in hexadecimal digits; "" if it cannot be read. */
  readonly hash: string;

  constructor(cause: unknown, hash: string) {
    super(messageOf(cause), { cause });
    this.hash = hash;
  }
}

const LARGEST_FILE_BYTES = 1024 * 1024;

/** Reads postgres_exporter's file of custom queries. Rejects with UnusableQueries, which says what is wrong where. */
export async function readQueriesFile(path: string): Promise<QueriesFile> {
  let hash = '';
  try {
    const text = await readTextFile(path, LARGEST_FILE_BYTES);
    hash = createHash('sha256').update(text).digest('hex');
    const { queries, doubts } = await checkedQueries(text, path);
    return { queries, doubts, hash, labels: labelsOf(queries) };
  } catch (error) {
    throw new UnusableQueries(error, hash);
  }
}

async function checkedQueries(text: string, path: string): Promise<Pick<QueriesFile, 'queries' | 'doubts'>> {
  const { value, unknownKeys, explain } = await readModulePart(text, path, { prober: 'postgres', key: 'queries' });
  const queries = (value ?? {}) as RawPostgres['queries'];
  try {
    compileQueries(queries);
  } catch (error) {
    throw error instanceof ConfigError ? await explain(error) : error;
  }
  return { queries, doubts: unknownKeys };
}

function labelsOf(queries: RawPostgres['queries']): ReadonlySet<string> {
  const columns = Object.values(queries).flatMap(({ metrics }) => metrics.flatMap((each) => Object.entries(each)));
  return new Set(columns.filter(([, { usage }]) => usage === 'LABEL').map(([name]) => name));
}
