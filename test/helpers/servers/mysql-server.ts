import type { Socket } from 'node:net';
import type { Test } from 'tap';
import { type ListenAt, startStreamServer, type StreamServer } from './stream-server.js';

/** A packet of MySQL's protocol: its length, its number, its payload. */
export function packet(number: number, ...content: readonly (Buffer | string | number)[]): Buffer {
  const payload = Buffer.concat(content.map(bytesOf));
  const head = Buffer.alloc(4);
  head.writeUIntLE(payload.length, 0, 3);
  head[3] = number & 0xff;
  return Buffer.concat([head, payload]);
}

function bytesOf(each: Buffer | string | number): Buffer {
  if (typeof each === 'number') return Buffer.from([each]);
  return typeof each === 'string' ? Buffer.from(each) : each;
}

/** A text with its length, which is below 16 MiB. */
export function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  const { length } = bytes;
  const [low, middle, high] = [length & 0xff, (length >> 8) & 0xff, length >> 16];
  const prefix = length < 251 ? [length] : length < 65536 ? [0xfc, low, middle] : [0xfd, low, middle, high];
  return Buffer.concat([Buffer.from(prefix), bytes]);
}

/** What a greeting says beside its version. */
export interface GreetingParts {
  readonly flags: number;
  readonly plugin: string;
}

/** Plugins, secure log-in, protocol 4.1, and no TLS. */
export const USUAL_FLAGS = 0x0008_a200;
export const TLS_FLAG = 0x0000_0800;

/** What a server begins with. */
export function greeting({
  flags = USUAL_FLAGS,
  plugin = 'mysql_native_password',
}: Partial<GreetingParts> = {}): Buffer {
  const rest = Buffer.alloc(31);
  rest.write('12345678', 4);
  rest.writeUInt16LE(flags & 0xffff, 13);
  rest.writeUInt16LE(flags >>> 16, 18);
  rest[20] = 21;
  return packet(0, 10, '10.11.19-nothing\0', rest, '123456789012\0', `${plugin}\0`);
}

/** A server's consent. */
export function ok(number: number): Buffer {
  return packet(number, Buffer.from([0, 0, 0, 2, 0, 0, 0]));
}

/** An error; of before the log-in, without a state. */
export function complaint(number: number, code: number, message: string, state = '#42000'): Buffer {
  return packet(number, 0xff, code & 0xff, code >> 8, state, message);
}

/** The end of columns or rows. */
export function end(number: number, status = 2): Buffer {
  return packet(number, Buffer.from([0xfe, 0, 0, status, 0]));
}

/** The description of a column. */
export function column(number: number, name: string): Buffer {
  const texts = ['def', '', '', '', name, ''].map(text);
  return packet(number, ...texts, Buffer.from([12, 45, 0, 255, 0, 0, 0, 253, 0, 0, 0, 0, 0]));
}

/** A whole answer: names of columns, and rows. */
export function table(names: readonly string[], rows: readonly (readonly (string | null)[])[]): Buffer {
  let number = 1;
  return Buffer.concat([
    packet(number++, names.length),
    ...names.map((name) => column(number++, name)),
    end(number++),
    ...rows.map((row) => packet(number++, ...row.map((each) => (each === null ? 0xfb : text(each))))),
    end(number),
  ]);
}

/** The version of a server that is one. */
export const VERSION = table(['@@version'], [['10.11.19-MariaDB-nothing']]);
/** A refusal of a statement. */
export const REFUSAL = complaint(1, 1227, 'Access denied; you need the PROCESS privilege');

/** What a server answers to a statement. */
export type MysqlAnswer = (sql: string, socket: Socket) => Buffer;

/** A version, consent to what is set, and a refusal of all else. */
export const ONLY_VERSION: MysqlAnswer = (sql) => {
  if (sql.includes('@@version')) return VERSION;
  return sql.startsWith('SET ') ? ok(1) : REFUSAL;
};

const QUERY = 3;
const QUIT = 1;
/** What the client of mysqld_exporter begins with. */
const PING = 14;

/** A server that takes everybody in and answers statements; closed when the test ends. */
export function startMysqlServer(t: Test, answer: MysqlAnswer = ONLY_VERSION, at?: ListenAt): Promise<StreamServer> {
  return startStreamServer(
    t,
    (socket) => {
      let isIn = false;
      let pending = Buffer.alloc(0);
      socket.write(greeting());
      socket.on('data', (chunk: Buffer) => {
        pending = Buffer.concat([pending, chunk]);
        while (pending.length >= 4 && pending.length >= pending.readUIntLE(0, 3) + 4) {
          const length = pending.readUIntLE(0, 3) + 4;
          const [command, sql] = [pending[4], pending.toString('utf8', 5, length)];
          pending = pending.subarray(length);
          if (!isIn) socket.write(ok(2));
          else if (command === QUERY) socket.write(answer(sql, socket));
          else if (command === PING) socket.write(ok(1));
          else if (command === QUIT) socket.end();
          else socket.write(complaint(1, 1047, 'Unknown command'));
          isIn = true;
        }
      });
    },
    at,
  );
}
