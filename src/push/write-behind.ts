import type { Clock } from '../values/clock.js';
import { ChangeSet } from './change-set.js';
import type { RecordStore } from './record-store.js';

export interface WriteBehindOptions {
  readonly store: RecordStore;
  readonly clock: Clock;
  /** From one write to the next at least. */
  readonly intervalSeconds: number;
}

/** How long after a failure the changes are written again, at the earliest. */
const RETRY_SECONDS = 2;

/** Writes changes to a store not at once but together, at most once an interval and when it is closed (upstream's `--persistence.interval`). */
export class WriteBehind {
  readonly #options: WriteBehindOptions;
  #pending = new ChangeSet();
  #lastWriteAt: number;
  #cancelTimer: (() => void) | undefined;
  #writing: Promise<void> | undefined;

  constructor(options: WriteBehindOptions) {
    this.#options = options;
    this.#lastWriteAt = options.clock.monotonicSeconds();
  }

  /** Takes changes that are to be written in time; throws where nothing can be written at present. */
  add(changes: ChangeSet): void {
    const { store } = this.#options;
    if (store.problem !== undefined) throw new Error(store.problem);
    this.#pending.append(changes);
    this.#writeLater(0);
  }

  /** Writes what is still pending; rejects if that cannot be. */
  async close(): Promise<void> {
    this.#cancelTimer?.();
    await this.#writing;
    const changes = this.#pending;
    this.#pending = new ChangeSet();
    if (!changes.isEmpty) await this.#options.store.write(changes);
  }

  #writeLater(leastSeconds: number): void {
    const { clock, intervalSeconds } = this.#options;
    if (this.#cancelTimer !== undefined || this.#writing !== undefined) return;
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
      // The store has said why. What it did not take is written again, under what has come since.
      changes.append(this.#pending);
      this.#pending = changes;
      pauseSeconds = RETRY_SECONDS;
      this.#lastWriteAt = -Infinity;
    }
    this.#writing = undefined;
    if (!this.#pending.isEmpty) this.#writeLater(pauseSeconds);
  }
}
