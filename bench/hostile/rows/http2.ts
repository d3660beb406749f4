import { once } from 'node:events';
import net, { type AddressInfo, type Socket } from 'node:net';
import tls from 'node:tls';
import {
  block,
  blockFrames,
  data,
  frame,
  goAway,
  headers,
  ping,
  type RawField,
  resetStream,
  settings,
  settingsOf,
  windowUpdate,
} from '../../../test/helpers/servers/http2-frames.js';
import { sharedIdentities } from '../../../test/helpers/tls/certificates.js';
import type { HostileRow } from '../hostile-row.js';
import { flood } from '../tcp-target.js';

interface Answer {
  readonly name: string;
  /** What follows the server's SETTINGS. */
  readonly frames: () => readonly Buffer[];
  /** Sent without end behind them. */
  readonly endless?: Buffer;
  readonly end?: boolean;
  /** Keys of the module, where it asks for more than a GET. */
  readonly http?: Readonly<Record<string, unknown>>;
}

const MIB = 1024 * 1024;
const OK = headers({ ':status': '200', 'content-type': 'application/grpc' }, 'more');

function fields(count: number, value = 'y', name = 'x-'): readonly RawField[] {
  return [[':status', '200'], ...Array.from({ length: count }, (_, index): RawField => [`${name}${index}`, value])];
}

/** The block of `count` references to one large field, which it has put into the dynamic table before. */
function bomb(count: number): Buffer {
  const indexed = Buffer.of(0x40);
  const large = Buffer.concat([indexed, block([['x-a', 'y'.repeat(3500)]]).subarray(1)]);
  return Buffer.concat([Buffer.of(0x88), large, Buffer.alloc(count, 0x80 | 62)]);
}

/** A field whose value is coded by Huffman: the shortest code, of "0", over and over. */
function huffman(bytes: number): Buffer {
  const length = [0xff];
  let rest = bytes - 127;
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push(128 + (rest % 128));
  length.push(rest);
  return Buffer.concat([Buffer.of(0x88, 0, 1, 0x78), Buffer.from(length), Buffer.alloc(bytes)]);
}

const OPEN = Buffer.concat([Buffer.of(0x88), block(fields(300).slice(1))]);

