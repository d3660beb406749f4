import { fnv1a } from '../../../values/codec/fnv1a.js';

/**
 * The offset of a target's probes within their interval, from 0 up to `intervalSeconds`. It depends on the key alone,
 * so the same targets have the same moments in every process, and many targets are spread evenly.
 */
export function offsetSeconds(key: string, intervalSeconds: number): number {
  // The finalizer of MurmurHash3: each bit depends on all of the hash, and others than those that choose the shard.
  let mixed = fnv1a(Buffer.from(key, 'utf8')) ^ 0x5bd1e995;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32) * intervalSeconds;
}

/** The interval and offset of a target's probes. */
export interface Beat {
  readonly intervalSeconds: number;
  readonly offsetSeconds: number;
}

/** The first start after `wallSeconds`, as a time of the wall clock. */
export function firstStart(wallSeconds: number, { intervalSeconds, offsetSeconds: offset }: Beat): number {
  return (Math.floor((wallSeconds - offset) / intervalSeconds) + 1) * intervalSeconds + offset;
}

/**
 * The start after the one that was due at `dueWallSeconds`. The wall clock may have been set meanwhile, so the nearest
 * start counts as that one: a step of the clock delays the next start, or advances it, by at most half an interval.
 */
export function nextStart(dueWallSeconds: number, { intervalSeconds, offsetSeconds: offset }: Beat): number {
  return (Math.round((dueWallSeconds - offset) / intervalSeconds) + 1) * intervalSeconds + offset;
}
