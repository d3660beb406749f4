import { dirname } from 'node:path';
import { asError } from '../values/as-error.js';
import type { Clock } from '../values/clock.js';

/** The file system did not answer in time. The call still occupies a thread of Node's pool. */
export class FileHangError extends Error {
  override readonly name = 'FileHangError';
}

/** Node has four threads for files; one of them is always left for file systems that answer. */
const MOST_AT_ONCE = 3;

/**
 * How long a file system may take, in seconds. Local disks answer in milliseconds, and a healthy network mount within
 * this time.
 */
export const FILE_DEADLINE_SECONDS = 5;

interface WaitingCall {
  readonly folder: string;
  readonly start: () => void;
  readonly refuse: (error: FileHangError) => void;
}

/**
 * Gives every file system call a deadline. A call that hangs (a network mount whose server is gone) cannot be
 * cancelled, so each folder has at most one call at a time, and while that call is overdue, others for the folder are
 * rejected at once.
 */
export class FileGuard {
  readonly #clock: Clock;
  /** The running calls; key: the folder. */
  readonly #running = new Map<string, { isOverdue: boolean }>();
  readonly #waiting = new Set<WaitingCall>();
  #onIdle: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Resolves when no call is running. It never resolves if a call hangs for good. */
  idle(): Promise<void> {
    return this.isBusy ? new Promise((resolve) => this.#onIdle.push(resolve)) : Promise.resolve();
  }

  /**
   * Runs `work`, which may only touch `path`. Rejects with a FileHangError after FILE_DEADLINE_SECONDS; a later result
   * is then passed to `discard`. Time spent waiting for other calls does not count.
   */
  run<T>(path: string, work: () => Promise<T>, discard?: (late: T) => void): Promise<T> {
    const folder = dirname(path);
    return new Promise((resolve, reject) => {
      const start = (): void => {
        this.#begin(folder, { work, resolve, reject, discard });
      };
      this.#waiting.add({ folder, start, refuse: reject });
      this.#rejectHopeless();
      this.#startNext();
    });
  }

  #begin<T>(folder: string, call: Call<T>): void {
    const own = { isOverdue: false };
    this.#running.set(folder, own);
    const cancel = this.#clock.after(FILE_DEADLINE_SECONDS, () => {
      own.isOverdue = true;
      call.reject(new FileHangError(`no answer from the file system within ${FILE_DEADLINE_SECONDS} s`));
      this.#rejectHopeless();
    });
    const end = (): void => {
      cancel();
      this.#running.delete(folder);
      this.#startNext();
      if (!this.isBusy) for (const resolve of this.#onIdle.splice(0)) resolve();
    };
    call.work().then(
      (value) => {
        end();
        if (own.isOverdue) call.discard?.(value);
        else call.resolve(value);
      },
      (error: unknown) => {
        end();
        call.reject(asError(error));
      },
    );
  }

  /** Rejects the calls that wait for an overdue one. */
  #rejectHopeless(): void {
    const overdue = [...this.#running].filter(([, { isOverdue }]) => isOverdue).map(([folder]) => folder);
    for (const waiting of this.#waiting) {
      const { folder } = waiting;
      if (!overdue.includes(folder) && overdue.length < MOST_AT_ONCE) continue;
      this.#waiting.delete(waiting);
      const where = overdue.includes(folder) ? folder : overdue.join(', ');
      waiting.refuse(new FileHangError(`an earlier call in ${where} still has no answer from the file system`));
    }
  }

  #startNext(): void {
    for (const waiting of this.#waiting) {
      if (this.#running.size >= MOST_AT_ONCE) return;
      if (this.#running.has(waiting.folder)) continue;
      this.#waiting.delete(waiting);
      waiting.start();
    }
  }
}

interface Call<T> {
  readonly work: () => Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
  readonly discard: ((late: T) => void) | undefined;
}
