import type { Socket } from 'node:net';
import { mostDescriptors } from '../../metrics/process-metrics.js';
import type { RepeatedLog } from '../access/repeated-log.js';

/** The part of the descriptors that is in use when it is said. */
const NEARLY_ALL = 0.95;

const TOO_MANY = 'Nearly all file descriptors are in use: connections beyond the limit are closed without an answer';

/**
 * Says when clients use up the descriptors that the process may have. Connections beyond them are closed by libuv
 * (`uv__emfile_trick`), which tells nobody. But descriptors are given out from the lowest free number on: the one that
 * the last connection got shows how many are in use.
 */
export class DescriptorWatch {
  readonly #log: RepeatedLog;
  readonly #most = mostDescriptors();

  constructor(log: RepeatedLog) {
    this.#log = log;
  }

  /** Looks at a connection that has just been accepted. */
  readonly look = (socket: Socket): void => {
    if (this.#most === undefined || descriptorOf(socket) < NEARLY_ALL * this.#most) return;
    // Not the address, of which a machine has many: what differs is said at once.
    const place = socket.localPort === undefined ? 'a unix socket' : `port ${socket.localPort}`;
    this.#log.error(TOO_MANY, `the limit (ulimit -n) is ${this.#most}, and a client of ${place} has come near it`);
  };
}

/** Node has no other way to ask; -1 where there is none. */
function descriptorOf(socket: Socket): number {
  const { _handle: handle } = socket as Socket & { readonly _handle?: { readonly fd?: number } | null };
  return handle?.fd ?? -1;
}
