import type { HttpExchange, HttpRequest, HttpResponse } from '../../net/http-exchange.js';
import { MalformedResponse } from '../../net/http1/malformed-response.js';
import { HeadTooLarge, NoResponse } from '../../net/http1/no-head.js';
import { TruncatedBody } from '../../net/http1/truncated-body.js';
import { goTlsError, tlsAlertReason } from '../../net/tls/alerts/tls-alert.js';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { ServerPhase } from '../server-client/server-dial.js';

/** The log line of a request that fails. */
export const REQUEST_FAILED = 'Error for HTTP request';
/** The log line of an answer that is no page of stub_status. */
const UNEXPECTED = 'The answer is no page of stub_status';
/** The largest page, in bytes: it has 97 and a few more for large numbers. */
const LARGEST_PAGE_BYTES = 4096;

/** The request for a page. */
export interface PageRequest {
  readonly request: HttpRequest;
  readonly phases: PhaseClock<ServerPhase>;
  readonly signal: AbortSignal;
}

/** Asks for the page. Rejects with a ProbeFailure. The caller closes the exchange. */
export async function sendRequest(exchange: HttpExchange, { request, phases, signal }: PageRequest): Promise<void> {
  try {
    await phases.time('processing', () => exchange.send(request));
  } catch (error) {
    throw exchangeFailure(error, signal);
  }
}

/**
 * Reads the page that was asked for. `onAnswer` is called with the head of the answer, whatever its status. Rejects
 * with a ProbeFailure. The caller closes the exchange.
 */
export async function fetchPage(
  exchange: HttpExchange,
  { phases, signal }: PageRequest,
  onAnswer: (response: HttpResponse) => void,
): Promise<string> {
  const response = await phases
    .time('processing', () => exchange.receive())
    .catch((error: unknown) => {
      throw exchangeFailure(error, signal);
    });
  onAnswer(response);
  checkStatus(response.status);
  return phases.time('transfer', () => readPage(response, signal));
}

async function readPage(response: HttpResponse, signal: AbortSignal): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for (;;) {
    const chunk = await response.readBody().catch((error: unknown) => {
      const otherwise = error instanceof TruncatedBody ? 'body_truncated' : 'response_malformed';
      throw stepFailure(error, { phase: 'transfer', signal, message: REQUEST_FAILED, otherwise });
    });
    if (chunk === undefined) return Buffer.concat(chunks).toString('latin1');
    length += chunk.length;
    if (length > LARGEST_PAGE_BYTES) {
      const err = `the body has more than ${LARGEST_PAGE_BYTES} bytes`;
      throw new ProbeFailure('transfer', 'response_too_large', UNEXPECTED, { err });
    }
    chunks.push(chunk);
  }
}

/** Redirects are not followed: whoever redirects would choose who gets the credentials. */
function checkStatus(status: number): void {
  if (status === 200) return;
  throw new ProbeFailure('check', reasonOfStatus(status), UNEXPECTED, {
    err: `expected 200 response, got ${status}`,
    status_code: status,
  });
}

function reasonOfStatus(status: number): FailureReason {
  if (status === 401) return 'auth_failed';
  return status === 403 ? 'permission_denied' : 'status_code_mismatch';
}

/** The failure of an answer with status 200 that is another page. */
export function otherPage(page: string): ProbeFailure {
  return new ProbeFailure('check', 'protocol_error', UNEXPECTED, { err: 'unknown text', beginning: page.slice(0, 80) });
}

function exchangeFailure(error: unknown, signal: AbortSignal): ProbeFailure {
  // In TLS 1.3, a server only refuses the client's certificate now.
  const alert = signal.aborted ? undefined : tlsAlertReason(error);
  if (alert !== undefined) return new ProbeFailure('tls', alert, REQUEST_FAILED, { err: goTlsError(error) });
  const otherwise = reasonOf(error);
  return stepFailure(error, {
    phase: 'processing',
    signal,
    message: REQUEST_FAILED,
    ...(otherwise && { otherwise }),
  });
}

function reasonOf(error: unknown): FailureReason | undefined {
  if (error instanceof NoResponse) return 'connection_closed';
  if (error instanceof HeadTooLarge) return 'response_header_too_large';
  return error instanceof MalformedResponse ? 'response_malformed' : undefined;
}
