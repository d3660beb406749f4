import { FAILURE_REASONS, type FailureReason } from '../failure.js';

/** The result of one probe, as it is remembered for its target. */
export interface ProbeResult {
  /** When the probe began, in seconds since the Unix epoch. */
  readonly atSeconds: number;
  /** The duration of the probe, to some 7 digits. */
  readonly durationSeconds: number;
  /** Why it failed; absent if it succeeded. */
  readonly reason?: FailureReason | undefined;
}

/** How many results of a target are remembered. */
export const MOST_RESULTS = 60;

/** A result takes its time (8 bytes), its duration (4) and its outcome (1). */
const RESULT_BYTES = 13;
const DURATION_AT = 8;
const OUTCOME_AT = 12;
const FIRST_RESULTS = 4;

/** The outcome of a failure is the place of its reason in this list; that of a success is 0. */
const REASONS: readonly (FailureReason | undefined)[] = [
  undefined,
  ...(Object.keys(FAILURE_REASONS) as FailureReason[]),
];
const OUTCOMES: ReadonlyMap<FailureReason | undefined, number> = new Map(
  REASONS.map((reason, index) => [reason, index]),
);

/** The last results of one target, a few bytes each; the oldest give way. Grows with what it holds. */
export class RecentResults {
  /** Few enough bytes for V8 to have them on its heap: most targets that a client makes up come once. */
  #packed = Buffer.alloc(FIRST_RESULTS * RESULT_BYTES);
  #count = 0;
  /** The index of the oldest result once all places are taken. The next result replaces it. */
  #oldest = 0;

  get count(): number {
    return this.#count;
  }

  /** How many bytes the results take. */
  get bytes(): number {
    return this.#packed.length;
  }

  add({ atSeconds, durationSeconds, reason }: ProbeResult): void {
    if (this.#count < MOST_RESULTS && this.#count * RESULT_BYTES === this.#packed.length) this.#grow();
    const place = this.#count < MOST_RESULTS ? this.#count++ : this.#oldest;
    if (this.#count === MOST_RESULTS) this.#oldest = (place + 1) % MOST_RESULTS;
    const at = place * RESULT_BYTES;
    this.#packed.writeDoubleLE(atSeconds, at);
    this.#packed.writeFloatLE(durationSeconds, at + DURATION_AT);
    this.#packed.writeUInt8(OUTCOMES.get(reason) ?? 0, at + OUTCOME_AT);
  }

  /** The last `count` results, the oldest first. */
  last(count: number = MOST_RESULTS): readonly ProbeResult[] {
    const from = Math.max(0, this.#count - count);
    return Array.from({ length: this.#count - from }, (_, index) => this.#at(from + index));
  }

  #at(index: number): ProbeResult {
    const at = ((this.#oldest + index) % MOST_RESULTS) * RESULT_BYTES;
    const reason = REASONS[this.#packed.readUInt8(at + OUTCOME_AT)];
    return {
      atSeconds: this.#packed.readDoubleLE(at),
      durationSeconds: Number(this.#packed.readFloatLE(at + DURATION_AT).toPrecision(7)),
      ...(reason !== undefined && { reason }),
    };
  }

  #grow(): void {
    const places = Math.min(this.#count * 4, MOST_RESULTS);
    const grown = Buffer.alloc(places * RESULT_BYTES);
    grown.set(this.#packed);
    this.#packed = grown;
  }
}
