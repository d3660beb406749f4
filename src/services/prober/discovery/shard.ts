import { fnv1a } from '../../../values/codec/fnv1a.js';

/** One of several parts that all targets are divided into: `index` from 1 to `of`. */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** The most parts that targets are divided into. */
export const MOST_SHARDS = 1000;

/** Reads a shard written as in `1/4`; undefined if the text is malformed. */
export function parseShard(text: string): Shard | undefined {
  const [, index, of] = /^(\d{1,4})\/(\d{1,4})$/.exec(text) ?? [];
  const shard = { index: Number(index), of: Number(of) };
  return shard.index >= 1 && shard.index <= shard.of && shard.of <= MOST_SHARDS ? shard : undefined;
}

/**
 * Whether a target belongs to a shard, by rendezvous hashing (Thaler and Ravishankar, 1998): each shard draws a number
 * for the key, and the highest has it. It depends on the key and the number of shards alone, and a shard more takes
 * 1/n of the targets from the others and moves no other.
 */
export function isInShard(key: string, { index, of }: Shard): boolean {
  const hash = fnv1a(Buffer.from(key, 'utf8'));
  const own = draw(hash, index);
  for (let other = 1; other <= of; other++) if (draw(hash, other) > own) return false;
  return true;
}

/**
 * Mixes hash and shard so that each bit depends on all bits of both (the finalizer of MurmurHash3). All steps can be
 * undone, so that no two shards draw the same number for a key.
 */
function draw(hash: number, shard: number): number {
  let mixed = hash ^ Math.imul(shard, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
