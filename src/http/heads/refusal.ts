/**
 * The answer to a request that no handler gets to see, in upstream's words (Go's net/http); the connection ends with
 * it.
 */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

/** A head that no HTTP message can have. */
export const BAD_REQUEST = badRequest();
/** A head that is longer than is read. */
export const HEAD_TOO_LARGE = { status: 431, text: '431 Request Header Fields Too Large' };
/** A head that has not come in time. */
export const HEAD_TOO_SLOW = { status: 408, text: '408 Request Timeout' };
/** A head that would take more memory than all heads may have together. */
export const TOO_MANY_HEADS = { status: 503, text: '503 Service Unavailable: too many requests are being read' };
/** A version of HTTP other than 1.0 and 1.1. */
export const UNSUPPORTED_VERSION = {
  status: 505,
  text: '505 HTTP Version Not Supported: unsupported protocol version',
};
/** A Transfer-Encoding other than `chunked`. */
export const UNSUPPORTED_ENCODING = { status: 501, text: 'Unsupported transfer encoding' };
/** An Expect other than `100-continue`. */
export const UNKNOWN_EXPECTATION = { status: 417, text: '' };
/**
 * The answer to `OPTIONS *`. Go's server, too, gives it before any handler, and so without a password. It says nothing
 * about the service.
 */
export const WHOLE_SERVER = { status: 200, text: '' };
/** The target `*`, for any method but OPTIONS. */
export const NOTHING_THERE = { status: 400, text: '' };

/** Status 400 with the text of Go; `why` says what is wrong with the head. */
export function badRequest(why = ''): Refusal {
  return { status: 400, text: why === '' ? '400 Bad Request' : `400 Bad Request: ${why}` };
}
