/** The version of a server. */
export interface ServerVersion {
  /** 101119 is 10.11.19. */
  readonly number: number;
  readonly isMariadb: boolean;
}

/** The longest text that is taken for a version, in characters. */
const LONGEST = 256;

/** Reads `@@version`, such as `8.0.36-28.1` or `10.11.19-MariaDB-log`; undefined for a text that is no version. */
export function readVersion(text: string): ServerVersion | undefined {
  const [, major, minor, patch] = /^(\d{1,4})\.(\d{1,2})\.(\d{1,2})/.exec(text) ?? [];
  if (text.length > LONGEST || major === undefined) return undefined;
  return {
    number: Number(major) * 10_000 + Number(minor) * 100 + Number(patch),
    isMariadb: /mariadb/i.test(text),
  };
}

/**
 * The statement that keeps a session out of the log of slow queries, unless a statement needs the disk: the one that
 * mysqld_exporter sends. MariaDB and Percona Server have the variable.
 */
export const SLOW_FILTER = "SET SESSION log_slow_filter = 'tmp_table_on_disk,filesort_on_disk'";

/** The seconds that a statement may wait for a metadata lock: mysqld_exporter's default. */
export const LOCK_WAIT_SECONDS = 2;
/** MySQL has the variable under both names from this version on, and under this one alone from 8.0 on. */
const SINCE_NAME = 50_720;
const SINCE_MYSQL = 50_708;
const SINCE_MARIADB = 100_101;

/**
 * The statement that makes a session read only, and limits the time of its statements where the version can do that.
 */
export function beginSession({ number, isMariadb }: ServerVersion, statementTimeoutMs: number): string {
  const readOnly = isMariadb || number < SINCE_NAME ? 'tx_read_only' : 'transaction_read_only';
  const limits = [`${readOnly} = 1`, `lock_wait_timeout = ${LOCK_WAIT_SECONDS}`];
  if (isMariadb && number >= SINCE_MARIADB) limits.push(`max_statement_time = ${statementTimeoutMs / 1000}`);
  if (!isMariadb && number >= SINCE_MYSQL) limits.push(`max_execution_time = ${statementTimeoutMs}`);
  return `SET ${limits.map((limit) => `@@SESSION.${limit}`).join(', ')}`;
}
