import type { Socket } from 'node:net';
import type { Test } from 'tap';
import { type ListenAt, startStreamServer, type StreamServer } from './stream-server.js';

/** A message of PostgreSQL's protocol: its type, its length, its content. */
export function pgMessage(type: string, ...content: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(content.map((each) => (typeof each === 'string' ? Buffer.from(each) : each)));
  const head = Buffer.alloc(5);
  head.write(type, 0, 'latin1');
  head.writeUInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

/** A number of two or four bytes. */
export function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(value);
  return bytes;
}

/** A number of four bytes. */
export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

/** What a server says once it takes somebody in. */
export const WELCOME = Buffer.concat([
  pgMessage('R', int32(0)),
  pgMessage('S', 'server_version\0', '15.18\0'),
  pgMessage('K', int32(7), int32(8)),
  pgMessage('Z', 'I'),
]);

/** Names of columns. */
export function columns(count: number): Buffer {
  const each = Buffer.concat([Buffer.from('c\0'), Buffer.alloc(18)]);
  return pgMessage('T', int16(count), ...Array.from({ length: count }, () => each));
}

/** The values of a row. */
export function row(...values: readonly string[]): Buffer {
  return pgMessage('D', int16(values.length), ...values.flatMap((text) => [int32(Buffer.byteLength(text)), text]));
}

/** The end of an answer. */
export const DONE = Buffer.concat([pgMessage('C', 'SELECT 1\0'), pgMessage('Z', 'I')]);

/** An error, or a notice. */
export function complaint(code: string, text: string, severity = 'ERROR', type = 'E'): Buffer {
  return pgMessage(type, `S${severity}\0V${severity}\0C${code}\0M${text}\0\0`);
}

/** The version of a server that is one. */
export const VERSION = Buffer.concat([columns(2), row('PostgreSQL 15.18 on nothing', '150018'), DONE]);

/** What a server answers to a statement. */
export type PgAnswer = (sql: string, socket: Socket) => Buffer;

/** A version, and a refusal of all other statements. */
export const ONLY_VERSION: PgAnswer = (sql) =>
  sql.includes('version()') ? VERSION : Buffer.concat([complaint('42501', 'permission denied'), pgMessage('Z', 'I')]);

/** A server that takes everybody in and answers statements; closed when the test ends. */
export function startPgServer(t: Test, answer: PgAnswer = ONLY_VERSION, at?: ListenAt): Promise<StreamServer> {
  return startStreamServer(
    t,
    (socket) => {
      let isIn = false;
      let pending = Buffer.alloc(0);
      socket.on('data', (chunk: Buffer) => {
        pending = Buffer.concat([pending, chunk]);
        if (!isIn && pending.length >= 4 && pending.length >= pending.readUInt32BE(0)) {
          isIn = true;
          pending = pending.subarray(pending.readUInt32BE(0));
          socket.write(WELCOME);
        }
        while (isIn && pending.length >= 5 && pending.length > pending.readUInt32BE(1)) {
          const end = pending.readUInt32BE(1) + 1;
          const [type, text] = [String.fromCharCode(pending[0]!), pending.toString('utf8', 5, end - 1)];
          pending = pending.subarray(end);
          if (type === 'Q') socket.write(answer(text, socket));
          else if (type === 'X') socket.end();
        }
      });
    },
    at,
  );
}
