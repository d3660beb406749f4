import type { SendWindows } from './flow-window.js';
import { dataFrame, type FrameWriter } from './frame-writer.js';
import { DEFAULT_FRAME_BYTES } from './http2-codes.js';

const NO_BYTES = Buffer.alloc(0);

/**
 * Sends the body of a request as fast as the flow-control windows and the socket allow. It can be stopped at any time.
 */
export class Upload {
  readonly #writer: FrameWriter;
  readonly #windows: SendWindows;
  #isStopped = false;
  #wake: (() => void) | undefined;

  constructor(writer: FrameWriter, windows: SendWindows) {
    this.#writer = writer;
    this.#windows = windows;
  }

  /** Resolves once all is sent or sending has been stopped; what fits is queued before this returns. */
  async sendBytes(bytes: Uint8Array): Promise<void> {
    await this.#send(bytes, true);
    // The last frame, if it had to wait; otherwise it has gone with the request.
    this.#writer.flush();
  }

  /**
   * Sends a body that is read while it is sent. Resolves as sendBytes does. Leaving the loop closes what is read.
   * Rejects with the error of reading.
   */
  async sendChunks(chunks: AsyncIterable<Uint8Array>): Promise<void> {
    for await (const chunk of chunks) {
      await this.#send(chunk, false);
      if (this.#isStopped) return;
    }
    this.#writer.queue(dataFrame(NO_BYTES, true));
    this.#writer.flush();
  }

  /** There is new room in a window or in the socket. */
  goOn(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }

  /** The answer is complete, or nobody waits for it: the rest stays unsent. */
  stop(): void {
    this.#isStopped = true;
    this.goOn();
  }

  async #send(bytes: Uint8Array, isLast: boolean): Promise<void> {
    for (let start = 0; start < bytes.length && !this.#isStopped;) {
      const end = Math.min(start + this.#windows.room, start + DEFAULT_FRAME_BYTES, bytes.length);
      if (end === start) {
        this.#writer.flush();
        await this.#change();
        continue;
      }
      this.#windows.take(end - start);
      this.#writer.queue(dataFrame(bytes.subarray(start, end), isLast && end === bytes.length));
      start = end;
      if (start < bytes.length && this.#writer.isFull && !this.#writer.flush()) await this.#change();
    }
    if (!isLast && !this.#isStopped && !this.#writer.flush()) await this.#change();
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}
