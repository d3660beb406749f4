import net from 'node:net';
import t, { type Test } from 'tap';
import { ReceiveWindow } from '../../../src/net/http2/flow-window.js';
import { Http2Error } from '../../../src/net/http2/http2-error.js';
import { Http2Exchange } from '../../../src/net/http2/http2-exchange.js';
import type { Http2Head } from '../../../src/net/http2/read-head.js';
import { LoopTurns } from '../../../src/values/loop-turns.js';
import {
  block,
  blockFrames,
  data,
  frame,
  goAway,
  headers,
  ping,
  resetStream,
  settings,
  settingsOf,
  uint32,
  windowUpdate,
} from '../../helpers/servers/http2-frames.js';
import { type FrameScript, type FrameServer, startFrameServer } from '../../helpers/servers/http2-server.js';
import { until } from '../../helpers/until.js';

const GET = [
  [':authority', 'example.test'],
  [':method', 'GET'],
  [':path', '/'],
  [':scheme', 'http'],
] as const;

interface Came {
  readonly head?: Http2Head;
  readonly body: string;
  readonly error?: Error;
}

/** Makes one request and gives what came of it, whatever that was. */
async function ask(port: number, body?: Uint8Array | AsyncIterable<Uint8Array>): Promise<Came> {
  const exchange = new Http2Exchange(net.connect(port, '127.0.0.1'), AbortSignal.timeout(60_000));
  let head: Http2Head | undefined;
  let text = '';
  try {
    exchange.send({ fields: GET, ...(body === undefined ? {} : { body }) });
    await exchange.firstByte();
    head = await exchange.head();
    for (;;) {
      const chunk = await exchange.read();
      if (chunk === undefined) return { head, body: text };
      text += chunk.toString('latin1');
    }
  } catch (error) {
    return { ...(head === undefined ? {} : { head }), body: text, error: error as Error };
  } finally {
    exchange.close();
  }
}

const say =
  (...frames: readonly Buffer[]): FrameScript =>
  (socket) =>
    void socket.write(Buffer.concat(frames));

async function outcome(t: Test, script: FrameScript): Promise<{ came: Came; server: FrameServer }> {
  const server = await startFrameServer(t, script);
  return { came: await ask(server.port), server };
}

const HEAD = headers({ ':status': '200' }, 'more');
const WHOLE = Buffer.concat([HEAD, data('hello', 'end')]);
const END = data('', 'end');
/** HPACK: `:status: 200` by its index. */
const STATUS_200 = Buffer.of(0x88);

