import t from 'tap';
import { Http2GoneAway, Http2Reset, Http2Violation } from '../../../src/net/http2/http2-error.js';
import type { GrpcReply } from '../../../src/probers/grpc/grpc-call.js';
import { readReply } from '../../../src/probers/grpc/grpc-outcome.js';

const HEAD = { ':status': 200, 'content-type': 'application/grpc' } as const;
const NOTHING: GrpcReply = {
  endedByHead: false,
  body: new Uint8Array(),
  tooLarge: false,
  resetCode: 0,
  connectionLost: false,
};
const SERVING = Uint8Array.of(0, 0, 0, 0, 2, 8, 1);

function systemError(code: string): Error {
  return Object.assign(new Error(`read ${code}`), { code });
}

const BYE = { lastStream: 0, debug: '' };
const OK_TRAILERS = { 'grpc-status': '0' };

/** name, what came back, code, reason or serving status. */
const CASES: readonly (readonly [string, Partial<GrpcReply>, number, string])[] = [
  ['serving', { headers: HEAD, trailers: OK_TRAILERS, body: SERVING }, 0, 'SERVING'],
  [
    'content type with a suffix',
    { headers: { ...HEAD, 'content-type': 'application/grpc+proto' }, trailers: OK_TRAILERS, body: SERVING },
    0,
    'SERVING',
  ],
  [
    'content type with capitals',
    { headers: { ...HEAD, 'content-type': 'Application/grpc+proto' }, trailers: OK_TRAILERS, body: SERVING },
    2,
    'response_malformed',
  ],
  [
    'a header that is no Base64',
    { headers: { ...HEAD, binaryProblem: 'a-bin: x' }, trailers: OK_TRAILERS, body: SERVING },
    13,
    'response_malformed',
  ],
  [
    'details of another status',
    { headers: HEAD, trailers: { ...OK_TRAILERS, statusDetails: Buffer.of(8, 5) }, body: SERVING },
    13,
    'response_malformed',
  ],
  [
    'details of the same status',
    { headers: HEAD, trailers: { ...OK_TRAILERS, statusDetails: Buffer.alloc(0) }, body: SERVING },
    0,
    'SERVING',
  ],
  ['OK without message', { headers: HEAD, trailers: OK_TRAILERS }, 13, 'response_malformed'],
  [
    'OK with two messages',
    { headers: HEAD, trailers: OK_TRAILERS, body: Buffer.concat([SERVING, SERVING]) },
    13,
    'response_malformed',
  ],
  [
    'OK with half a message',
    { headers: HEAD, trailers: OK_TRAILERS, body: SERVING.subarray(0, 6) },
    13,
    'response_malformed',
  ],
  [
    'OK with a message that is no protobuf',
    { headers: HEAD, trailers: OK_TRAILERS, body: Uint8Array.of(0, 0, 0, 0, 1, 8) },
    13,
    'response_malformed',
  ],
  [
    'trailers only',
    { headers: { ...HEAD, 'grpc-status': '12', 'grpc-message': 'unknown service' }, endedByHead: true },
    12,
    'grpc_unimplemented',
  ],
  [
    'a status before a message that nothing follows',
    { headers: { ...HEAD, 'grpc-status': '0' }, body: SERVING },
    13,
    'response_malformed',
  ],
  [
    'a status before a message, and then the connection ends',
    { headers: { ...HEAD, 'grpc-status': '0' }, body: SERVING, connectionLost: true },
    14,
    'connection_closed',
  ],
  ['not found', { headers: HEAD, trailers: { 'grpc-status': '5' } }, 5, 'grpc_service_unknown'],
  ['permission denied', { headers: HEAD, trailers: { 'grpc-status': '7' } }, 7, 'grpc_status_error'],
  ['a code of the future', { headers: HEAD, trailers: { 'grpc-status': '99' } }, 99, 'grpc_status_error'],
  ['a head that ends all', { headers: HEAD, endedByHead: true }, 2, 'response_malformed'],
  ['trailers without status', { headers: HEAD, trailers: {} }, 2, 'response_malformed'],
  [
    'an HTTP status beside the content type of gRPC',
    { headers: { ...HEAD, ':status': 503 }, trailers: OK_TRAILERS, body: SERVING },
    0,
    'SERVING',
  ],
  ['a status that is no number', { headers: HEAD, trailers: { 'grpc-status': 'OK' } }, 2, 'response_malformed'],
  ['no trailers', { headers: HEAD, body: SERVING }, 13, 'response_malformed'],
  ['not gRPC', { headers: { ':status': 200, 'content-type': 'text/html' } }, 2, 'response_malformed'],
  ['no content type', { headers: { ':status': 200 } }, 2, 'response_malformed'],
  [
    'a content type that only begins alike',
    { headers: { ':status': 200, 'content-type': 'application/grpc-web' } },
    2,
    'response_malformed',
  ],
  ['HTTP 404', { headers: { ':status': 404 } }, 12, 'grpc_unimplemented'],
  ['HTTP 503', { headers: { ':status': 503, 'content-type': 'text/plain' } }, 14, 'grpc_status_error'],
  ['HTTP 401', { headers: { ':status': 401 } }, 16, 'grpc_status_error'],
  ['HTTP 418', { headers: { ':status': 418 } }, 2, 'grpc_status_error'],
  ['RST_STREAM with CANCEL', { resetCode: 8 }, 1, 'connection_reset'],
  ['RST_STREAM with REFUSED_STREAM', { resetCode: 7 }, 14, 'http2_refused_stream'],
  ['RST_STREAM with ENHANCE_YOUR_CALM', { headers: HEAD, resetCode: 11 }, 8, 'http2_enhance_your_calm'],
  ['RST_STREAM with PROTOCOL_ERROR', { resetCode: 1 }, 13, 'connection_reset'],
  ['RST_STREAM with an unknown code', { resetCode: 77 }, 2, 'connection_reset'],
  ['connection closed', { connectionLost: true, resetCode: 8 }, 14, 'connection_closed'],
  ['connection reset', { connectionLost: true, error: systemError('ECONNRESET') }, 14, 'connection_reset'],
  ['not HTTP/2', { connectionLost: true, error: new Http2Violation(1, 'x') }, 14, 'response_malformed'],
  [
    'GOAWAY',
    { connectionLost: true, error: new Http2GoneAway({ ...BYE, code: 2 }, 'connection_closed') },
    14,
    'http2_goaway',
  ],
  [
    'GOAWAY in mid-answer',
    { connectionLost: true, error: new Http2GoneAway({ ...BYE, code: 0 }, 'body_truncated') },
    14,
    'http2_goaway',
  ],
  ['a broken field', { error: new Http2Violation(1, 'x', 'stream') }, 13, 'response_malformed'],
  ['too large', { headers: HEAD, tooLarge: true }, 8, 'body_too_large'],
];