const ANSWERS: readonly Answer[] = [
  { name: '3,000 fields', frames: () => [headers(fields(3000), 'end')] },
  { name: '9,999 fields', frames: () => [headers(fields(9998), 'end')] },
  { name: '100,000 fields', frames: () => [headers(fields(100_000), 'end')] },
  { name: '9,999 fields of one name', frames: () => [headers(fields(9998, 'y', 'x').map(sameName), 'end')] },
  { name: '9,999 fields of 50 bytes', frames: () => [headers(fields(9998, 'y'.repeat(50)), 'end')] },
  { name: 'a field of 1,000 KB', frames: () => [headers(fields(1, 'y'.repeat(1_000_000)), 'end')] },
  { name: '1,000 KB of control characters', frames: () => [headers(fields(1, '\x01'.repeat(1_000_000)), 'end')] },
  {
    name: 'a name of 1,000 KB',
    frames: () => [
      headers(
        [
          [':status', '200'],
          ['x'.repeat(1_000_000), 'y'],
        ],
        'end',
      ),
    ],
  },
  { name: 'a status of 1,000 KB', frames: () => [headers([[':status', '2'.repeat(1_000_000)]], 'end')] },
  { name: '600 KB of Huffman code', frames: () => [blockFrames(huffman(600 * 1024), 'end')] },
  { name: '16,000 references to 3,500 bytes', frames: () => [blockFrames(bomb(16_000), 'end')] },
  { name: 'trailers of 9,000 fields', frames: () => [OK, data('x'), headers(fields(9000).slice(1), 'end')] },
  { name: 'CONTINUATION frames without end', frames: () => [frame(1, 0, 1, OPEN)], endless: frame(9, 0, 1, OPEN) },
  { name: 'empty CONTINUATION frames without end', frames: () => [frame(1, 0, 1, OPEN)], endless: frame(9, 0, 1) },
  { name: 'a reset within a block', frames: () => [frame(1, 0, 1, OPEN), resetStream(2)] },
  { name: 'an end within a block', frames: () => [frame(1, 0, 1, OPEN)], end: true },
  { name: 'a block that is no HPACK', frames: () => [blockFrames(Buffer.alloc(MIB, 0xff), 'end')] },
  { name: 'pings without end', frames: () => [], endless: ping() },
  { name: 'settings without end', frames: () => [], endless: settingsOf([4, 0], [4, 0x7fff_ffff]) },
  { name: 'settings of 16 KiB without end', frames: () => [], endless: settingsOf(...manySettings()) },
  { name: 'window updates without end', frames: () => [], endless: windowUpdate(1, 1) },
  { name: 'priorities without end', frames: () => [], endless: frame(2, 0, 1, Buffer.alloc(5)) },
  { name: 'unknown frames without end', frames: () => [], endless: frame(0xbb, 0, 1, Buffer.alloc(10)) },
  { name: 'farewells without end', frames: () => [], endless: goAway(0, 1, 'restarting') },
  { name: 'interim answers without end', frames: () => [], endless: headers({ ':status': '103', link: 'y' }, 'more') },
  { name: 'empty DATA without end', frames: () => [OK], endless: data('') },
  { name: 'DATA of one octet without end', frames: () => [OK], endless: data('x') },
  {
    name: 'DATA of padding without end',
    frames: () => [OK],
    endless: frame(0, 8, 1, Buffer.from([255, ...Array.from({ length: 255 }, () => 0)])),
  },
  { name: 'DATA of 16 KiB without end', frames: () => [OK], endless: data(Buffer.alloc(16_384)) },
  {
    name: 'a window that is opened by single octets',
    frames: () => [settingsOf([4, 0])],
    endless: windowUpdate(1, 1),
    http: { method: 'POST', body: 'x'.repeat(100_000) },
  },
  {
    name: 'a window that opens and shuts',
    frames: () => [],
    endless: Buffer.concat([settingsOf([4, 1]), settingsOf([4, 0])]),
    http: { method: 'POST', body: 'x'.repeat(100_000) },
  },
  { name: 'resets at once', frames: () => [resetStream(8)] },
  { name: 'noise', frames: () => [], endless: Buffer.alloc(65_536, 0x5a) },
];

function sameName([name, value]: RawField): RawField {
  return name.startsWith(':') ? [name, value] : ['x', value];
}

function manySettings(): (readonly [number, number])[] {
  return Array.from({ length: 2730 }, (_, index) => [0x100 + index, index] as const);
}

/** A server that answers whatever it is sent first; over TLS as `h2`, or plain. */
async function serve({ frames, endless, end }: Answer, withTls: boolean): Promise<string> {
  const bytes = Buffer.concat([settings, ...frames()]);
  const onSocket = (socket: Socket): void => {
    socket.on('error', () => socket.destroy());
    socket.once('data', () => {
      // What comes then is of no interest, but has to be taken.
      socket.resume();
      if (end === true) socket.end(bytes);
      else socket.write(bytes);
      if (endless !== undefined) flood(socket, endless);
    });
  };
  const { localhost } = await sharedIdentities();
  const server = withTls
    ? tls.createServer({ cert: localhost.cert, key: localhost.key, ALPNProtocols: ['h2'] }, onSocket)
    : net.createServer({ noDelay: true }, onSocket);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const OVER_TLS = { preferred_ip_protocol: 'ip4', tls_config: { insecure_skip_verify: true } };

const OF_HTTP: readonly HostileRow[] = ANSWERS.map((answer) => ({
  kind: 'target',
  name: `http2: ${answer.name}`,
  group: 'http2',
  module: { prober: 'http', http: { ...OVER_TLS, ...answer.http } },
  start: async () => `https://${await serve(answer, true)}/`,
}));

const OF_GRPC: readonly HostileRow[] = ANSWERS.filter(({ http }) => http === undefined).map((answer) => ({
  kind: 'target',
  name: `grpc: ${answer.name}`,
  group: 'grpc',
  module: { prober: 'grpc', grpc: { preferred_ip_protocol: 'ip4' } },
  start: () => serve(answer, false),
}));

/** Everything that a server of HTTP/2 may send, to both probers that read it. */
export const HTTP2: readonly HostileRow[] = [...OF_HTTP, ...OF_GRPC];
