import { ProbeFailure } from '../../src/probe/failure.js';
import type { ProbeModule } from '../../src/probe/probe-module.js';
import { PacketGate } from '../../src/probers/mysql/packet-gate.js';
import { MessageGate } from '../../src/probers/postgres/message-gate.js';
import { readAuthentication, readError } from '../../src/probers/postgres/pg-messages.js';
import { acceptOf } from '../../src/probers/websocket/websocket-request.js';
import { readWriteAnswer } from '../../src/services/prober/remote-write/write-answer.js';
import { columns, pgMessage, row, WELCOME } from '../helpers/servers/postgres-server.js';
import { loadModule, probeModule } from '../helpers/services/probe.js';
import type { FuzzTarget } from './fuzz-target.js';
import { type ScriptedPeer, startScriptedPeer, startTlsPeer } from './scripted-peer.js';

/** An honest handshake takes a tenth of it; what lies about its length is not waited for. */
const PROBE_SECONDS = 0.04;

const never = (): boolean => false;
const failures = (error: unknown): boolean => error instanceof ProbeFailure;
const hex = (text: string): Buffer => Buffer.from(text.replace(/ /g, ''), 'hex');

/** Makes something with the first input, and only then. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => (made ??= make());
}

interface Dialogue {
  readonly name: string;
  /** As YAML, the mapping of one module. */
  readonly module: string;
  readonly scheme?: string;
  readonly seeds: readonly (Buffer | string)[];
  readonly start: () => Promise<ScriptedPeer>;
}

/** A whole probe of a peer that says what the input wants: no input may make it throw, hang or hold the loop. */
function dialogue({ name, module, scheme = '', seeds, start }: Dialogue): FuzzTarget {
  const parts = once(async (): Promise<readonly [ProbeModule, ScriptedPeer]> => [
    await loadModule(module),
    await start(),
  ]);
  return {
    name,
    seeds,
    parse: async (bytes) => {
      const [loaded, peer] = await parts();
      peer.play(bytes);
      const target = `${scheme}127.0.0.1:${peer.port}`;
      const { verdict, outcome } = await probeModule(loaded, target, { timeoutSeconds: PROBE_SECONDS });
      const { message = '', fields = {} } = outcome.failure ?? {};
      return { [`${verdict} ${message} ${JSON.stringify(fields)}`.replace(/\d+/g, '0').slice(0, 200)]: 1 };
    },
    mayThrow: never,
  };
}

/** The words of a MySQL server, each a packet. */
function packets(input: Buffer): readonly Buffer[] {
  const words: Buffer[] = [];
  for (let at = 0; at < input.length;) {
    const end = at + 4 <= input.length ? at + 4 + input.readUIntLE(at, 3) : input.length;
    words.push(input.subarray(at, end));
    at = end;
  }
  return words;
}

/** The words of a PostgreSQL server: each ends where it gives the word back. */
function untilReady(input: Buffer): readonly Buffer[] {
  const ready = hex('5a00000005');
  const words: Buffer[] = [];
  for (let at = 0; at < input.length;) {
    const found = input.indexOf(ready, at);
    const end = found < 0 ? input.length : found + ready.length + 1;
    words.push(input.subarray(at, end));
    at = end;
  }
  return words;
}

/** The head of an honest change of protocol, and the frames of the input behind it. */
function frames(input: Buffer, asked: Buffer): readonly Buffer[] {
  const key = /^sec-websocket-key: *(\S+)/im.exec(asked.toString('latin1'))?.[1] ?? '';
  const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
  const text = `${[...head, `Sec-WebSocket-Accept: ${acceptOf(key)}`].join('\r\n')}\r\n\r\n`;
  return [Buffer.concat([Buffer.from(text), input])];
}

const GREETING = Buffer.concat([
  hex('4a000000 0a382e302e333600 01000000'),
  Buffer.alloc(8, 1),
  hex('00 ffff ff 0200 ffff 15'),
  Buffer.alloc(10),
  hex('0102030405060708090a0b0c00 6d7973716c5f6e61746976655f70617373776f726400'),
]);
const MYSQL_OK = hex('07000002 00000002000000');
const MYSQL_ERROR = hex('10000001 ff1504233238303030 416363657373 20');

const PG_ROWS = Buffer.concat([WELCOME, columns(2), row('a', 'b'), pgMessage('C', 'SELECT 1\0'), pgMessage('Z', 'I')]);
const PG_ERROR = pgMessage('E', 'SFATAL\0C28P01\0Mno\0\0');

const WORD = 'query_response: [{expect: "^hello"}]';
const TLS = 'tls: true, tls_config: {insecure_skip_verify: true}, query_response: [{send: hi}, {expect: hello}]';

