import { ProtobufParseError } from '../../metrics/protobuf/protobuf-reader.js';
import { codeName } from '../../net/http2/http2-codes.js';
import { Http2Ended, Http2Error, Http2GoneAway, Http2Reset, reasonOfCode } from '../../net/http2/http2-error.js';
import { isTlsError, tlsAlertReason } from '../../net/tls/alerts/tls-alert.js';
import { codeOf, textOf } from '../../probe/error-text.js';
import type { FailureReason } from '../../probe/failure.js';
import { goQuote } from '../../values/go/go-quote.js';
import { type GrpcHeaders, type GrpcReply, LARGEST_BODY_BYTES } from './grpc-call.js';
import { FramingError, unframeMessages } from './grpc-message.js';
import { codeOfHttpStatus, codeOfReset, decodeGrpcMessage, GRPC, readGrpcStatus } from './grpc-status.js';
import { decodeHealthResponse } from './health-message.js';
import { readStatusDetails } from './status-details.js';

/** The result of a call. */
export type GrpcOutcome = HealthAnswer | GrpcFailure;

/** The status of the call is OK. */
export interface HealthAnswer {
  readonly code: typeof GRPC.OK;
  /** One of SERVING_STATUSES, or the digits of an unknown number. */
  readonly servingStatus: string;
}

/** The call has no answer, or one whose status is not OK. */
export interface GrpcFailure {
  /** The status that grpc-go gives such a call. It is never OK. */
  readonly code: number;
  readonly reason: FailureReason;
  readonly message: string;
  /** Whether the peer answered by the rules of gRPC. Otherwise the transport failed. */
  readonly answered: boolean;
}

/** Judges a reply by gRPC's rules ("gRPC over HTTP2"). If the peer sent no status, the code is the one of grpc-go. */
export function readReply(reply: GrpcReply): GrpcOutcome {
  if (reply.tooLarge) {
    return broken(
      GRPC.RESOURCE_EXHAUSTED,
      'body_too_large',
      `received message larger than max (${LARGEST_BODY_BYTES})`,
    );
  }
  const notGrpc = reply.headers === undefined ? undefined : refuseHead(reply);
  if (notGrpc !== undefined) return notGrpc;
  const end = endOf(reply);
  const problem = reply.headers?.binaryProblem ?? end?.binaryProblem;
  if (problem !== undefined) return broken(GRPC.INTERNAL, 'response_malformed', `transport: malformed ${problem}`);
  // One in headers that do not end the call counts only where it is malformed.
  for (const status of [reply.headers?.['grpc-status'], end?.['grpc-status']]) {
    if (status === undefined || readGrpcStatus(status) !== undefined) continue;
    return broken(GRPC.UNKNOWN, 'response_malformed', `transport: malformed grpc-status: ${status}`);
  }
  const code = readGrpcStatus(end?.['grpc-status'] ?? '');
  if (code === undefined) return readEnd(reply);
  const details = end?.statusDetails === undefined ? undefined : readStatusDetails(end.statusDetails);
  if (details !== undefined && details.code !== code) {
    const text = `grpc-status=${code}, code in grpc-status-details-bin=${details.code}`;
    return broken(GRPC.INTERNAL, 'response_malformed', `grpc-status-details-bin mismatch: ${text}`);
  }
  if (details !== undefined && code !== GRPC.OK) return refusedWith(code, details.message);
  if (code !== GRPC.OK) return refused(code, end?.['grpc-message'] ?? '');
  return readAnswer(reply.body);
}

/**
 * The fields that end a call: the trailers, or headers that end the stream. A status in other headers does not count,
 * since the rest of the answer may never come.
 */
function endOf({ trailers, headers, endedByHead }: GrpcReply): GrpcHeaders | undefined {
  return trailers ?? (endedByHead ? headers : undefined);
}

/**
 * Returns what is wrong with the headers of an answer that is not gRPC. If the content type is gRPC's, in small letters
 * as in grpc-go, the HTTP status is ignored.
 */
