import { dirname } from 'node:path';
import type { Clock } from '../values/clock.js';

/** The file system did not answer in time; what it was asked goes on holding a thread of Node's pool. */
export class FileHangError extends Error {
  override readonly name = 'FileHangError';
}

/** Of the four threads that Node has for files, one is always left for what answers. */
const MOST_AT_ONCE = 3;

/** How long a file system may take, in seconds: local disks answer in milliseconds, a network mount that is healthy within this. */
export const FILE_DEADLINE_SECONDS = 5;

interface Asked {
  readonly folder: string;
  readonly start: () => void;
  readonly refuse: (error: FileHangError) => void;
}

/**
 * Gives every call of the file system a deadline. A call that hangs (a network mount whose server is gone) cannot be taken back, so there is never
 * more than one under way in a folder: whoever asks for a folder in which one is overdue is refused at once.
 */
export class FileGuard {
  readonly #clock: Clock;
  /** By folder. */
  readonly #running = new Map<string, { isOverdue: boolean }>();
  readonly #waiting = new Set<Asked>();
  #onIdle: (() => void)[] = [];

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get isBusy(): boolean {
    return this.#running.size > 0;
  }

  /** Resolves when nothing is under way; never, if something hangs for good. */
  idle(): Promise<void> {
    return this.isBusy ? new Promise((resolve) => this.#onIdle.push(resolve)) : Promise.resolve();
  }

  /**
   * Runs `work`, which touches `path` and nothing elsewhere. Rejects with a FileHangError when it takes more than FILE_DEADLINE_SECONDS, and then gives
   * `discard` what still comes of it. Waiting for others that answer does not count.
   */
  run<T>(path: string, work: () => Promise<T>, discard?: (late: T) => void): Promise<T> {
    const folder = dirname(path);
    return new Promise((resolve, reject) => {
      const start = (): void => {
        this.#begin(folder, { work, resolve, reject, discard });
      };
      this.#waiting.add({ folder, start, refuse: reject });
      this.#refuseHopeless();
      this.#startNext();
    });
  }

  #begin<T>(folder: string, call: Call<T>): void {
    const own = { isOverdue: false };
    this.#running.set(folder, own);
    const cancel = this.#clock.after(FILE_DEADLINE_SECONDS, () => {
      own.isOverdue = true;
      call.reject(new FileHangError(`no answer from the file system within ${FILE_DEADLINE_SECONDS} s`));
      this.#refuseHopeless();
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
        call.reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  }

  /** Refuses those that would wait for a call which is overdue. */
  #refuseHopeless(): void {
    const overdue = [...this.#running].filter(([, { isOverdue }]) => isOverdue).map(([folder]) => folder);
    for (const asked of this.#waiting) {
      const { folder } = asked;
      if (!overdue.includes(folder) && overdue.length < MOST_AT_ONCE) continue;
      this.#waiting.delete(asked);
      const where = overdue.includes(folder) ? folder : overdue.join(', ');
      asked.refuse(new FileHangError(`an earlier call in ${where} still has no answer from the file system`));
    }
  }

  #startNext(): void {
    for (const asked of this.#waiting) {
      if (this.#running.size >= MOST_AT_ONCE) return;
      if (this.#running.has(asked.folder)) continue;
      this.#waiting.delete(asked);
      asked.start();
    }
  }
}

interface Call<T> {
  readonly work: () => Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
  readonly discard: ((late: T) => void) | undefined;
}
