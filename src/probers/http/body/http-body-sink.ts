import { ProbeFailure } from '../../../probe/failure.js';
import { LONGEST_EXCERPT_BYTES } from '../../../probe/report/shown-excerpt.js';
import { HeldBytes } from '../../../values/held-bytes.js';

/** How much of a body is read and held, in bytes. */
export interface SinkLimits {
  /** 0 for none. */
  readonly limitBytes: number;
  readonly hold: boolean;
  readonly holdLimitBytes: number;
}

/** Where a body goes, decompressed: it is counted, held if a check needs it, and cut off at a limit. */
export class BodySink {
  readonly #limits: SinkLimits;
  readonly #mostBytes: number;
  readonly #held = new HeldBytes();
  #lengthBytes = 0;
  readonly #beginning: Buffer[] = [];
  #beginningBytes = 0;
  #failure: ProbeFailure | undefined;

  constructor(limits: SinkLimits) {
    this.#limits = limits;
    const limit = limits.limitBytes > 0 ? limits.limitBytes : Infinity;
    this.#mostBytes = limits.hold ? Math.min(limit, limits.holdLimitBytes) : limit;
  }

  /** Takes the next bytes; false once a limit is exceeded: nothing more is wanted then. */
  take(chunk: Buffer): boolean {
    if (this.#failure !== undefined) return false;
    const room = this.#mostBytes - this.#lengthBytes;
    const fits = chunk.length <= room;
    this.#lengthBytes += fits ? chunk.length : room;
    if (this.#beginningBytes < LONGEST_EXCERPT_BYTES) this.#keep(fits ? chunk : chunk.subarray(0, room));
    if (this.#limits.hold) this.#held.add(fits ? chunk : chunk.subarray(0, room));
    if (!fits) this.#failure = this.#tooLarge();
    return fits;
  }

  /** The first bytes, and more if there are more: what a report shows. */
  get beginning(): readonly Buffer[] {
    return this.#beginning;
  }

  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /** Set once a limit was exceeded. */
  get failure(): ProbeFailure | undefined {
    return this.#failure;
  }

  /** What was taken, if it was to be held. */
  get held(): HeldBytes | undefined {
    return this.#limits.hold ? this.#held : undefined;
  }

  #keep(chunk: Buffer): void {
    this.#beginning.push(chunk);
    this.#beginningBytes += chunk.length;
  }

  #tooLarge(): ProbeFailure {
    const { limitBytes, holdLimitBytes } = this.#limits;
    const err =
      this.#mostBytes === limitBytes
        ? 'http: request body too large'
        : `the body is longer than the ${holdLimitBytes} bytes that are held for a check`;
    return new ProbeFailure('transfer', 'body_too_large', 'Failed to read HTTP response body', { err });
  }
}
