import type { Duplex } from 'node:stream';
import type { ConnectionPlace } from '../probe/prober.js';
import type { CancelTimer, Clock } from '../values/clock.js';

/** How long a connection may wait for the next scrape, in seconds: as long as Go's client keeps an idle one. */
export const LONGEST_IDLE_SECONDS = 90;

/**
 * Keeps one idle connection between the scrapes of one target by one module, so that nobody else's credentials ever
 * went over it. It is closed when the server ends it or sends anything that nobody has asked for, and when it was idle
 * for LONGEST_IDLE_SECONDS.
 */
export class KeptConnection implements ConnectionPlace {
  readonly #clock: Clock;
  #idle: { readonly socket: Duplex; readonly cancelTimer: CancelTimer } | undefined;
  #isClosed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  take(): Duplex | undefined {
    const idle = this.#idle;
    if (idle === undefined) return undefined;
    this.#idle = undefined;
    idle.cancelTimer();
    for (const event of ENDS) idle.socket.off(event, this.#drop);
    return idle.socket;
  }

  put(socket: Duplex): void {
    if (this.#isClosed || this.#idle !== undefined || socket.destroyed) {
      socket.destroy();
      return;
    }
    this.#idle = { socket, cancelTimer: this.#clock.after(LONGEST_IDLE_SECONDS, this.#drop) };
    for (const event of ENDS) socket.on(event, this.#drop);
  }

  /** Closes the connection, and every one that is put here later. */
  close(): void {
    this.#isClosed = true;
    this.#drop();
  }

  readonly #drop = (): void => {
    this.take()?.destroy();
  };
}

/** All of these end the use of an idle connection. */
const ENDS = ['data', 'end', 'close', 'error'] as const;