t.test('what a reply comes to', async (t) => {
  for (const [name, reply, code, said] of CASES) {
    const outcome = readReply({ ...NOTHING, ...reply });
    t.equal(outcome.code, code, `${name}: code`);
    t.equal('servingStatus' in outcome ? outcome.servingStatus : outcome.reason, said, name);
  }
});

t.test('the message of a status is decoded', async (t) => {
  const trailers = { 'grpc-status': '13', 'grpc-message': 'caf%C3%A9 100%' };
  t.match(readReply({ ...NOTHING, headers: HEAD, trailers }), { message: 'café 100%', answered: true });
});

/** name, what came back, the words of grpc-go. */
const WORDS: readonly (readonly [string, Partial<GrpcReply>, string])[] = [
  ['a reset', { resetCode: 8 }, 'stream terminated by RST_STREAM with error code: CANCEL'],
  [
    'a reset behind the message',
    { headers: HEAD, body: SERVING, error: new Http2Reset(0, 'body_truncated') },
    'stream terminated by RST_STREAM with error code: NO_ERROR',
  ],
  [
    'no content type',
    { headers: { ':status': 404 } },
    'unexpected HTTP status code received from server: 404; malformed header: missing HTTP content-type',
  ],
  [
    'another content type',
    { headers: { ':status': 200, 'content-type': 'text/html' } },
    'unexpected HTTP status code received from server: 200; received unexpected content-type "text/html"',
  ],
  [
    'a compressed message',
    { headers: HEAD, trailers: OK_TRAILERS, body: Uint8Array.of(1, 0, 0, 0, 0) },
    'grpc: compressed flag set with identity or empty encoding',
  ],
  [
    'no protobuf',
    { headers: HEAD, trailers: OK_TRAILERS, body: Uint8Array.of(0, 0, 0, 0, 2, 255, 255) },
    'grpc: failed to unmarshal the received message: proto: cannot parse invalid wire-format data',
  ],
];

t.test('the words of failures', async (t) => {
  for (const [name, reply, message] of WORDS) t.match(readReply({ ...NOTHING, ...reply }), { message }, name);
});
