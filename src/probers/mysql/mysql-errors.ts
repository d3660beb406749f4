import type { FailureReason, ProbeFailure } from '../../probe/failure.js';
import { StatementRefused } from '../server-client/run-collectors.js';
import { malformed, readError, refused, type ServerError } from './mysql-packets.js';

/** Errors that end a session, or that keep one from beginning (MySQL's and MariaDB's lists of error codes). */
const REASONS: ReadonlyMap<number, FailureReason> = new Map<number, FailureReason>([
  ...[1040, 1203, 1226].map((number) => [number, 'too_many_connections'] as const),
  // Wrong or missing password, a host that may not log in, an authentication plugin that the client does not have, TLS
  // required, expired passwords, locked accounts.
  ...[1045, 1130, 1251, 1275, 1524, 1698, 1820, 1862, 1939, 3118, 3159, 4151].map(
    (number) => [number, 'auth_failed'] as const,
  ),
  ...[1044, 1142, 1227].map((number) => [number, 'permission_denied'] as const),
  // The host is blocked, or the server does not accept sessions yet.
  ...[1129, 3032].map((number) => [number, 'response_rejected'] as const),
  // The server shuts down, or the session was killed or has been idle for too long.
  ...[1053, 1077, 1079, 1080, 1152, 1184, 1927, 4031].map((number) => [number, 'connection_closed'] as const),
]);

/** A statement that MySQL refused, with the number of its error. */
export class MysqlRefusal extends StatementRefused {
  readonly number: number;

  constructor({ number, text }: ServerError) {
    super(`${text} (error ${number})`);
    this.number = number;
  }
}

/** The failure of a probe whose log-in or session the server ends with an error. */
export function failureOf({ number, text }: ServerError): ProbeFailure {
  return refused(REASONS.get(number) ?? 'protocol_error', `${text} (error ${number})`);
}

/** The same failure, read from the packet of the error. */
export function failureIn(payload: Buffer): ProbeFailure {
  return failureOf(readError(payload));
}

/** Whether this error ends the session; other errors only refuse the statement. */
export function endsSession(number: number): boolean {
  return REASONS.get(number) === 'connection_closed';
}

/** The failure for an error that came unasked: it is the server's last word. */
export function lastWord(payload: Buffer): ProbeFailure {
  const { number, text } = readError(payload);
  if (!endsSession(number)) return malformed(`an error that nobody asked for: ${text}`);
  return failureOf({ number, text });
}
