import type { Clock } from '../../values/clock.js';
import { ChangeSet } from './change-set.js';
import type { RecordStore } from './record-store.js';

/** The store, the clock and the interval. */
export interface WriteBehindOptions {
  readonly store: RecordStore;
  readonly clock: Clock;
  /** The least number of seconds between two writes. */
  readonly intervalSeconds: number;
}

/** How many seconds after a failure the changes are written again, at the earliest. */
const RETRY_SECONDS = 2;

/**
 * Collects changes and writes them together, at most once in each interval and when it is closed (upstream's
 * `--persistence.interval`).
 */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  #pending = new ChangeSet();
  #lastWriteAt: number;
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<void> | undefined;
  #isClosed = false;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    this.#lastWriteAt = options.clock.monotonicSeconds();
  }

  /** Adds changes to be written later. Throws if nothing can be written at present. */
  add(changes: ChangeSet): void {
    const { store } = this.#options;
    if (store.problem !== undefined) throw new Error(store.problem);
    this.#pending.append(changes);
    this.#writeLater(0);
  }

  /** Writes the pending changes, after the write that is under way, and sets no more timers. Rejects if that fails. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer?.();
    await this.#writing;
    const changes = this.#pending;
    this.#pending = new ChangeSet();
    if (!changes.isEmpty) await this.#options.store.write(changes);
  }

  #writeLater(leastSeconds: number): void {
    const { clock, intervalSeconds } = this.#options;
    if (this.#isClosed || this.#cancelTimer !== undefined || this.#writing !== undefined) return;
    const due = this.#lastWriteAt + intervalSeconds - clock.monotonicSeconds();
    this.#cancelTimer = clock.after(Math.max(leastSeconds, due), () => {
      this.#cancelTimer = undefined;
      this.#writing = this.#write();
    });
  }

  async #write(): Promise<void> {
    const { store, clock } = this.#options;
    const changes = this.#pending;
    this.#pending = new ChangeSet();
    this.#lastWriteAt = clock.monotonicSeconds();
    let pauseSeconds = 0;
    try {
      await store.write(changes);
    } catch {
      // The store has reported the reason. The changes that failed are written again, with later ones applied on top.
      changes.append(this.#pending);
      this.#pending = changes;
      pauseSeconds = RETRY_SECONDS;
      this.#lastWriteAt = -Infinity;
    }
    this.#writing = undefined;
    if (!this.#pending.isEmpty) this.#writeLater(pauseSeconds);
  }
}