function refuseHead({ headers }: GrpcReply): GrpcFailure | undefined {
  const status = headers?.[':status'] ?? 0;
  const type = headers?.['content-type'] ?? '';
  if (/^application\/grpc(?:$|[+;])/.test(type)) return undefined;
  const code = codeOfHttpStatus(status);
  const ofType =
    type === '' ? 'malformed header: missing HTTP content-type' : `received unexpected content-type ${goQuote(type)}`;
  const message = `unexpected HTTP status code received from server: ${status}; ${ofType}`;
  return broken(code, status === 200 ? 'response_malformed' : reasonOfStatus(code), message);
}

/** Judges a stream that ended without a status. */
function readEnd({ error, connectionLost, resetCode, trailers, endedByHead }: GrpcReply): GrpcFailure {
  if (connectionLost) return readLostConnection(error);
  if (resetCode !== 0) {
    const message = `stream terminated by RST_STREAM with error code: ${codeName(resetCode)}`;
    return broken(codeOfReset(resetCode), reasonOfCode(resetCode, 'connection_reset'), message);
  }
  if (error instanceof Http2Reset) {
    const message = `stream terminated by RST_STREAM with error code: ${codeName(error.errorCode)}`;
    return broken(GRPC.INTERNAL, error.reason, message);
  }
  // The answer of the server violates HTTP/2.
  if (error instanceof Http2Error) return broken(GRPC.INTERNAL, error.reason, error.message);
  if (trailers !== undefined || endedByHead) {
    return broken(GRPC.UNKNOWN, 'response_malformed', 'server ended the stream without grpc-status');
  }
  return broken(GRPC.INTERNAL, 'response_malformed', 'server closed the stream without sending trailers');
}

function readLostConnection(error: Error | undefined): GrpcFailure {
  if (error === undefined || error instanceof Http2Ended) {
    return broken(GRPC.UNAVAILABLE, 'connection_closed', 'error reading from server: EOF');
  }
  const message = `error reading from server: ${textOf(error)}`;
  if (error instanceof Http2GoneAway) {
    return broken(GRPC.UNAVAILABLE, reasonOfCode(error.errorCode, 'http2_goaway'), message);
  }
  const alert = tlsAlertReason(error);
  if (alert !== undefined) return broken(GRPC.UNAVAILABLE, alert, message);
  switch (codeOf(error)) {
    case 'ECONNRESET':
    case 'EPIPE':
      return broken(GRPC.UNAVAILABLE, 'connection_reset', message);
    default:
      return broken(GRPC.UNAVAILABLE, isTlsError(error) ? 'network_error' : 'response_malformed', message);
  }
}

function refused(code: number, message: string): GrpcFailure {
  return refusedWith(code, decodeGrpcMessage(message));
}

function refusedWith(code: number, message: string): GrpcFailure {
  return { code, reason: reasonOfStatus(code), message, answered: true };
}

function reasonOfStatus(code: number): FailureReason {
  if (code === GRPC.UNIMPLEMENTED) return 'grpc_unimplemented';
  return code === GRPC.NOT_FOUND ? 'grpc_service_unknown' : 'grpc_status_error';
}

function readAnswer(body: Uint8Array): GrpcOutcome {
  try {
    const [message, ...more] = unframeMessages(body);
    if (message === undefined || more.length > 0) {
      const number = message === undefined ? 'no' : 'more than one';
      return broken(GRPC.INTERNAL, 'response_malformed', `cardinality violation: received ${number} response message`);
    }
    return { code: GRPC.OK, servingStatus: decodeHealthResponse(message) };
  } catch (error) {
    if (!(error instanceof FramingError || error instanceof ProtobufParseError)) throw error;
    const message =
      error instanceof FramingError
        ? error.message
        : `grpc: failed to unmarshal the received message: ${error.message}`;
    return broken(GRPC.INTERNAL, 'response_malformed', message);
  }
}

function broken(code: number, reason: FailureReason, message: string): GrpcFailure {
  return { code, reason, message, answered: false };
}
