import type { FailureReason, ProbeFailure } from '../../probe/failure.js';
import { refused, type ServerError } from './pg-messages.js';

/** The server goes on after an error, but not after one that ends the connection: classes 08 and 57P. */
export function endsSession({ severity, state }: ServerError): boolean {
  return severity !== 'ERROR' || state.startsWith('57P') || state.startsWith('08');
}

/** The reasons by SQLSTATE (PostgreSQL manual, appendix A). */
const ENDING_REASONS: ReadonlyMap<string, FailureReason> = new Map([
  ['57P', 'connection_closed'],
  ['53300', 'too_many_connections'],
  ['42501', 'permission_denied'],
]);
const LOGIN_REASONS: ReadonlyMap<string, FailureReason> = new Map([
  ...ENDING_REASONS,
  ['28', 'auth_failed'],
  ['3D000', 'response_rejected'],
  ['57P03', 'response_rejected'],
]);

/** Looks the whole SQLSTATE up, then its class (the first two characters). */
function reasonOf(state: string, reasons: ReadonlyMap<string, FailureReason>): FailureReason {
  return reasons.get(state) ?? reasons.get(state.slice(0, 3)) ?? reasons.get(state.slice(0, 2)) ?? 'protocol_error';
}

/** The failure of a probe whose session, or log-in, the server ends with an error. */
export function lastWord({ state, text }: ServerError, isLoggedIn: boolean): ProbeFailure {
  const reason = reasonOf(state, isLoggedIn ? ENDING_REASONS : LOGIN_REASONS);
  return refused(reason, `${text} (SQLSTATE ${state})`);
}
