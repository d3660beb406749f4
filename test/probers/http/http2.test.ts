import t from 'tap';
import {
  block,
  blockFrames,
  data,
  frame,
  goAway,
  headers,
  type RawField,
  resetStream,
  settings,
  settingsOf,
} from '../../helpers/servers/http2-frames.js';
import { type FrameScript, startFrameServer } from '../../helpers/servers/http2-server.js';
import { probe } from '../../helpers/services/probe.js';
import { makeSelfSigned } from '../../helpers/tls/certificates.js';
import { until } from '../../helpers/until.js';

const identity = await makeSelfSigned({ ipAddresses: ['127.0.0.1'] });

function module(...keys: readonly string[]): string {
  const lines = ['preferred_ip_protocol: ip4', 'tls_config: {insecure_skip_verify: true}', ...keys];
  return `prober: http\nhttp:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

const LENGTH = 'probe_http_content_length';
const BODY = 'probe_http_uncompressed_body_length';
const STATUS = 'probe_http_status_code';

const head = (more: Readonly<Record<string, string>> = {}, end: 'end' | 'more' = 'more'): Buffer =>
  headers({ ':status': '200', ...more }, end);
const HELLO = data('hello', 'end');
const fields = (count: number, value = 'y'): readonly RawField[] => [
  [':status', '200'],
  ...Array.from({ length: count }, (_, index): RawField => [`x-${index}`, value]),
];

interface Row {
  readonly name: string;
  readonly frames: readonly Buffer[];
  readonly keys?: readonly string[];
  readonly verdict?: string;
  readonly metrics?: Readonly<Record<string, number>>;
  /** In the log. */
  readonly says?: RegExp;
  readonly end?: true;
}

/** What an answer comes to; success where no verdict is given. */
const ROWS: readonly Row[] = [
  {
    name: 'whole',
    frames: [head({ 'content-length': '5' }), HELLO],
    metrics: { [LENGTH]: 5, [BODY]: 5, probe_http_version: 2 },
  },
  { name: 'without a length', frames: [head(), HELLO], metrics: { [LENGTH]: -1, [BODY]: 5 } },
  {
    name: 'cut off by a reset without error',
    frames: [head({ 'content-length': '50' }), data('hello'), resetStream(0)],
    verdict: 'transfer/body_truncated',
    metrics: { [BODY]: 5, [STATUS]: 200 },
  },
  {
    name: 'cut off by a reset without error, length unknown',
    frames: [head(), data('hello'), resetStream(0)],
    verdict: 'transfer/body_truncated',
    says: /NO_ERROR; received from peer/,
  },
  {
    name: 'ended before its length',
    frames: [head({ 'content-length': '50' }), HELLO],
    verdict: 'transfer/body_truncated',
    metrics: { [LENGTH]: 50, [BODY]: 5 },
    says: /unexpected EOF/,
  },
  {
    name: 'ended with its header before its length',
    frames: [head({ 'content-length': '50' }, 'end')],
    verdict: 'transfer/body_truncated',
    metrics: { [LENGTH]: 50 },
  },
  {
    name: 'cut off by the end of the connection',
    frames: [head({ 'content-length': '50' }), data('hello')],
    end: true,
    verdict: 'transfer/body_truncated',
  },
  {
    name: 'longer than its length',
    frames: [head({ 'content-length': '2' }), HELLO],
    verdict: 'transfer/response_malformed',
    metrics: { [BODY]: 2 },
    says: /longer than its content-length of 2/,
  },
  {
    name: 'a body where there should be none',
    frames: [head({ 'content-length': '0' }), HELLO],
    verdict: 'transfer/response_malformed',
    metrics: { [BODY]: 0 },
  },
  { name: '204', frames: [headers({ ':status': '204' }, 'end')], metrics: { [LENGTH]: 0, [STATUS]: 204 } },
  {
    name: '204 with a body',
    frames: [headers({ ':status': '204' }, 'more'), HELLO],
    metrics: { [LENGTH]: -1, [BODY]: 5 },
  },
  {
    name: 'two equal lengths',
    frames: [
      headers(
        [
          [':status', '200'],
          ['content-length', '5'],
          ['content-length', '5'],
        ],
        'more',
      ),
      HELLO,
    ],
    metrics: { [LENGTH]: -1, [BODY]: 5 },
  },
  {
    name: 'the largest length that there is',
    frames: [head({ 'content-length': '9223372036854775807' }), HELLO],
    verdict: 'transfer/body_truncated',
    metrics: { [BODY]: 5 },
  },
  {
    name: 'a length beyond it',
    frames: [head({ 'content-length': '9223372036854775808' }), HELLO],
    metrics: { [LENGTH]: -1, [BODY]: 5 },
  },
  { name: 'a length that is none', frames: [head({ 'content-length': 'five' }), HELLO], metrics: { [LENGTH]: -1 } },
  {
    name: 'HEAD',
    keys: ['method: HEAD'],
    frames: [head({ 'content-length': '50' }, 'end')],
    metrics: { [LENGTH]: 50, [BODY]: 0 },
  },
  { name: 'HEAD, with a body', keys: ['method: HEAD'], frames: [head(), HELLO], metrics: { [STATUS]: 200, [BODY]: 0 } },
  { name: 'HEAD, reset', keys: ['method: HEAD'], frames: [head(), resetStream(2)], metrics: { [STATUS]: 200 } },
  { name: 'HEAD, cut off', keys: ['method: HEAD'], frames: [head()], end: true, metrics: { [STATUS]: 200 } },
  {
    name: 'fields of HTTP/1 connections',
    frames: [
      head({ connection: 'upgrade', upgrade: 'h2,h2c', 'keep-alive': 'timeout=5', 'transfer-encoding': 'chunked' }),
      HELLO,
    ],
  },
  {
    name: 'blanks at the ends of a value',
    keys: ['fail_if_header_not_matches: [{header: X-A, regexp: "^ foo $"}]'],
    frames: [head({ 'x-a': ' foo ' }), HELLO],
  },
  { name: '129 fields', frames: [headers(fields(129), 'more'), HELLO] },
  { name: '3,000 fields', frames: [headers(fields(3000), 'more'), HELLO] },
  { name: 'a field of 100 KB', frames: [headers(fields(1, 'y'.repeat(100_000)), 'more'), HELLO] },
  { name: '1,000 KB in all', frames: [headers(fields(100, 'y'.repeat(10_000)), 'more'), HELLO] },
  {
    name: 'more than 1 MiB',
    frames: [headers(fields(110, 'y'.repeat(10_000)), 'more'), HELLO],
    verdict: 'processing/response_header_too_large',
  },
  { name: 'an angry farewell, then the answer', frames: [goAway(2, 1), head(), HELLO] },
  { name: 'ENABLE_PUSH 1', frames: [settingsOf([2, 1]), head(), HELLO] },
  {
    name: 'refused',
    frames: [resetStream(7)],
    verdict: 'processing/http2_refused_stream',
    says: /REFUSED_STREAM; received from peer/,
  },
  {
    name: 'farewell',
    frames: [goAway(0, 0, 'restarting')],
    verdict: 'processing/http2_goaway',
    says: /debug=\\"restarting\\"/,
  },
  { name: 'asked too much', frames: [goAway(11, 0)], verdict: 'processing/http2_enhance_your_calm' },
  { name: 'reset', frames: [resetStream(2)], verdict: 'processing/connection_reset' },
  {
    name: 'a bad field',
    frames: [head({ 'X-Loud': 'y' }, 'end')],
    verdict: 'processing/response_malformed',
    says: /invalid header field name \\"X-Loud\\"/,
  },
  { name: 'nothing', frames: [], end: true, verdict: 'processing/connection_closed' },
  {
    name: 'a body for an expression',
    keys: ['fail_if_body_not_matches_regexp: [hel+o]'],
    frames: [head(), data('he'), data('llo'), headers({ 'x-sum': '1' }, 'end')],
  },
];

function scriptOf({ frames, end }: Row): FrameScript {
  const bytes = Buffer.concat([settings, ...frames]);
  return (socket) => {
    if (end === true) socket.end(bytes);
    else socket.write(bytes);
  };
}

t.test('what answers come to', async (t) => {
  for (const row of ROWS) {
    const { name, keys = [], verdict = 'ok', metrics = {}, says } = row;
    const server = await startFrameServer(t, scriptOf(row), identity);
    const valid = 'valid_status_codes: [200, 204]';
    const probed = await probe(module(valid, ...keys), `https://127.0.0.1:${server.port}/`);
    t.equal(probed.verdict, verdict, name);
    t.match(probed.metrics, metrics, `${name}: metrics`);
    if (says !== undefined) t.match(probed.log, says, `${name}: log`);
    await until(() => server.open.size === 0, `${name}: the connection is closed`);
  }
});