/** name, frames: the answer is `hello`, complete. */
const ANSWERED: readonly (readonly [string, readonly Buffer[]])[] = [
  ['an answer', [settings, WHOLE]],
  [
    'settings that are acknowledged, and ours',
    [settingsOf([1, 0], [3, 100], [4, 1], [5, 16_384], [6, 1]), frame(4, 1, 0), WHOLE],
  ],
  ['unknown settings', [settingsOf([0xabcd, 7]), WHOLE]],
  ['ENABLE_PUSH 1 from a server', [settingsOf([2, 1]), WHOLE]],
  ['ENABLE_CONNECT_PROTOCOL 1', [settingsOf([8, 1]), WHOLE]],
  ['the smallest and the largest values', [settingsOf([2, 0], [4, 0x7fff_ffff], [5, 0xff_ffff]), WHOLE]],
  [
    'interim answers',
    [settings, headers({ ':status': '100' }, 'more'), headers({ ':status': '103', link: 'x' }, 'more'), WHOLE],
  ],
  ['trailers', [settings, HEAD, data('hello'), headers({ 'x-checksum': '1' }, 'end')]],
  ['padding', [settings, frame(1, 0xc, 1, Buffer.of(3, 0x88, 0, 0, 0)), frame(0, 9, 1, Buffer.from('\x02hello\0\0'))]],
  ['padding that is all there is', [settings, HEAD, frame(0, 8, 1, Buffer.of(4, 0, 0, 0, 0)), data('hello', 'end')]],
  ['a priority in HEADERS', [settings, frame(1, 0x24, 1, Buffer.of(0, 0, 0, 0, 16, 0x88)), data('hello', 'end')]],
  ['PRIORITY frames', [settings, frame(2, 0, 1, Buffer.alloc(5)), frame(2, 0, 7, Buffer.alloc(5)), WHOLE]],
  [
    'CONTINUATION frames, empty ones too',
    [settings, frame(1, 0, 1, Buffer.of()), frame(9, 0, 1), frame(9, 4, 1, STATUS_200), data('hello', 'end')],
  ],
  [
    'unknown frames',
    [settings, frame(0x2a, 0xff, 0, Buffer.from('what')), frame(0xbe, 0, 1), frame(0xbe, 0, 9), WHOLE],
  ],
  ['pings', [settings, ping(), ping(true), WHOLE]],
  ['empty DATA frames', [settings, HEAD, data(''), data('hello'), data(''), END]],
  ['the reserved bit of the stream', [settings, frame(1, 4, 0x8000_0001, STATUS_200), data('hello', 'end')]],
  ['window updates that nobody needs', [settings, windowUpdate(0, 1000), windowUpdate(1, 1000), WHOLE]],
  ['a farewell that lets the stream end', [settings, goAway(0, 1), WHOLE]],
  ['an angry farewell, and the whole answer', [settings, goAway(2, 1, 'bye'), WHOLE]],
  ['a farewell after the answer', [settings, WHOLE, goAway(1, 0)]],
  ['a reset after the answer', [settings, WHOLE, resetStream(0)]],
  ['another reset after the answer', [settings, WHOLE, resetStream(2)]],
  ['nonsense after the answer', [settings, WHOLE, Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')]],
  [
    'fields of HTTP/1 connections',
    [
      settings,
      headers(
        { ':status': '200', connection: 'keep-alive', 'transfer-encoding': 'chunked', upgrade: 'h2,h2c' },
        'more',
      ),
      data('hello', 'end'),
    ],
  ],
];

t.test('answers', async (t) => {
  for (const [name, frames] of ANSWERED) {
    for (const [how, script] of [
      ['at once', say(...frames)],
      ['and closes', (socket) => void socket.end(Buffer.concat(frames))],
      ['byte by byte', trickle(Buffer.concat(frames))],
    ] satisfies (readonly [string, FrameScript])[]) {
      const { came } = await outcome(t, script);
      t.match(came, { head: { status: 200 }, body: 'hello' }, `${name}, ${how}`);
      t.equal(came.error, undefined, `${name}, ${how}: no error`);
    }
  }
});

function trickle(bytes: Buffer): FrameScript {
  return (socket) => {
    let at = 0;
    const next = (): void => {
      if (at < bytes.length && socket.writable) socket.write(bytes.subarray(at, ++at), next);
    };
    next();
  };
}

interface BrokenRow {
  readonly name: string;
  readonly frames: readonly Buffer[];
  readonly says: RegExp;
  readonly reason?: string;
  /** The frame and the code with which we leave; none where the server has left. */
  readonly leave?: readonly [type: 'GOAWAY' | 'RST_STREAM', code: number];
}

const PROTOCOL = 1;
const FLOW = 3;
const SIZE = 6;
const COMPRESSION = 9;
const CALM = 11;
const list = (count: number): readonly (readonly [string, string])[] =>
  Array.from({ length: count }, (_, index) => [`x-${index}`, 'y'] as const);
const repeat = (count: number, bytes: Buffer): Buffer => Buffer.concat(Array.from({ length: count }, () => bytes));

/** RFC 9113 frame by frame. */
const BROKEN: readonly BrokenRow[] = [
  {
    name: '§3.4 no SETTINGS first',
    frames: [WHOLE],
    says: /first frame is HEADERS, not SETTINGS/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§3.4 HTTP/1.1',
    frames: [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
    says: /answers with HTTP\/1\.1/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§3.4 another protocol',
    frames: [Buffer.from('SSH-2.0-OpenSSH_9.2\r\n')],
    says: /first frame is unknown/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§4.2 a frame larger than allowed',
    frames: [settings, HEAD, frame(0, 0, 1, Buffer.alloc(16_385))],
    says: /DATA frame of 16385 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§4.2 an unknown frame larger than allowed',
    frames: [settings, frame(0x99, 0, 1, Buffer.alloc(16_385))],
    says: /unknown \(0x99\) frame of 16385 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§4.3 a block that is no HPACK',
    frames: [settings, frame(1, 4, 1, Buffer.of(0x80))],
    says: /index 0/,
    leave: ['GOAWAY', COMPRESSION],
  },
  {
    name: '§4.3 a block that ends too early',
    frames: [settings, frame(1, 4, 1, Buffer.of(0x88, 0x40))],
    says: /ends within a field/,
    leave: ['GOAWAY', COMPRESSION],
  },
  {
    name: '§5.1 DATA on a stream that is not open',
    frames: [settings, frame(0, 0, 3, Buffer.from('x'))],
    says: /DATA frame on stream 3, which was never opened/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§5.1 HEADERS on a stream that is not open',
    frames: [settings, frame(1, 4, 2, STATUS_200)],
    says: /HEADERS frame on stream 2/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§5.1 RST_STREAM on a stream that is not open',
    frames: [settings, frame(3, 0, 3, uint32(0))],
    says: /RST_STREAM frame on stream 3/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§5.1 WINDOW_UPDATE on a stream that is not open',
    frames: [settings, windowUpdate(3, 1)],
    says: /WINDOW_UPDATE frame on stream 3/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.1 DATA on stream 0',
    frames: [settings, frame(0, 0, 0, Buffer.from('x'))],
    says: /DATA frame on stream 0/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.1 DATA before HEADERS',
    frames: [settings, data('x')],
    says: /DATA frame before a HEADERS frame/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§6.1 padding as long as the payload',
    frames: [settings, HEAD, frame(0, 8, 1, Buffer.of(4, 0, 0, 0))],
    says: /padding longer than its DATA frame/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.1 padded without a length',
    frames: [settings, HEAD, frame(0, 8, 1)],
    says: /DATA frame of 0 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§6.2 HEADERS on stream 0',
    frames: [settings, frame(1, 4, 0, STATUS_200)],
    says: /HEADERS frame on stream 0/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.2 padding longer than the block',
    frames: [settings, frame(1, 0xc, 1, Buffer.of(9, 0x88))],
    says: /padding longer than its HEADERS frame/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.2 a priority that does not fit',
    frames: [settings, frame(1, 0x24, 1, Buffer.of(0, 0))],
    says: /HEADERS frame of 2 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§6.3 PRIORITY on stream 0',
    frames: [settings, frame(2, 0, 0, Buffer.alloc(5))],
    says: /PRIORITY frame on stream 0/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.3 PRIORITY of a wrong size',
    frames: [settings, frame(2, 0, 1, Buffer.alloc(4))],
    says: /PRIORITY frame of 4 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§6.4 RST_STREAM on stream 0',
    frames: [settings, frame(3, 0, 0, uint32(0))],
    says: /RST_STREAM frame on stream 0/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.4 RST_STREAM of a wrong size',
    frames: [settings, frame(3, 0, 1, Buffer.alloc(5))],
    says: /RST_STREAM frame of 5 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§6.5 SETTINGS on a stream',
    frames: [settings, frame(4, 0, 1)],
    says: /SETTINGS frame on stream 1/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.5 SETTINGS of a wrong size',
    frames: [frame(4, 0, 0, Buffer.alloc(5))],
    says: /SETTINGS frame of 5 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§6.5 an acknowledgement that says something',
    frames: [settings, frame(4, 1, 0, Buffer.alloc(6))],
    says: /SETTINGS frame of 6 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§6.5.3 an acknowledgement of nothing',
    frames: [settings, frame(4, 1, 0), frame(4, 1, 0)],
    says: /SETTINGS frame that acknowledges nothing/,
    leave: ['GOAWAY', PROTOCOL],
  },
  { name: '§6.5.2 ENABLE_PUSH 2', frames: [settingsOf([2, 2])], says: /ENABLE_PUSH 2/, leave: ['GOAWAY', PROTOCOL] },
  { name: 'RFC 8441 §3', frames: [settingsOf([8, 2])], says: /ENABLE_CONNECT_PROTOCOL 2/, leave: ['GOAWAY', PROTOCOL] },
  {
    name: '§6.5.2 INITIAL_WINDOW_SIZE',
    frames: [settingsOf([4, 0x8000_0000])],
    says: /INITIAL_WINDOW_SIZE 2147483648/,
    leave: ['GOAWAY', FLOW],
  },
  {
    name: '§6.5.2 MAX_FRAME_SIZE too small',
    frames: [settingsOf([5, 16_383])],
    says: /MAX_FRAME_SIZE 16383/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.5.2 MAX_FRAME_SIZE too large',
    frames: [settingsOf([5, 0x100_0000])],
    says: /MAX_FRAME_SIZE 16777216/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.6 PUSH_PROMISE',
    frames: [settings, frame(5, 4, 1, Buffer.concat([uint32(2), STATUS_200]))],
    says: /PUSH_PROMISE frame although ENABLE_PUSH is 0/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.7 PING on a stream',
    frames: [settings, frame(6, 0, 1, Buffer.alloc(8))],
    says: /PING frame on stream 1/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.7 PING of a wrong size',
    frames: [settings, frame(6, 0, 0, Buffer.alloc(7))],
    says: /PING frame of 7 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§6.8 GOAWAY on a stream',
    frames: [settings, frame(7, 0, 1, Buffer.alloc(8))],
    says: /GOAWAY frame on stream 1/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.8 GOAWAY of a wrong size',
    frames: [settings, frame(7, 0, 0, Buffer.alloc(7))],
    says: /GOAWAY frame of 7 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§6.8 GOAWAY before the stream',
    frames: [settings, goAway(0, 0, 'go')],
    says: /LastStreamID=0, ErrCode=NO_ERROR, debug="go"/,
    reason: 'http2_goaway',
  },
  {
    name: '§6.8 GOAWAY ENHANCE_YOUR_CALM',
    frames: [settings, goAway(CALM, 0)],
    says: /ErrCode=ENHANCE_YOUR_CALM/,
    reason: 'http2_enhance_your_calm',
  },
  {
    name: '§6.9 WINDOW_UPDATE of a wrong size',
    frames: [settings, frame(8, 0, 1, Buffer.alloc(3))],
    says: /WINDOW_UPDATE frame of 3 bytes/,
    leave: ['GOAWAY', SIZE],
  },
  {
    name: '§6.9 WINDOW_UPDATE of 0 for the connection',
    frames: [settings, windowUpdate(0, 0)],
    says: /increment of 0/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.9 WINDOW_UPDATE of 0 for the stream',
    frames: [settings, windowUpdate(1, 0)],
    says: /increment of 0/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§6.9.1 a window of the connection that is too large',
    frames: [settings, windowUpdate(0, 0x7fff_ffff)],
    says: /window of \d+ bytes is too large/,
    leave: ['GOAWAY', FLOW],
  },
  {
    name: '§6.9.1 a window of the stream that is too large',
    frames: [settings, windowUpdate(1, 0x7fff_ffff)],
    says: /window of \d+ bytes is too large/,
    leave: ['RST_STREAM', FLOW],
  },
  {
    name: '§6.9.2 a window made too large by SETTINGS',
    frames: [settings, windowUpdate(1, 0x7fff_0000), settingsOf([4, 0x7fff_ffff])],
    says: /window of \d+ bytes is too large/,
    leave: ['GOAWAY', FLOW],
  },
  {
    name: '§6.10 CONTINUATION out of place',
    frames: [settings, frame(9, 4, 1, STATUS_200)],
    says: /CONTINUATION frame outside a header block/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.10 another frame within a block',
    frames: [settings, frame(1, 0, 1, STATUS_200), ping()],
    says: /PING frame within a header block/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.10 CONTINUATION of another stream',
    frames: [settings, frame(1, 0, 1, STATUS_200), frame(9, 4, 3)],
    says: /CONTINUATION frame on stream 3/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§6.10 a reset within a block',
    frames: [settings, frame(1, 0, 1, STATUS_200), resetStream(8)],
    says: /RST_STREAM frame within a header block/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§7 REFUSED_STREAM',
    frames: [settings, resetStream(7)],
    says: /stream ID 1; REFUSED_STREAM; received from peer/,
    reason: 'http2_refused_stream',
  },
  {
    name: '§7 ENHANCE_YOUR_CALM',
    frames: [settings, resetStream(CALM)],
    says: /ENHANCE_YOUR_CALM/,
    reason: 'http2_enhance_your_calm',
  },
  { name: '§7 INTERNAL_ERROR', frames: [settings, resetStream(2)], says: /INTERNAL_ERROR/, reason: 'connection_reset' },
  {
    name: '§7 an unknown code',
    frames: [settings, resetStream(0xbeef)],
    says: /unknown error code 0xbeef/,
    reason: 'connection_reset',
  },
  {
    name: '§8.1 a second header that is no trailer',
    frames: [settings, HEAD, HEAD],
    says: /does not end the stream/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§8.1 a pseudo-header field in trailers',
    frames: [settings, HEAD, data('x'), headers({ ':status': '200' }, 'end')],
    says: /":status" in trailers/,
    leave: ['GOAWAY', PROTOCOL],
  },
  {
    name: '§8.1 an interim answer that ends the stream',
    frames: [settings, headers({ ':status': '100' }, 'end')],
    says: /interim answer 100 that ends the stream/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§8.1 cut off by a reset without error',
    frames: [settings, HEAD, data('hel'), resetStream(0)],
    says: /NO_ERROR; received from peer/,
    reason: 'body_truncated',
  },
  {
    name: '§8.2.1 a capital letter',
    frames: [settings, headers({ ':status': '200', 'X-Loud': 'y' }, 'end')],
    says: /invalid header field name "X-Loud"/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§8.2.1 a blank in a name',
    frames: [settings, headers({ ':status': '200', 'x y': 'z' }, 'end')],
    says: /invalid header field name "x y"/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§8.2.1 an empty name',
    frames: [settings, headers({ ':status': '200', '': 'z' }, 'end')],
    says: /invalid header field name ""/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§8.2.1 a line feed in a value',
    frames: [settings, headers({ ':status': '200', x: 'a\nb' }, 'end')],
    says: /invalid header field value for "x"/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§8.2.1 a NUL in a value',
    frames: [settings, headers({ ':status': '200', x: 'a\0b' }, 'end')],
    says: /invalid header field value for "x"/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§8.3 no status',
    frames: [settings, headers({ server: 'x' }, 'end')],
    says: /missing pseudo-header field ":status"/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§8.3 a status that is no number',
    frames: [settings, headers({ ':status': 'OK' }, 'end')],
    says: /":status" that is no number/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§8.3 two of them',
    frames: [
      settings,
      headers(
        [
          [':status', '200'],
          [':status', '404'],
        ],
        'end',
      ),
    ],
    says: /two pseudo-header fields ":status"/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§8.3 after a regular field',
    frames: [
      settings,
      headers(
        [
          ['x', 'y'],
          [':status', '200'],
        ],
        'end',
      ),
    ],
    says: /":status" after a regular one/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: '§8.3 one of a request',
    frames: [settings, headers({ ':status': '200', ':path': '/' }, 'end')],
    says: /":path" in an answer/,
    leave: ['RST_STREAM', PROTOCOL],
  },
  {
    name: 'a header of more than 1 MiB',
    frames: [settings, headers({ ':status': '200', x: 'y'.repeat(1 << 20) }, 'end')],
    says: /larger than 1048576 bytes/,
    reason: 'response_header_too_large',
  },
  {
    name: 'a name of more than 8 KiB',
    frames: [settings, headers({ ':status': '200', ['y'.repeat(8193)]: 'x' }, 'end')],
    says: /a name of more than 8192 bytes/,
    reason: 'response_header_too_large',
  },
  {
    name: 'a header that repeats one large field',
    frames: [
      settings,
      blockFrames(
        Buffer.concat([Buffer.of(0x88, 0x40), block([['x', 'y'.repeat(4000)]]).subarray(1), Buffer.alloc(300, 0xbe)]),
        'end',
      ),
    ],
    says: /larger than 1048576 bytes/,
    reason: 'response_header_too_large',
  },
  {
    name: 'more than 10,000 fields',
    frames: [settings, headers([[':status', '200'], ...list(10_000)], 'end')],
    says: /more than 10000 header fields/,
    reason: 'response_header_too_large',
  },
  {
    name: 'as many in interim answers',
    frames: [settings, repeat(6, headers([[':status', '103'], ...list(2000)], 'more'))],
    says: /more than 10000 header fields/,
    reason: 'response_header_too_large',
  },
  {
    name: 'CONTINUATION frames without end',
    frames: [settings, frame(1, 0, 1, STATUS_200), repeat(2000, frame(9, 0, 1))],
    says: /too many CONTINUATION frames/,
    leave: ['GOAWAY', CALM],
  },
  {
    name: 'full CONTINUATION frames without end',
    frames: [settings, frame(1, 0, 1, STATUS_200), repeat(80, frame(9, 0, 1, Buffer.alloc(16_384)))],
    says: /larger than 1048576 bytes/,
    reason: 'response_header_too_large',
  },
  ...(
    [
      ['PING', ping()],
      ['SETTINGS', settings],
      ['PRIORITY', frame(2, 0, 1, Buffer.alloc(5))],
      ['WINDOW_UPDATE', windowUpdate(0, 1)],
      ['GOAWAY', goAway(0, 1)],
      ['DATA', data('')],
      ['DATA', frame(0, 8, 1, Buffer.of(0))],
      ['HEADERS', headers({ ':status': '100' }, 'more')],
      ['unknown', frame(0x77, 0, 1)],
    ] as const
  ).map(([name, each]) => ({
    name: `${name} frames without end`,
    frames: [settings, ...(name === 'DATA' ? [HEAD] : []), repeat(10_001, each)],
    says:
      name === 'HEADERS'
        ? /too many frames that bring nothing|header fields/
        : new RegExp(`too many frames that bring nothing, the last one ${name}`),
    ...(name === 'HEADERS' ? {} : { leave: ['GOAWAY', CALM] as const }),
  })),
];

t.test('what a server may not do', async (t) => {
  for (const { name, frames, says, reason = 'response_malformed', leave } of BROKEN) {
    const { came, server } = await outcome(t, say(...frames));
    t.type(came.error, Http2Error, name);
    t.match(came.error?.message, says, name);
    if (!name.startsWith('HEADERS frames'))
      t.equal((came.error as Http2Error | undefined)?.reason, reason, `${name}: reason`);
    if (leave === undefined) continue;
    const [type, code] = leave;
    const isOurs = (): boolean =>
      server
        .frames()
        .some(
          (sent) =>
            sent.type === (type === 'GOAWAY' ? 7 : 3) && sent.payload.readUInt32BE(type === 'GOAWAY' ? 4 : 0) === code,
        );
    await until(isOurs, `${name}: ${type} ${code}`);
  }
});

t.test('a connection that ends', async (t) => {
  const rows: readonly (readonly [string, readonly Buffer[], string])[] = [
    ['at once', [], 'connection_closed'],
    ['after its settings', [settings], 'connection_closed'],
    ['within a header block', [settings, frame(1, 0, 1, STATUS_200)], 'connection_closed'],
    ['within a frame', [settings, HEAD.subarray(0, 12)], 'connection_closed'],
    ['before the body', [settings, HEAD], 'body_truncated'],
    ['within the body', [settings, HEAD, data('hel')], 'body_truncated'],
    ['after a farewell', [settings, goAway(0, 1)], 'http2_goaway'],
    ['after a farewell, within the body', [settings, goAway(0, 1), HEAD, data('hel')], 'body_truncated'],
  ];
  for (const [name, frames, reason] of rows) {
    const { came } = await outcome(t, (socket) => void socket.end(Buffer.concat(frames)));
    t.equal((came.error as Http2Error | undefined)?.reason, reason, name);
    t.equal(came.body, name.includes('within the body') ? 'hel' : '', `${name}: what came before`);
  }
});

t.test('a connection that was over before anybody read it', async (t) => {
  for (const error of [undefined, new Error('reset')]) {
    const socket = new net.Socket().on('error', () => undefined).destroy(error);
    await new Promise((resolve) => socket.once('close', resolve));
    const exchange = new Http2Exchange(socket, new AbortController().signal);
    exchange.send({ fields: GET });
    await t.rejects(exchange.firstByte(), { message: error?.message ?? /./ });
    exchange.close();
  }
});

t.test('what is answered', async (t) => {
  const { server } = await outcome(t, (socket) => {
    socket.write(Buffer.concat([settings, ping(), HEAD]));
    socket.once('data', () => socket.write(END));
  });
  await until(() => server.frames().some(({ type, flags }) => type === 4 && flags === 1), 'SETTINGS are acknowledged');
  const pong = server.frames().find(({ type }) => type === 6);
  t.match(pong, { flags: 1, stream: 0 });
  t.equal(pong?.payload.toString(), '12345678');
  const [ours] = server.frames();
  t.equal(ours?.type, 4, 'our settings come first');
  t.same([...(ours?.payload.subarray(0, 6) ?? [])], [0, 2, 0, 0, 0, 0], 'pushes are switched off');
});

t.test('a server that has said all is written to no more', async (t) => {
  let onClose = (): void => undefined;
  const closed = new Promise<void>((resolve) => (onClose = resolve));
  const { came, server } = await outcome(t, (socket) => {
    socket.once('close', onClose);
    socket.write(Buffer.concat([settings, WHOLE]));
  });
  await closed;
  t.equal(came.body, 'hello');
  t.same(
    server.frames().map(({ type }) => type),
    [4, 8, 1],
    'SETTINGS, WINDOW_UPDATE and HEADERS, and no acknowledgement',
  );
});

/** Sums up the DATA frames of a client. */
const dataOf = (server: FrameServer): { bytes: number; ended: boolean } => {
  const frames = server.frames().filter(({ type }) => type === 0);
  return {
    bytes: frames.reduce((sum, { payload }) => sum + payload.length, 0),
    ended: frames.some(({ flags }) => (flags & 1) !== 0),
  };
};

async function* pieces(count: number, size: number): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < count; at++) yield await Promise.resolve(Buffer.alloc(size, 0x61));
}

const BODIES: readonly (readonly [string, () => Uint8Array | AsyncIterable<Uint8Array>])[] = [
  ['bytes', () => Buffer.alloc(200_000, 0x61)],
  ['chunks', () => pieces(20, 10_000)],
];

t.test('a body goes as far as the windows are open', async (t) => {
  for (const [name, body] of BODIES) {
    const { came, server } = await outcomeOf(t, body(), async (socket, server) => {
      await until(() => dataOf(server).bytes === 65_535, 'both windows are used up');
      socket.write(Buffer.concat([settings, windowUpdate(1, 10_000)]));
      await until(() => server.frames().some(({ type, flags }) => type === 4 && flags === 1), 'settings are taken');
      t.equal(dataOf(server).bytes, 65_535, `${name}: the connection's window is closed`);
      socket.write(windowUpdate(0, 200_000));
      await until(() => dataOf(server).bytes === 75_535, 'the window of the stream is used up');
      // Below zero by 65,535, so that an update of as much opens nothing yet.
      socket.write(Buffer.concat([settingsOf([4, 0]), windowUpdate(1, 65_535), ping()]));
      await until(() => server.frames().some(({ type }) => type === 6), 'the ping is answered');
      t.equal(dataOf(server).bytes, 75_535, `${name}: a negative window is closed`);
      socket.write(settingsOf([4, 200_000]));
      await until(() => dataOf(server).ended, 'the body has ended');
      socket.write(WHOLE);
    });
    t.match(came, { head: { status: 200 }, body: 'hello' }, name);
    t.equal(dataOf(server).bytes, 200_000, `${name}: all of it`);
    t.ok(
      server.frames().every(({ payload }) => payload.length <= 16_384),
      `${name}: in frames that every peer takes`,
    );
  }
});

async function outcomeOf(
  t: Test,
  body: Uint8Array | AsyncIterable<Uint8Array>,
  script: (socket: net.Socket, server: FrameServer) => void | Promise<void>,
): Promise<{ came: Came; server: FrameServer }> {
  const server: FrameServer = await startFrameServer(t, (socket) => script(socket, server));
  return { came: await ask(server.port, body), server };
}

t.test('an answer to a body that nobody reads', async (t) => {
  for (const [name, body] of BODIES) {
    for (const [how, ...frames] of [
      ['and silence', settings, WHOLE],
      ['and a reset without error', settings, WHOLE, resetStream(0)],
      ['and a farewell', settings, goAway(0, 1), WHOLE],
      ['and a window that closes', settingsOf([4, 0]), WHOLE],
    ] as const) {
      const { came } = await outcomeOf(t, body(), (socket) => void socket.write(Buffer.concat(frames)));
      t.match(came, { head: { status: 200 }, body: 'hello' }, `${name}, ${how}`);
      t.equal(came.error, undefined, `${name}, ${how}: no error`);
    }
  }
});

t.test('a body that cannot be read', async (t) => {
  async function* broken(): AsyncGenerator<Uint8Array, void> {
    yield await Promise.resolve(Buffer.from('x'));
    throw new Error('the file is gone');
  }
  const { came } = await outcomeOf(t, broken(), () => undefined);
  t.equal(came.error?.message, 'the file is gone');
});

t.test('an empty body is none', async (t) => {
  const { came, server } = await outcomeOf(
    t,
    Buffer.alloc(0),
    (socket) => void socket.write(Buffer.concat([settings, WHOLE])),
  );
  t.equal(came.body, 'hello');
  t.equal(server.frames().find(({ type }) => type === 1)?.flags, 5, 'END_STREAM and END_HEADERS');
});

t.test('a request header of more than one frame', async (t) => {
  const server = await startFrameServer(t, say(settings, WHOLE));
  const exchange = new Http2Exchange(net.connect(server.port, '127.0.0.1'), AbortSignal.timeout(60_000));
  exchange.send({ fields: [...GET, ['x-long', 'y'.repeat(40_000)]] });
  t.equal((await exchange.head()).status, 200);
  await until(() => server.frames().some(({ flags }) => flags === 4), 'the block has ended');
  const sent = server.frames().filter(({ type }) => type === 1 || type === 9);
  t.same(
    sent.map(({ type, flags }) => [type, flags]),
    [
      [1, 1],
      [9, 0],
      [9, 4],
    ],
  );
  exchange.close();
});

t.test('a long body: the windows are kept open, and what nobody reads is not taken in', async (t) => {
  const size = 16_384;
  const count = 1024;
  const piece = data(Buffer.alloc(size));
  let written = 0;
  const server = await startFrameServer(t, async (socket) => {
    socket.write(Buffer.concat([settings, HEAD]));
    const granted = (stream: number): number =>
      server
        .frames()
        .filter((sent) => sent.type === 8 && sent.stream === stream)
        .reduce((sum, { payload }) => sum + payload.readUInt32BE(0), 0);
    for (; written < count; written++) {
      await until(() => granted(1) + 4 * 1024 * 1024 >= (written + 1) * size, 'the window is open');
      if (!socket.write(piece)) await new Promise((resolve) => socket.once('drain', resolve));
    }
    socket.write(END);
  });
  const came = await ask(server.port);
  t.equal(came.error, undefined);
  t.equal(came.body.length, size * count);
  t.ok(server.frames().filter(({ type }) => type === 8).length < 20, 'with few updates');
});

t.test('many small frames at once share the loop by time, and what follows them is not lost', async (t) => {
  const count = 500;
  const pieces = Array.from({ length: count }, () => data('x'));
  const server = await startFrameServer(t, (socket) => {
    socket.end(Buffer.concat([settings, HEAD, ...pieces, END]));
  });
  let nowMs = 0;
  let turns = 0;
  // Each look at the clock takes a millisecond: two frames are a turn.
  const loop = new LoopTurns({
    nowMs: () => ++nowMs,
    defer: (callback) => {
      turns++;
      setImmediate(callback);
    },
  });
  const exchange = new Http2Exchange(net.connect(server.port, '127.0.0.1'), AbortSignal.timeout(60_000), loop);
  exchange.send({ fields: GET });
  let bytes = 0;
  for (let chunk = await exchange.read(); chunk !== undefined; chunk = await exchange.read()) bytes += chunk.length;
  t.equal(bytes, count);
  t.ok(turns > count / 4, `${turns} turns`);
  exchange.close();
});

t.test('a header of many fields shares the loop by time, and what follows it is not lost', async (t) => {
  const many = Object.fromEntries(Array.from({ length: 5000 }, (_, index) => [`x-${index}`, 'y']));
  const server = await startFrameServer(t, (socket) => {
    socket.end(Buffer.concat([settings, headers({ ':status': '200', ...many }, 'more'), data('hello', 'end')]));
  });
  let nowMs = 0;
  let turns = 0;
  const loop = new LoopTurns({
    nowMs: () => ++nowMs,
    defer: (callback) => {
      turns++;
      setImmediate(callback);
    },
  });
  const exchange = new Http2Exchange(net.connect(server.port, '127.0.0.1'), AbortSignal.timeout(60_000), loop);
  exchange.send({ fields: GET });
  const head = await exchange.head();
  t.equal(head.fields.length, 5000);
  t.ok(turns > 20, `${turns} turns`);
  t.equal((await exchange.read())?.toString(), 'hello');
  t.equal(await exchange.read(), undefined);
  exchange.close();
});

t.test('settings by the thousand count for many frames', async (t) => {
  const large = settingsOf(...Array.from({ length: 2730 }, (_, index) => [0x100 + index, 0] as const));
  const server = await startFrameServer(t, (socket) => {
    socket.end(Buffer.concat([settings, ...Array.from({ length: 50 }, () => large), HEAD, END]));
  });
  const exchange = new Http2Exchange(net.connect(server.port, '127.0.0.1'), AbortSignal.timeout(60_000));
  exchange.send({ fields: GET });
  await t.rejects(exchange.head(), { message: /too many frames that bring nothing/ });
  exchange.close();
});

t.test('a server that sends more than the window lets it', async (t) => {
  const window = new ReceiveWindow(100);
  window.take(60);
  t.equal(window.free(40), 0, 'nothing is given back before half of it is read');
  t.throws(() => window.take(41), { message: 'http2: DATA frame beyond the flow-control window (FLOW_CONTROL_ERROR)' });
  const read = new ReceiveWindow(100);
  read.take(60);
  t.equal(read.free(60), 60);
  read.take(100);
});

t.test('a server that speaks before the request: nothing goes ahead of the preface', async (t) => {
  let first = '';
  const server = net.createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => (first += chunk.toString('latin1')));
    socket.write(settings);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as net.AddressInfo;
  const exchange = new Http2Exchange(net.connect(port, '127.0.0.1'), AbortSignal.timeout(60_000));
  await until(() => first.length > 24, 'its settings are acknowledged');
  t.equal(first.slice(0, 24), 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n');
  exchange.close();
});

t.test('a probe that is over', async (t) => {
  const stop = new AbortController();
  const server = await startFrameServer(t, (socket) => {
    socket.write(Buffer.concat([settings, HEAD, data('hello')]));
  });
  const exchange = new Http2Exchange(net.connect(server.port, '127.0.0.1'), stop.signal);
  exchange.send({ fields: GET });
  await exchange.head();
  stop.abort(new Error('time is up'));
  await t.rejects(exchange.read(), { message: 'time is up' });
  exchange.close();
  await until(() => server.open.size === 0, 'the connection is closed');
});
