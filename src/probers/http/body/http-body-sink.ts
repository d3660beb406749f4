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

/** Receives a decompressed body: counts it, holds it if a check needs it, and cuts it off at a limit. */
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

  /** At least the first bytes that a report shows, if the body has as many. */
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

  /** The whole decompressed body so far; undefined unless a check needs it. */
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
