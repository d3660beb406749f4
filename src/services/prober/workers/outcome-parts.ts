import { MetricSet } from '../../../metrics/metric-set.js';
import { HEAP_IS_FULL, type HeapRoom, heapRoom, seriesBytes } from '../../../probe/heap-room.js';
import type { ProbeOutcome } from '../../../probe/run-probe.js';
import { shortenedOutcome } from '../../../probe/shortened-outcome.js';
import { atOnce } from '../../../values/in-slices.js';
import { OutcomeReader } from './packed-outcome.js';
import type { PackedOutcome, PackedSeries } from './worker-messages.js';

/**
 * Puts the outcomes of one worker together, of which long ones come in parts. Workers, each with a heap of its own, can
 * give more than the heap of this process has room for: such an outcome loses its series and is a failure.
 */
export class OutcomeParts {
  readonly #room: HeapRoom;
  readonly #reader = new OutcomeReader();
  readonly #sets = new Map<number, MetricSet>();
  readonly #tooLarge = new Set<number>();

  constructor(room = heapRoom) {
    this.#room = room;
  }

  /** A part of the series of a probe has come. */
  add(id: number, series: PackedSeries): void {
    const metrics = this.#sets.get(id) ?? new MetricSet();
    const before = seriesBytes(metrics);
    this.#reader.readPart(series, metrics);
    const inAll = seriesBytes(metrics);
    const hasRoom = !this.#tooLarge.has(id) && this.#room.hasRoomFor(inAll - before, inAll);
    if (!hasRoom) this.#tooLarge.add(id);
    this.#sets.set(id, hasRoom ? metrics : new MetricSet());
  }

  /** The last part has come. */
  end(id: number, packed: PackedOutcome): ProbeOutcome {
    const outcome = this.#reader.read(packed, this.#sets.get(id));
    const isTooLarge = this.#tooLarge.has(id);
    this.forget(id);
    if (!isTooLarge) return outcome;
    const wallSeconds = outcome.log.at(-1)?.wallSeconds ?? 0;
    return atOnce(shortenedOutcome(outcome, { reason: 'overloaded', err: HEAP_IS_FULL, seconds: 0, wallSeconds }));
  }

  /** No more comes of that probe. */
  forget(id: number): void {
    this.#sets.delete(id);
    this.#tooLarge.delete(id);
  }

  /** No more comes at all. */
  clear(): void {
    this.#sets.clear();
    this.#tooLarge.clear();
  }
}
