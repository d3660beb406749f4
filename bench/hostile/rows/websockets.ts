import { createHash } from 'node:crypto';
import type { Socket } from 'node:net';
import type { TargetRow } from '../hostile-row.js';
import { flood, listenTcp } from '../tcp-target.js';

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11';
const FINAL = 0x80;
const OPCODE = { continuation: 0, text: 1, close: 8, ping: 9, pong: 10 } as const;

/** A frame of a server (RFC 6455 §5.2). */
function frame(first: number, content: string | Buffer, length?: number): Buffer {
  const payload = Buffer.from(content);
  const announced = length ?? payload.length;
  const head = Buffer.alloc(announced < 126 ? 2 : announced < 65_536 ? 4 : 10);
  head.writeUInt8(first, 0);
  if (announced < 126) head.writeUInt8(announced, 1);
  else if (announced < 65_536) {
    head.writeUInt8(126, 1);
    head.writeUInt16BE(announced, 2);
  } else {
    head.writeUInt8(127, 1);
    head.writeBigUInt64BE(BigInt(announced), 2);
  }
  return Buffer.concat([head, payload]);
}

/** Changes to WebSocket, and then sends something. */
function afterUpgrade(send: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.once('data', (request) => {
      const key = /^sec-websocket-key: *(\S+)/im.exec(request.toString('latin1'))?.[1] ?? '';
      const accept = createHash('sha1').update(`${key}${GUID}`).digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ${accept}\r\n\r\n`,
      );
      send(socket);
    });
  };
}

function floodOf(unit: string | Buffer): (socket: Socket) => void {
  return (socket) => flood(socket, Buffer.from(unit));
}

/** The first, then more and more of the others. */
function startWith(first: Buffer, others: Buffer): (socket: Socket) => void {
  return (socket) => {
    socket.write(first);
    flood(socket, others);
  };
}

/** So many messages are expected, one after the other. */
function messages(count: number, expect = '.*'): readonly object[] {
  return Array.from({ length: count }, () => ({ expect }));
}

const MIB = 1024 * 1024;
const GROUPS = messages(1, '(a*)(a|b)*(x)y$');

const KINDS: readonly (readonly [name: string, steps: readonly object[], script: (socket: Socket) => void])[] = [
  ['endless interim answers', messages(1), floodOf('HTTP/1.1 100 Continue\r\n\r\n')],
  ['an endless head', messages(1), startHead],
  ['tiny messages', messages(2000), afterUpgrade(floodOf(frame(FINAL | OPCODE.text, 'x')))],
  ['empty messages', messages(2000), afterUpgrade(floodOf(frame(FINAL | OPCODE.text, '')))],
  ['tiny fragments', messages(1), afterUpgrade(startWith(frame(OPCODE.text, 'x'), frame(OPCODE.continuation, 'x')))],
  ['pings', messages(1), afterUpgrade(floodOf(frame(FINAL | OPCODE.ping, 'x')))],
  ['large pings', messages(1), afterUpgrade(floodOf(frame(FINAL | OPCODE.ping, 'x'.repeat(125))))],
  ['pongs', messages(1), afterUpgrade(floodOf(frame(FINAL | OPCODE.pong, '')))],
  ['messages of 1 MiB', messages(30), afterUpgrade(floodOf(frame(FINAL | OPCODE.text, 'é'.repeat(MIB / 2 - 16))))],
  ['a message of 1 MiB, searched', GROUPS, afterUpgrade(floodOf(frame(FINAL | OPCODE.text, 'a'.repeat(MIB - 16))))],
  ['bytes that are no UTF-8', GROUPS, afterUpgrade(floodOf(frame(FINAL | OPCODE.text, Buffer.alloc(MIB - 16, 0xff))))],
  ['a binary message that is no UTF-8', GROUPS, afterUpgrade(floodOf(frame(FINAL | 2, Buffer.alloc(MIB - 16, 0xff))))],
  [
    'a frame of an exbibyte',
    messages(1),
    afterUpgrade(startWith(frame(FINAL | OPCODE.text, '', 2 ** 60), Buffer.from('x'))),
  ],
  ['goodbyes', messages(1), afterUpgrade(floodOf(frame(FINAL | OPCODE.close, Buffer.from('\x03\xe8bye', 'latin1'))))],
  ['garbage', messages(1), afterUpgrade(floodOf('\xff'))],
  // Each line looks like a log-in.
  [
    'a message of log-ins that is sent back',
    [{ expect: '^([^"]*)$', send: '${1}' }, { expect: 'more' }],
    afterUpgrade(floodOf(frame(FINAL | OPCODE.text, numbered('\nAUTH ', MIB / 8)))),
  ],
];

/** A text of so many bytes, or little more, in which a number follows each word. */
function numbered(word: string, bytes: number): string {
  let text = '';
  for (let at = 0; text.length < bytes; at++) text += word + at.toString();
  return text;
}

function startHead(socket: Socket): void {
  socket.write('HTTP/1.1 101 Switching Protocols\r\n');
  flood(socket, Buffer.from('a: b\r\n'));
}

/** Servers of WebSocket that flood. */
export const WEBSOCKETS: readonly TargetRow[] = KINDS.map(([name, steps, script]) => ({
  kind: 'target',
  name: `websocket: ${name}`,
  group: 'websocket',
  withoutPeer: 'has no such prober',
  // The module asks for thousands of steps, each of which is in the answer.
  ...(steps.length > 1000 && { heldMs: 50 }),
  module: { prober: 'websocket', websocket: { query_response: steps } },
  start: async () => `ws://${await listenTcp(script)}/`,
}));