t.test('what is sent', async (t) => {
  const server = await startFrameServer(t, scriptOf({ name: '', frames: [head(), HELLO] }), identity);
  const sent = module('method: POST', 'body: hi', 'headers: {X-Bar: b, Te: gzip, Connection: close}');
  t.equal((await probe(sent, `https://127.0.0.1:${server.port}/p?q`)).verdict, 'ok');
  const [, , request, body] = server.frames();
  const text = request?.payload.toString('latin1') ?? '';
  for (const part of ['/p?q', `127.0.0.1:${server.port}`, 'x-bar\x01b', 'Blackbox-Exporter'])
    t.ok(text.includes(part), part);
  t.notMatch(text, /gzip|close/, 'nothing that is for HTTP/1 connections');
  t.match(body, { type: 0, flags: 1 });
  t.equal(body?.payload.toString(), 'hi');
});

t.test('hostile servers, eight at once', async (t) => {
  const open = Buffer.concat([Buffer.of(0x88), block(fields(300).slice(1))]);
  // The reason depends on whether the SETTINGS ACK comes before the server has closed.
  const cut = ['processing/connection_closed', 'processing/connection_reset'];
  const rows: readonly (readonly [string, FrameScript, string | readonly string[]])[] = [
    ['3,000 fields', scriptOf({ name: '', frames: [headers(fields(3000), 'end')] }), 'ok'],
    [
      'CONTINUATION frames without end',
      flood(Buffer.concat([settings, frame(1, 0, 1, open)]), frame(9, 0, 1, open)),
      'processing/response_header_too_large',
    ],
    [
      'empty ones',
      flood(Buffer.concat([settings, frame(1, 0, 1, open)]), frame(9, 0, 1)),
      'processing/response_malformed',
    ],
    [
      'a reset within a block',
      scriptOf({ name: '', frames: [frame(1, 0, 1, open), resetStream(2)] }),
      'processing/response_malformed',
    ],
    [
      'an end within a block',
      scriptOf({ name: '', frames: [frame(1, 0, 1, open)], end: true }),
      'processing/connection_closed',
    ],
    [
      'a cut within a block',
      (socket) => void socket.write(Buffer.concat([settings, frame(1, 0, 1, open)]), () => socket.destroy()),
      cut,
    ],
    ['pings without end', flood(settings, frame(6, 0, 0, Buffer.alloc(8))), 'processing/response_malformed'],
    ['settings without end', flood(settings, settingsOf([4, 0], [4, 0x7fff_ffff])), 'processing/response_malformed'],
    [
      'blocks that are no HPACK',
      scriptOf({ name: '', frames: [blockFrames(Buffer.alloc(50_000, 0xff), 'end')] }),
      'processing/response_malformed',
    ],
  ];
  for (const [name, script, verdict] of rows) {
    const server = await startFrameServer(t, script, identity);
    for (let round = 0; round < 3; round++) {
      const probes = Array.from({ length: 8 }, () => probe(module(), `https://127.0.0.1:${server.port}/`));
      const verdicts = (await Promise.all(probes)).map((probed) => probed.verdict);
      const others = verdicts.filter((each) => ![verdict].flat().includes(each));
      t.same(others, [], name);
    }
    await until(() => server.open.size === 0, `${name}: all connections are closed`);
  }
});

/** Writes `piece` for as long as the peer listens. */
function flood(start: Buffer, piece: Buffer): FrameScript {
  const many = Buffer.concat(Array.from({ length: Math.ceil(16_384 / piece.length) }, () => piece));
  return (socket) => {
    socket.write(start);
    const more = (): void => {
      while (!socket.destroyed && socket.write(many));
    };
    socket.on('drain', more);
    more();
  };
}

t.test('the answer to HEAD has come when its stream is over', async (t) => {
  const server = await startFrameServer(t, scriptOf({ name: '', frames: [head()] }), identity);
  const probed = await probe(module('method: HEAD'), `https://127.0.0.1:${server.port}/`, { timeoutSeconds: 0.3 });
  t.equal(probed.verdict, 'processing/response_timeout');
  t.equal(probed.metrics[STATUS], 0);
});

t.test('a body of single octets ends with its deadline', async (t) => {
  const many = Buffer.concat([settings, head()]);
  const server = await startFrameServer(t, flood(many, data('x')), identity);
  const probed = await probe(module(), `https://127.0.0.1:${server.port}/`, { timeoutSeconds: 0.3 });
  t.equal(probed.verdict, 'transfer/body_timeout');
  t.ok((probed.metrics[BODY] ?? 0) > 0);
});
