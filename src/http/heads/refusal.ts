/** The answer to a request that no handler gets to see, in upstream's words (Go's net/http); the connection ends with it. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

export const BAD_REQUEST = badRequest();
export const HEAD_TOO_LARGE = { status: 431, text: '431 Request Header Fields Too Large' };
export const HEAD_TOO_SLOW = { status: 408, text: '408 Request Timeout' };
export const TOO_MANY_HEADS = { status: 503, text: '503 Service Unavailable: too many requests are being read' };
export const UNSUPPORTED_VERSION = {
  status: 505,
  text: '505 HTTP Version Not Supported: unsupported protocol version',
};
export const UNSUPPORTED_ENCODING = { status: 501, text: 'Unsupported transfer encoding' };
export const UNKNOWN_EXPECTATION = { status: 417, text: '' };
/** To `OPTIONS *`, and to whatever else is asked of `*`. */
export const WHOLE_SERVER = { status: 200, text: '' };
export const NOTHING_THERE = { status: 400, text: '' };

export function badRequest(why = ''): Refusal {
  return { status: 400, text: why === '' ? '400 Bad Request' : `400 Bad Request: ${why}` };
}
