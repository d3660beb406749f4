import type { Socket } from 'node:net';
import type { Test } from 'tap';
import { type ListenAt, startStreamServer, type StreamServer } from './stream-server.js';

/** What a server answers to a command, in RESP; `name` is the command with its arguments, in words. */
export type RedisAnswer = (name: string, socket: Socket) => string;

/** The INFO of a server that has nothing to tell. */
export const SMALL_INFO = '# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:1\r\n# Replication\r\nrole:master\r\n';

/** A bulk string. */
export function bulk(text: string): string {
  return `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
}

/** INFO as given, an error for everything else. */
export function withInfo(info: string): RedisAnswer {
  return (name) => (name.startsWith('INFO') ? bulk(info) : '-ERR unknown command\r\n');
}

/** A server that reads commands and answers each; closed when the test ends. */
export function startRedisServer(t: Test, answer: RedisAnswer, at?: ListenAt): Promise<StreamServer> {
  return startStreamServer(
    t,
    (socket) => {
      let pending = '';
      socket.on('data', (chunk: Buffer) => {
        pending += chunk.toString('latin1');
        for (let command = takeCommand(pending); command !== undefined; command = takeCommand(pending)) {
          pending = pending.slice(command.length);
          socket.write(answer(command.words.join(' '), socket), 'latin1');
        }
      });
    },
    at,
  );
}

/** The first command of what was received, once it is complete. */
function takeCommand(text: string): { readonly words: readonly string[]; readonly length: number } | undefined {
  const [head = '', count = '0'] = /^\*(\d+)\r\n/.exec(text) ?? [];
  const words: string[] = [];
  let at = head.length;
  while (words.length < Number(count)) {
    const [size = '', length = ''] = /^\$(\d+)\r\n/.exec(text.slice(at)) ?? [];
    const end = at + size.length + Number(length);
    if (size === '' || text.length < end + 2) return undefined;
    words.push(text.slice(at + size.length, end));
    at = end + 2;
  }
  return words.length === 0 ? undefined : { words, length: at };
}
