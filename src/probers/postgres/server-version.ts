import type { PgRow } from './pg-connection.js';

/** What a server says of its version. */
export interface ServerVersion {
  /** As `server_version_num` has it: 150018 is 15.18. */
  readonly number: number;
  /** Three numbers, as postgres_exporter shows them: `15.18.0`. */
  readonly short: string;
  /** In its own words. */
  readonly text: string;
}

/**
 * Makes a session read only and its statements short, and asks for what `readVersion` reads. Not at the log-in: what is
 * set there counts as the server's own setting (`reset_val` of pg_settings).
 */
export function beginSession(statementTimeoutMs: number): string {
  return `SET default_transaction_read_only = on; SET statement_timeout = ${statementTimeoutMs};
    SELECT version(), current_setting('server_version_num')`;
}

/** The longest version that is one, in characters. */
const LONGEST = 1024;

/** Returns undefined for a row that has no version. */
export function readVersion([text, number]: PgRow): ServerVersion | undefined {
  if (typeof text !== 'string' || typeof number !== 'string' || text.length > LONGEST || !/^\d{5,7}$/.test(number)) {
    return undefined;
  }
  const [, major, minor = '0', patch = '0'] = /^\w+ (\d+)(?:\.(\d+))?(?:\.(\d+))?/.exec(text) ?? [];
  return major === undefined ? undefined : { number: Number(number), short: `${major}.${minor}.${patch}`, text };
}