/** Edits at the begin, in the certificate, in what is encrypted: see edited. */
const EDITS = [
  '00000403',
  '00050601',
  '00800105',
  '01000280',
  '02000610',
  '0300030005000101',
  '00030500',
  '0090070100a00702',
];

/** What a server says within a dialogue, through whole probes. */
const DIALOGUES: readonly FuzzTarget[] = [
  dialogue({
    name: 'websocket-frames',
    module: `prober: websocket\nwebsocket: {${WORD}}`,
    scheme: 'ws://',
    seeds: [
      '810568656c6c6f',
      '8900 8a00 880203e8',
      '010268 65 800368656c 6c6f',
      '817e0005 68656c6c6f',
      '8185 01020304 6967',
      'c10568656c6c6f',
      '827f0000000000000005 0102030405',
      '0900',
      '81fe',
    ].map(hex),
    start: () => startScriptedPeer(frames),
  }),
  dialogue({
    name: 'postgres-messages',
    module: 'prober: postgres\npostgres: {username: u, password: secret, credentials_for: ["*"]}',
    seeds: [WELCOME, PG_ROWS, PG_ERROR, pgMessage('R', hex('00000005 01020304'))],
    start: () => startScriptedPeer(untilReady),
  }),
  dialogue({
    name: 'mysql-packets',
    module: 'prober: mysql\nmysql: {username: u, password: secret, credentials_for: ["*"]}',
    seeds: [Buffer.concat([GREETING, MYSQL_OK]), Buffer.concat([GREETING, MYSQL_ERROR]), MYSQL_ERROR],
    start: () => startScriptedPeer(packets, true),
  }),
  dialogue({
    name: 'tls13-records',
    module: `prober: tcp\ntcp: {${TLS}}`,
    seeds: EDITS.map(hex),
    start: () => startTlsPeer({ minVersion: 'TLSv1.3' }),
  }),
  dialogue({
    name: 'tls12-records',
    module: `prober: tcp\ntcp: {${TLS}}`,
    seeds: EDITS.map(hex),
    start: () => startTlsPeer({ maxVersion: 'TLSv1.2' }),
  }),
];

/** What stands before the clients of databases, without a network between: a thousand times as many inputs. */
const GATES: readonly FuzzTarget[] = [
  {
    name: 'postgres-gate',
    seeds: [WELCOME, PG_ROWS, PG_ERROR],
    parse: (bytes) => {
      const taken: unknown[] = [];
      const gate = new MessageGate({
        row: (row) => taken.push(row),
        message: (type, message) => {
          taken.push(type);
          if (type === 'E') taken.push(readError(message));
          if (type === 'R') taken.push(readAuthentication(message));
        },
        leaveOut: () => bytes.length % 2 === 0,
      });
      const half = bytes.length >> 1;
      gate.accept(bytes.subarray(0, half));
      gate.accept(bytes.subarray(half));
      return taken;
    },
    mayThrow: failures,
  },
  {
    name: 'mysql-gate',
    seeds: [Buffer.concat([GREETING, MYSQL_OK]), Buffer.concat([GREETING, MYSQL_ERROR]), MYSQL_ERROR],
    parse: (bytes) => {
      const gate = new PacketGate();
      return packets(bytes).map((packet, index) => {
        // The client has the word after each of the server's.
        if (index > 0) gate.sent((2 * index - 1) & 0xff);
        gate.accept(packet);
        return gate.takeSaid();
      });
    },
    mayThrow: failures,
  },
  {
    name: 'remote-write-answer',
    seeds: [
      '429\nRetry-After: 120\nslow',
      '500\nRetry-After: Sun, 06 Nov 1994 08:49:37 GMT\n',
      '200\nX-Prometheus-Remote-Write-Samples-Written: 5\n',
      '400\n\nout of order',
    ],
    parse: (bytes) => {
      const [status = '', ...lines] = bytes.toString('latin1').split('\n');
      const fields = lines.map((line) => line.split(': ', 2) as [string, string?]);
      const headers = new Map(fields.map(([name, value = '']) => [name, [value]]));
      const pieces = [bytes, bytes];
      const head = { version: 'HTTP/1.1', status: Number(status) % 600, headers, contentLength: -1 };
      return readWriteAnswer({ ...head, readBody: () => Promise.resolve(pieces.pop()) }, 1_700_000_000_000);
    },
    mayThrow: never,
  },
];

/** What is said in the course of a dialogue. */
export const DIALOGUE_TARGETS: readonly FuzzTarget[] = [...GATES, ...DIALOGUES];
