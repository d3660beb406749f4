import type { Socket } from 'node:net';
import type { HostileModule, TargetRow } from '../hostile-row.js';
import { flood, listenTcp } from '../tcp-target.js';

export type Talk = (socket: Socket) => void;
/** A server that is asked for its state, and does something else. */
export type HostileServer = readonly [name: string, module: HostileModule, talk: Talk];

/** A module's credentials, for every target. */
export const LOGIN = { username: 'u', password: 'secret', credentials_for: ['*'] };

/** Says the beginning to whoever says something first, and `unit` without end behind it. */
export function floodAfterHello(beginning: string | Buffer, unit: string | Buffer): Talk {
  return (socket) => {
    socket.once('data', () => {
      socket.resume();
      socket.write(beginning);
      flood(socket, Buffer.from(unit));
    });
  };
}

/** A byte a time, as often as timers allow. */
export function drip(socket: Socket, bytes: Buffer, everyMs: number): void {
  let at = 0;
  const timer = setInterval(() => {
    if (socket.destroyed) clearInterval(timer);
    else socket.write(bytes.subarray(at, ++at));
    if (at >= bytes.length) clearInterval(timer);
  }, everyMs);
}

/** The rows of a prober; `scheme` stands before the address. */
export function serverRows(prober: string, servers: readonly HostileServer[], scheme = ''): readonly TargetRow[] {
  return servers.map(([name, module, talk]) => ({
    ...{ kind: 'target', name: `${prober}: ${name}`, group: 'servers', withoutPeer: 'has no such prober', module },
    start: async () => `${scheme}${await listenTcp(talk)}`,
  }));
}
