import { messageOf } from '../../values/as-error.js';
import type { CancelTimer, Clock } from '../../values/clock.js';
import { inSlices } from '../../values/in-slices.js';
import { loopTurns } from '../../values/loop-turns.js';
import type { GroupStore } from '../group-store.js';
import type { PreparedPush } from '../prepare-push.js';
import type { PushOutcome, PushRequest } from '../push-request.js';
import type { GroupChange, GroupingKey } from '../pushed-group.js';
import { type GroupEnd, GroupEnds } from './group-ends.js';
import { type GroupKeeper, NotSavedError } from './group-keeper.js';
import type { GroupPersistence } from './group-persistence.js';
import { type GroupBefore, UnkeptChanges } from './unkept-changes.js';

/** The groups in memory, where they are saved, the clock, and who is told about problems. */
export interface DurableGroupsOptions {
  readonly store: GroupStore;
  readonly persistence: GroupPersistence;
  readonly clock: Clock;
  /** Receives the problems that no caller waits for. */
  readonly onProblem: (error: unknown) => void;
}

/**
 * The longest time that a timer runs: how long it takes until a wall clock that was set is noticed, and the stored ends
 * of groups follow it.
 */
const LONGEST_SLEEP_SECONDS = 10;

/** The result of deleting some groups. */
interface Deleted {
  readonly count: number;
  readonly error?: unknown;
}

/** How many groups are deleted between two moments at which others may have their turn. */
const GROUPS_A_STEP = 16;

const RESTORING = 'what was kept is still being read';

/** How long after a failure loading, or removing expired groups, is tried again. */
const RETRY_SECONDS = 2;

/**
 * The groups together with their persistence. A change is acknowledged only after it has been saved. Groups whose time
 * to live is over are removed.
 */
export class DurableGroups implements GroupKeeper {
  readonly #options: DurableGroupsOptions;
  readonly #ends: GroupEnds;
  #cancelTimer: CancelTimer | undefined;
  /** In monotonic seconds. */
  #wakesAt = Infinity;
  #cancelLoad: CancelTimer | undefined;
  #expired = 0;
  #isClosed = false;
  #isRestoring = false;
  #isLoaded = false;
  readonly #unkept = new UnkeptChanges();

  constructor(options: DurableGroupsOptions) {
    this.#options = options;
    this.#ends = new GroupEnds(options.clock);
  }

  get clock(): Clock {
    return this.#options.clock;
  }

  /** Once the saved groups are read, those in memory are all that there is. */
  readonly current = (): Promise<void> => {
    if (this.#isLoaded) return Promise.resolve();
    return Promise.reject(new NotSavedError(this.problem ?? RESTORING));
  };

  /** The number of groups that have expired since the start. */
  get expired(): number {
    return this.#expired;
  }

  /** Why nothing can be changed; undefined if it can. */
  get problem(): string | undefined {
    return this.#options.persistence.problem ?? (this.#isRestoring ? RESTORING : undefined);
  }

  /**
   * Loads the saved groups. If they cannot be read, it reports that and tries again until they can; until then nothing
   * can be changed.
   */
  async load(): Promise<void> {
    const { store, persistence, clock, onProblem } = this.#options;
    const before = persistence.problem;
    try {
      this.#isRestoring = true;
      const groups = await persistence.load();
      await inSlices(store.restoreAll(groups));
      this.#isRestoring = false;
      this.#isLoaded = true;
      for (const group of groups) this.#ends.resume(group.key, group);
      this.#scheduleExpiry();
    } catch (error) {
      if (persistence.problem !== before) onProblem(error);
      if (this.#isClosed) return;
      this.#cancelLoad = clock.after(RETRY_SECONDS, () => {
        this.load().catch(onProblem);
      });
    }
  }

  /** Resolves when the outcome is saved. Rejects with NotSavedError if it cannot be saved; then nothing has changed. */
  async push(request: PushRequest): Promise<PushOutcome> {
    return this.take(await this.prepare(request));
  }

  /**
   * Does what can be done of a push before it changes anything, in turns with other work. Rejects with NotSavedError if
   * nothing can be saved.
   */
  async prepare(request: PushRequest): Promise<PreparedPush> {
    this.#assertKeeping();
    return inSlices(this.#options.store.prepare(request));
  }

  /** The rest of a push: in memory at once. Resolves and rejects as `push` does. */
  async take(prepared: PreparedPush): Promise<PushOutcome> {
    this.#assertKeeping();
    const { store } = this.#options;
    const { key } = prepared.request;
    const group = store.get(key);
    const outcome = store.push(prepared);
    if (outcome.change === undefined) return outcome;
    const before = this.#unkept.begin([{ key, group, end: this.#ends.get(key) }]);
    // A refused push gives a group that was there no more time.
    if (outcome.change.kind === 'update' && (outcome.kind === 'accepted' || group === undefined)) {
      this.#ends.begin(key, outcome.change.facts);
      this.#wakeBy(this.#ends.get(key)?.endsAt);
    }
    if (outcome.kind === 'accepted') await this.#save([outcome.change], before);
    // The answer is the refusal, whether or not its time could be saved.
    else this.#save([outcome.change], before).catch(this.#options.onProblem);
    return outcome;
  }

  /**
   * Deletes those of the groups that exist, in turns with other work: one after the other, as others see it. Resolves
   * when that is saved; rejects with NotSavedError, which says how many are deleted nevertheless.
   */
  async delete(keys: readonly GroupingKey[]): Promise<void> {
    const saves: Promise<Deleted>[] = [];
    for (let at = 0; at === 0 || at < keys.length; at += GROUPS_A_STEP) {
      if (at > 0 && loopTurns.isOver()) await loopTurns.next();
      saves.push(
        this.#deleteNow(keys.slice(at, at + GROUPS_A_STEP)).then(
          (count) => ({ count }),
          (error: unknown) => ({ count: 0, error }),
        ),
      );
    }
    const results = await Promise.all(saves);
    const failure = results.find(({ error }) => error !== undefined);
    if (failure === undefined) return;
    const count = results.reduce((sum, deleted) => sum + deleted.count, 0);
    if (count === 0) throw failure.error;
    throw new NotSavedError(messageOf(failure.error), { saved: `${count} of ${keys.length} groups are deleted` });
  }

