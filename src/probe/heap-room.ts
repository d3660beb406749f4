import { getHeapSpaceStatistics, getHeapStatistics, type HeapSpaceInfo } from 'node:v8';
import type { MetricSet } from '../metrics/metric-set.js';
import { ProbeFailure } from './failure.js';

/** The share of its limit up to which the heap may be filled; the rest is for answers that are being written. */
const FULL_SHARE = 0.7;
/** The share that others may be given, at most, after one has failed. */
const LEEWAY_SHARE = 0.05;
/** The heap is looked at each time that servers have given so much, in bytes. */
const BYTES_A_LOOK = 256 * 1024;
/** What a probe has had by then is no more than an ordinary one needs: it goes on however full the heap is. */
const ORDINARY_BYTES = 512 * 1024;
/**
 * V8's limit includes three halves of the young generation, but a process ends when the rest is full. They have 16 MiB
 * each in Node 20, and 64 MiB in the versions that have a space for trusted objects.
 */
const YOUNG_BYTES = 3 * (getHeapSpaceStatistics().some(isTrusted) ? 64 : 16) * 1024 * 1024;
/** What a series takes besides the characters of its labels, in bytes. */
const BYTES_A_SERIES = 256;

/** What the heap holds and may hold, in bytes. */
export interface HeapUse {
  readonly used: number;
  readonly limit: number;
}

/** Why a probe fails for which the heap has no room. */
export const HEAP_IS_FULL = 'too many large answers of servers at once: the heap is nearly full';

/**
 * Watches the heap while servers give metrics. Each probe has bounds of its own, but a client may ask for any number of
 * probes of servers with tens of thousands of series, and a full heap ends the process. So whoever has had much fails
 * once the heap is nearly full, and gives back what it had.
 */
export class HeapRoom {
  readonly #useOf: () => HeapUse;
  #untilLook = BYTES_A_LOOK;
  #limit = 0;
  #isFull = false;

  constructor(useOf: () => HeapUse = heapUse) {
    this.#useOf = useOf;
  }

  /**
   * Whether a probe may keep what a server has given: so many bytes now, and `inAll` with all that it gave before. If
   * not, the probe has to drop all of it.
   */
  hasRoomFor(bytes: number, inAll: number): boolean {
    this.#untilLook -= bytes;
    if (this.#untilLook <= 0) this.#look();
    if (!this.#isFull || inAll <= ORDINARY_BYTES) return true;
    // What this probe had is garbage from now on, which V8 takes away before the heap is full: others may have as much.
    this.#isFull = false;
    this.#untilLook = Math.min(inAll, this.#limit * LEEWAY_SHARE);
    return false;
  }

  /** The same; throws a ProbeFailure, `overloaded`, if there is no room. */
  take(bytes: number, inAll: number): void {
    if (!this.hasRoomFor(bytes, inAll)) {
      throw new ProbeFailure('request', 'overloaded', 'Cannot read on', { err: HEAP_IS_FULL });
    }
  }

  /** Has each part of what is set from now on in a set counted. Returns what ends that. */
  watch(metrics: MetricSet): () => void {
    let told = 0;
    metrics.tellGrowth(() => {
      const inAll = seriesBytes(metrics);
      const grown = inAll - told;
      told = inAll;
      this.take(grown, inAll);
    });
    return () => {
      metrics.tellGrowth(undefined);
    };
  }

  #look(): void {
    this.#untilLook = BYTES_A_LOOK;
    const { used, limit } = this.#useOf();
    this.#limit = limit;
    this.#isFull = used > limit * FULL_SHARE;
  }
}

/** About what the series of a set take that were set one by one, in bytes. */
export function seriesBytes({ rows, labelCharacters }: MetricSet): number {
  return rows.length * BYTES_A_SERIES + labelCharacters;
}

function isTrusted({ space_name: name }: HeapSpaceInfo): boolean {
  return name === 'trusted_space';
}

function heapUse(): HeapUse {
  const { used_heap_size: used, heap_size_limit: limit } = getHeapStatistics();
  return { used, limit: Math.max(0, limit - YOUNG_BYTES) };
}

/** The heap of this process. */
export const heapRoom = new HeapRoom();
