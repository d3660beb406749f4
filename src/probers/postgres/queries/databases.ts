import { isNoneOf, sqlText } from '../collectors/sql-text.js';
import type { PgConnection } from '../pg-connection.js';
import type { Discovery } from '../postgres-options.js';

/** Databases of one server that are asked besides that of the target. */
const MOST_DATABASES = 100;

/** The other databases of the server that accept connections, by name, and whether there are more than are asked. */
export async function otherDatabases(
  connection: PgConnection,
  { include, exclude }: Discovery,
): Promise<{ readonly names: readonly string[]; readonly areMore: boolean }> {
  const chosen = include.length === 0 ? 'true' : `datname IN (${include.map(sqlText).join(', ')})`;
  const rows = await connection.ask(`SELECT datname FROM pg_database
    WHERE datallowconn AND NOT datistemplate AND datname <> current_database() AND ${chosen}
    AND ${isNoneOf('datname', exclude)} ORDER BY datname LIMIT ${MOST_DATABASES + 1}`);
  const names = [...rows].flatMap(([name]) => (typeof name === 'string' && !name.includes('\0') ? [name] : []));
  return { names: names.slice(0, MOST_DATABASES), areMore: names.length > MOST_DATABASES };
}
