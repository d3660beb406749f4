/** Writes bytes somewhere and calls back when that is done; short writes are reported as such. */
export type AsyncWrite = (bytes: Buffer, done: (error: NodeJS.ErrnoException | null, written: number) => void) => void;

/** The most log text that may wait for a slow reader, in UTF-16 units. Further lines are dropped and counted. */
const WAITING_BYTES_LIMIT = 1024 * 1024;

/** Milliseconds before the next write to a full non-blocking pipe. */
const RETRY_MS = 50;

/**
 * Lines on their way to a file descriptor. One write is under way at a time and the caller never waits: a reader that
 * stalls or goes away costs log lines, not probes. After EPIPE everything is dropped.
 */
export class LineOutput {
  readonly #write: AsyncWrite;
  #waiting: string[] = [];
  #waitingBytes = 0;
  #busy = false;
  #broken = false;
  #dropped = 0;
  #onIdle: (() => void)[] = [];

  constructor(write: AsyncWrite) {
    this.#write = write;
  }

  /** How many lines were dropped since the start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Whether something is being written, or waits for that. */
  get isBusy(): boolean {
    return this.#busy;
  }

  push(line: string): void {
    if (this.#broken || this.#waitingBytes + line.length > WAITING_BYTES_LIMIT) {
      this.#dropped += 1;
      return;
    }
    this.#waiting.push(line);
    this.#waitingBytes += line.length;
    if (!this.#busy) this.#next();
  }

  /** Resolves when everything pushed so far is written or given up. */
  drained(): Promise<void> {
    if (!this.#busy) return Promise.resolve();
    return new Promise((resolve) => this.#onIdle.push(resolve));
  }

  #next(): void {
    if (this.#waiting.length === 0) {
      this.#busy = false;
      for (const resolve of this.#onIdle.splice(0)) resolve();
      return;
    }
    this.#busy = true;
    const bytes = Buffer.from(this.#waiting.join(''));
    this.#waiting = [];
    this.#waitingBytes = 0;
    this.#send(bytes);
  }

  #send(bytes: Buffer): void {
    this.#write(bytes, (error, written) => {
      if (error === null) {
        if (written < bytes.length) this.#send(bytes.subarray(written));
        else this.#next();
      } else if (error.code === 'EAGAIN') {
        setTimeout(() => this.#send(bytes), RETRY_MS);
      } else {
        this.#broken = true;
        this.#waiting = [];
        this.#next();
      }
    });
  }
}
