import type { TextRow } from '../server-client/packed-rows.js';

/** The version of a server. */
export interface ServerVersion {
  /** The value of `server_version_num`: 150018 is 15.18. */
  readonly number: number;
  /** Three numbers, as postgres_exporter shows them: `15.18.0`. */
  readonly short: string;
  /** The version in the server's own words. */
  readonly text: string;
}

/**
 * The statement that makes a session read only and limits the time of its statements, and asks for what `readVersion`
 * reads. These settings are not part of the log-in: what is set there counts as the server's own setting (`reset_val`
 * of pg_settings).
 */
export function beginSession(statementTimeoutMs: number): string {
  return `SET default_transaction_read_only = on; SET statement_timeout = ${statementTimeoutMs};
    SELECT version(), current_setting('server_version_num')`;
}

/** The longest text that is taken for a version, in characters. */
const LONGEST = 1024;

/** Reads the row of the version; undefined for a row that has none. */
export function readVersion([text, number]: TextRow): ServerVersion | undefined {
  if (typeof text !== 'string' || typeof number !== 'string' || text.length > LONGEST || !/^\d{5,7}$/.test(number)) {
    return undefined;
  }
  const [, major, minor = '0', patch = '0'] = /^\w+ (\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined ? undefined : { number: Number(number), short: `${major}.${minor}.${patch}`, text };
}
