import { codeOf, isHangUp, textOf } from './error-text.js';
import { type FailureReason, type Phase, ProbeFailure } from './failure.js';
import type { Fields } from './fields.js';
import { ranOutOfTime } from './probe-abort.js';

/** The failure reason for each error code of the operating system. */
const REASON_OF_CODE: ReadonlyMap<string, FailureReason> = new Map(
  Object.entries<FailureReason>({
    ECONNREFUSED: 'connection_refused',
    ECONNRESET: 'connection_reset',
    EPIPE: 'connection_reset',
    ECONNABORTED: 'connection_reset',
    ETIMEDOUT: 'connection_timeout',
    ENETUNREACH: 'network_unreachable',
    ENETDOWN: 'network_unreachable',
    EHOSTUNREACH: 'host_unreachable',
    EHOSTDOWN: 'host_unreachable',
    EADDRNOTAVAIL: 'address_unavailable',
    EAFNOSUPPORT: 'address_unavailable',
    EINVAL: 'address_unavailable',
    EACCES: 'permission_denied',
    EPERM: 'permission_denied',
    EMFILE: 'resources_exhausted',
    ENFILE: 'resources_exhausted',
    ENOBUFS: 'resources_exhausted',
    ENOMEM: 'resources_exhausted',
  }),
);

/** The failure reason for running out of time in a phase. */
const TIMEOUT_OF_PHASE: Readonly<Record<Phase, FailureReason>> = {
  setup: 'no_time_left',
  resolve: 'dns_timeout',
  auth: 'token_timeout',
  connect: 'connection_timeout',
  proxy: 'proxy_timeout',
  tls: 'tls_timeout',
  request: 'response_timeout',
  processing: 'response_timeout',
  transfer: 'body_timeout',
  dialogue: 'response_timeout',
  rtt: 'response_timeout',
  check: 'check_timeout',
  answer: 'response_timeout',
};

/** The step of a probe that an error is the failure of. */
export interface Step {
  readonly phase: Phase;
  readonly signal: AbortSignal;
  /** The log line. */
  readonly message: string;
  readonly fields?: Fields;
  /** The error text at the deadline, such as `dial tcp 127.0.0.1:1: i/o timeout`; a general one if absent. */
  readonly timedOut?: string | undefined;
  /** The reason if neither the deadline nor an error code determines one. */
  readonly otherwise?: FailureReason;
}

/**
 * Turns what a step threw into the ProbeFailure that says why: the probe's own end (deadline, cancelled) first, since
 * it is what makes sockets fail, then the error code of the operating system. A ProbeFailure passes as it is. Throws
 * the error itself if it is a bug of ours: `/probe` then answers 500, and no outage is reported that is none.
 */
export function stepFailure(error: unknown, step: Step): ProbeFailure {
  if (error instanceof ProbeFailure) return error;
  if (isBug(error)) throw error;
  const { phase, signal, message, fields = {} } = step;
  if (signal.aborted) {
    const err = textOf(signal.reason);
    return ranOutOfTime(signal)
      ? new ProbeFailure(phase, TIMEOUT_OF_PHASE[phase], message, { ...fields, err: step.timedOut ?? err })
      : new ProbeFailure(phase, 'probe_cancelled', message, { ...fields, err });
  }
  if (isHangUp(error))
    return new ProbeFailure(phase, 'connection_closed', message, { ...fields, err: 'unexpected EOF' });
  const code = codeOf(error);
  const reason = (code === undefined ? undefined : REASON_OF_CODE.get(code)) ?? step.otherwise ?? 'network_error';
  return new ProbeFailure(phase, reason, message, { ...fields, err: textOf(error) });
}

/** The errors of the language, and the codes of Node, that say that a function was called as it must not be. */
const BUGS = [TypeError, RangeError, ReferenceError, SyntaxError] as const;
const BUG_CODES: ReadonlySet<string> = new Set([
  'ERR_ASSERTION',
  'ERR_INTERNAL_ASSERTION',
  'ERR_INVALID_ARG_TYPE',
  'ERR_INVALID_ARG_VALUE',
  'ERR_INVALID_STATE',
  'ERR_OUT_OF_RANGE',
]);

/** Whether an error comes from the code and not from the world outside. Node's errors of the world have other codes. */
export function isBug(error: unknown): boolean {
  const code = codeOf(error);
  return code === undefined ? BUGS.some((kind) => error instanceof kind) : BUG_CODES.has(code);
}
