import { MalformedResponse } from '../../net/http1/malformed-response.js';
import { HeadTooLarge, NoResponse } from '../../net/http1/no-head.js';
import { TruncatedBody } from '../../net/http1/truncated-body.js';
import { Http2Error } from '../../net/http2/http2-error.js';
import { goTlsError, tlsAlertReason } from '../../net/tls/alerts/tls-alert.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';
import { goQuote } from '../../values/go/go-quote.js';
import type { Hop } from '../http-client/http-redirect.js';
import { hrefOf } from '../http-client/http-url.js';
import { REQUEST_FAILED } from './http-dial.js';

/** Why no answer came, or only a part of its head. */
export function exchangeFailure(error: unknown, signal: AbortSignal): ProbeFailure {
  const alert = signal.aborted ? undefined : tlsAlertReason(error);
  // A reset that follows the alert would hide it.
  if (alert !== undefined) return new ProbeFailure('tls', alert, REQUEST_FAILED, { err: goTlsError(error) });
  return stepFailure(error, {
    phase: 'processing',
    signal,
    message: REQUEST_FAILED,
    otherwise: reasonOfExchange(error),
  });
}

const BODY_FAILED = 'Failed to read HTTP response body';

/** Why a body did not come to its end. */
export function bodyFailure(error: unknown, signal: AbortSignal, message = BODY_FAILED): ProbeFailure {
  return stepFailure(error, { phase: 'transfer', signal, message, otherwise: reasonOfBody(error) });
}

function reasonOfBody(error: unknown): FailureReason {
  if (error instanceof Http2Error) return error.reason;
  if (error instanceof TruncatedBody) return 'body_truncated';
  return error instanceof MalformedResponse ? 'response_malformed' : 'network_error';
}

function reasonOfExchange(error: unknown): FailureReason {
  if (error instanceof Http2Error) return error.reason;
  if (error instanceof NoResponse) return 'connection_closed';
  if (error instanceof HeadTooLarge) return 'response_header_too_large';
  return error instanceof MalformedResponse ? 'response_malformed' : 'network_error';
}

/** Why a redirect leads nowhere. */
export function redirectFailure(reason: 'redirect_invalid' | 'redirect_unsupported', err: string): ProbeFailure {
  return new ProbeFailure('processing', reason, REQUEST_FAILED, { err });
}

/** Names the request that failed as Go's client does: `Get "http://host/": …`. */
export function inFrame(error: unknown, hop: Hop): unknown {
  if (!(error instanceof ProbeFailure) || error.message !== REQUEST_FAILED) return error;
  const method = hop.method.charAt(0) + hop.method.slice(1).toLowerCase();
  const err = `${method} ${goQuote(hrefOf(hop.url))}: ${String(error.fields['err'])}`;
  return new ProbeFailure(error.phase, error.reason, error.message, { ...error.fields, err });
}
