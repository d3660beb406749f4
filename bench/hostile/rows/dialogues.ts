import type { Socket } from 'node:net';
import type { TargetRow } from '../hostile-row.js';
import { flood, listenTcp } from '../tcp-target.js';

const BANNER = [{ expect: '^220 ready (.*)$', labels: [{ name: 'a', value: '${1}' }] }];
const WHOLE = [{ expect: '(?s)220 ready(.*)', multiline: true }];
const STARTTLS = [{ expect: '^220' }, { send: 'STARTTLS' }, { expect: '^220' }, { starttls: true }];
const BYTES = [{ expect_bytes: '00010203' }];

type Dialogue = readonly [name: string, steps: readonly object[], talk: (socket: Socket) => void];

function floodOf(unit: string | Buffer): (socket: Socket) => void {
  return (socket) => flood(socket, Buffer.from(unit));
}

/** An octet in each segment, as fast as they are taken. */
function octets(socket: Socket): void {
  const more = (): void => {
    for (let count = 0; count < 64 && !socket.destroyed; count++) socket.write('2');
    if (!socket.destroyed) setImmediate(more);
  };
  more();
}

/** Answers STARTTLS, and goes on with something else. */
function afterStartTls(go: (socket: Socket) => void): (socket: Socket) => void {
  return (socket) => {
    socket.write('220 ready\r\n');
    socket.once('data', () => {
      socket.write('220 go ahead\r\n');
      go(socket);
    });
  };
}

const DIALOGUES: readonly Dialogue[] = [
  ['endless banner', BANNER, floodOf('a')],
  ['tiny lines', BANNER, floodOf('\n')],
  ['lines of an SMTP greeting', BANNER, floodOf('220-ready\r\n')],
  ['long lines', BANNER, floodOf(`${'é'.repeat(30_000)}\n`)],
  ['lines that are no UTF-8', BANNER, floodOf(Buffer.from(`${'\xff'.repeat(60_000)}\n`, 'latin1'))],
  ['octets', BANNER, octets],
  ['octets, all of them searched', WHOLE, octets],
  ['endless text, all of it searched', WHOLE, floodOf('220 read')],
  ['endless bytes', BYTES, floodOf('\0')],
  ['garbage in place of TLS', STARTTLS, afterStartTls(floodOf('\x16\x03\x01\xff\xff'))],
  ['empty records in place of TLS', STARTTLS, afterStartTls(floodOf(Buffer.from([22, 3, 3, 0, 0])))],
  ['a huge handshake message', STARTTLS, afterStartTls(floodOf(hugeHello()))],
];

/** A record that says that a ServerHello of 16 MiB follows, as every one behind it does. */
function hugeHello(): Buffer {
  return Buffer.concat([Buffer.from([22, 3, 3, 0x40, 0, 2, 0xff, 0xff, 0xff]), Buffer.alloc(0x4000 - 4)]);
}

/** Targets that talk too much, over TCP. */
export const DIALOGUE_ROWS: readonly TargetRow[] = DIALOGUES.map(([name, steps, talk]) => ({
  kind: 'target',
  name: `dialogue: ${name}`,
  group: 'dialogue',
  ...(steps === WHOLE && { withoutPeer: 'has no such key' }),
  module: { prober: 'tcp', tcp: { query_response: steps, tls_config: { insecure_skip_verify: true } } },
  start: () => listenTcp(talk),
}));