  async #deleteNow(keys: readonly GroupingKey[]): Promise<number> {
    this.#assertKeeping();
    const { changes, before } = this.#drop(keys);
    await this.#save(changes, before);
    return changes.length;
  }

  /** Writes all pending changes, and sets no more timers. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#cancelLoad?.();
    await this.#options.persistence.close();
  }

  #assertKeeping(): void {
    const { problem } = this;
    if (problem !== undefined) throw new NotSavedError(problem);
  }

  #drop(keys: readonly GroupingKey[]): { changes: readonly GroupChange[]; before: readonly GroupBefore[] } {
    const { store } = this.#options;
    const before = this.#unkept.begin(keys.map((key) => ({ key, group: store.get(key), end: this.#ends.get(key) })));
    for (const key of keys) this.#ends.set(key, undefined);
    return { changes: keys.map((key) => store.delete(key)).filter((change) => change !== undefined), before };
  }

  async #save(changes: readonly GroupChange[], before: readonly GroupBefore[]): Promise<void> {
    try {
      if (changes.length > 0) await this.#options.persistence.save(changes);
      this.#unkept.forget(before);
    } catch (error) {
      this.#undoUnkept();
      throw new NotSavedError(messageOf(error), { cause: error });
    }
  }

  #undoUnkept(): void {
    const { store } = this.#options;
    for (const { key, group, end } of this.#unkept.takeAll()) {
      if (group === undefined) store.delete(key);
      else store.restore(group);
      this.#ends.set(key, end);
    }
    this.#scheduleExpiry();
  }

  /** Makes sure that a timer fires at that monotonic time or earlier. */
  #wakeBy(seconds: number | undefined): void {
    if (this.#isClosed || seconds === undefined) return;
    const { clock } = this.#options;
    const now = clock.monotonicSeconds();
    const wakeAt = Math.min(seconds, now + LONGEST_SLEEP_SECONDS);
    if (this.#cancelTimer !== undefined && this.#wakesAt <= wakeAt) return;
    this.#cancelTimer?.();
    this.#wakesAt = wakeAt;
    this.#cancelTimer = clock.after(wakeAt - now, () => {
      this.#cancelTimer = undefined;
      void this.#expire();
    });
  }

  /** Sets the timer for the next group to expire, or for the next attempt if changes cannot be saved at present. */
  #scheduleExpiry(): void {
    if (this.#ends.size === 0) return;
    const { clock, persistence } = this.#options;
    const { over, nextAt } = this.#ends.look();
    const now = clock.monotonicSeconds();
    const next = over.length > 0 ? now : nextAt;
    this.#wakeBy(persistence.problem === undefined ? next : Math.max(next, now + RETRY_SECONDS));
  }

  /**
   * Removes the groups whose time is over and stores the ends that have moved, in turns with pushes that give groups
   * more time.
   */
  async #expire(): Promise<void> {
    const { over, moved } = this.#ends.look();
    const steps = [
      ...fewAtOnce(moved).map((ends) => () => this.#move(ends)),
      ...fewAtOnce(over).map((ends) => () => this.#removeOver(ends)),
    ];
    for (const [index, step] of steps.entries()) {
      if (index > 0 && loopTurns.isOver()) await loopTurns.next();
      if (this.problem !== undefined) break;
      step().catch(this.#options.onProblem);
    }
    this.#scheduleExpiry();
  }

  async #removeOver(ends: readonly GroupEnd[]): Promise<void> {
    const keys = ends.map(({ key }) => key).filter((key) => this.#ends.isOver(key));
    const count = await this.#deleteNow(keys);
    this.#expired += count;
  }

  /** Stores the ends of groups anew, after the wall clock was set. */
  async #move(ends: readonly GroupEnd[]): Promise<void> {
    const { store } = this.#options;
    const changes: GroupChange[] = [];
    const all: GroupBefore[] = [];
    for (const end of ends) {
      const { key, endsAt, expiresAtSeconds } = end;
      const known = this.#ends.get(key);
      const group = store.get(key);
      // A push of the meantime has another end.
      if (group === undefined || known?.endsAt !== endsAt) continue;
      all.push({ key, group, end: known });
      const { createdAtSeconds, lastPushSeconds, lastFailureSeconds, ttlSeconds } = group;
      const times = { createdAtSeconds, lastPushSeconds, lastFailureSeconds, expiresAtSeconds };
      const facts = { ...times, ...(ttlSeconds !== undefined && { ttlSeconds }) };
      const change = { kind: 'update', key, facts, remove: [], put: [] } as const;
      store.apply(change);
      this.#ends.set(key, end);
      changes.push(change);
    }
    await this.#save(changes, this.#unkept.begin(all));
  }
}

function fewAtOnce(ends: readonly GroupEnd[]): readonly (readonly GroupEnd[])[] {
  const count = Math.ceil(ends.length / GROUPS_A_STEP);
  return Array.from({ length: count }, (_none, nth) => ends.slice(nth * GROUPS_A_STEP, (nth + 1) * GROUPS_A_STEP));
}
