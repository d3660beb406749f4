import type { Clock } from '../../values/clock.js';
import type { GroupFacts, GroupingKey } from '../pushed-group.js';

/** When a group ends. */
export interface GroupEnd {
  readonly key: GroupingKey;
  /** The end, in seconds of the monotonic clock. */
  readonly endsAt: number;
  /** The end as it is stored: seconds since the Unix epoch, by the wall clock of that time. */
  readonly expiresAtSeconds: number;
  /** Until then, in monotonic seconds, the wall clock may be set right; absent if nothing speaks against it. */
  readonly doubtedUntil?: number;
}

/** What is to be done about the ends at one moment. */
export interface EndsNow {
  readonly over: readonly GroupEnd[];
  /** Ends whose stored time is no longer that of the wall clock; they have the one to store. */
  readonly moved: readonly GroupEnd[];
  /** When the first of the others ends, in monotonic seconds; Infinity if there is none. */
  readonly nextAt: number;
}

/** A time server moves the clock by less than this without setting it, and storing costs a write. */
const MOST_DRIFT_SECONDS = 5;

/** How long after a start the clock of a machine that has none of its own may take to be set. */
const DOUBT_SECONDS = 600;

/**
 * The ends of the groups with a time to live. While the process runs, that time runs by the monotonic clock, whatever
 * the wall clock is set to. Over a restart only the wall clock goes on, so the stored times follow it.
 */
export class GroupEnds {
  readonly #clock: Clock;
  /** Key: the id of the group. */
  readonly #ends = new Map<string, GroupEnd>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#ends.size;
  }

  get({ id }: GroupingKey): GroupEnd | undefined {
    return this.#ends.get(id);
  }

  /** Puts back what `get` returned. */
  set(key: GroupingKey, end: GroupEnd | undefined): void {
    if (end === undefined) this.#ends.delete(key.id);
    else this.#ends.set(key.id, end);
  }

  /** Notes the end of a group that was pushed now. */
  begin(key: GroupingKey, { expiresAtSeconds, ttlSeconds = 0 }: GroupFacts): void {
    if (expiresAtSeconds === undefined) this.#ends.delete(key.id);
    else this.set(key, { key, expiresAtSeconds, endsAt: this.#clock.monotonicSeconds() + ttlSeconds });
  }

  /**
   * Notes the end of a group that was stored by an earlier process. A clock by which it would live longer than its time
   * to live has been set back.
   */
  resume(key: GroupingKey, facts: GroupFacts): void {
    const { expiresAtSeconds, ttlSeconds } = facts;
    if (expiresAtSeconds === undefined) return;
    const now = this.#clock.monotonicSeconds();
    const left = expiresAtSeconds - this.#clock.wallSeconds();
    // Earlier versions did not store it.
    const ttl = ttlSeconds ?? expiresAtSeconds - (facts.lastPushSeconds || facts.createdAtSeconds);
    const isSetBack = left - ttl > MOST_DRIFT_SECONDS;
    const end = { key, expiresAtSeconds, endsAt: now + Math.min(left, ttl) };
    this.set(key, isSetBack ? { ...end, doubtedUntil: now + DOUBT_SECONDS } : end);
  }

  isOver(key: GroupingKey): boolean {
    const end = this.#ends.get(key.id);
    return end !== undefined && end.endsAt <= this.#clock.monotonicSeconds();
  }

  /** Looks at all ends. Those that are over or have moved stay as they are. */
  look(): EndsNow {
    const now = this.#clock.monotonicSeconds();
    const ahead = this.#clock.wallSeconds() - now;
    const over: GroupEnd[] = [];
    const moved: GroupEnd[] = [];
    let nextAt = Infinity;
    for (const known of this.#ends.values()) {
      const end = this.#judged(known, now, ahead);
      if (end.endsAt <= now) {
        over.push(end);
        continue;
      }
      nextAt = Math.min(nextAt, end.endsAt);
      if (end.doubtedUntil !== undefined) continue;
      const { key, endsAt, expiresAtSeconds } = end;
      if (Math.abs(endsAt + ahead - expiresAtSeconds) > MOST_DRIFT_SECONDS)
        moved.push({ key, endsAt, expiresAtSeconds: endsAt + ahead });
    }
    return { over, moved, nextAt };
  }

  /** A clock that was behind at the start, and is set, says how much time is left of what was stored before. */
  #judged(end: GroupEnd, now: number, ahead: number): GroupEnd {
    const { key, endsAt, expiresAtSeconds, doubtedUntil } = end;
    if (doubtedUntil === undefined) return end;
    const byWall = expiresAtSeconds - ahead;
    if (byWall > endsAt && now < doubtedUntil) return end;
    const judged = { key, expiresAtSeconds, endsAt: Math.min(byWall, endsAt) };
    this.set(key, judged);
    return judged;
  }
}
