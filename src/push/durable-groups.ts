import type { CancelTimer, Clock } from '../values/clock.js';
import type { GroupPersistence } from './group-persistence.js';
import type { GroupStore } from './group-store.js';
import { UnkeptChanges } from './unkept-changes.js';
import type { GroupBefore } from './unkept-changes.js';
import type { PushOutcome, PushRequest } from './push-request.js';
import type { GroupChange, GroupingKey } from './pushed-group.js';
import { messageOf } from '../values/as-error.js';

/** A change could not be kept, and is not in memory either; the message says why. */
export class NotKept extends Error {
  override readonly name = 'NotKept';
}

export interface DurableGroupsOptions {
  readonly store: GroupStore;
  readonly persistence: GroupPersistence;
  readonly clock: Clock;
  /** Told what went wrong where nobody waits for an answer. */
  readonly onProblem: (error: unknown) => void;
}

/** So long a timer sleeps at most: the wall clock may be set meanwhile. */
const LONGEST_SLEEP_SECONDS = 60;

/** How long after a failure what was kept is read again, and what is over is dropped again. */
const RETRY_SECONDS = 2;

/** The groups with what keeps them: who changes them is answered once the change is kept. Groups whose time is over go by themselves. */
export class DurableGroups {
  readonly #options: DurableGroupsOptions;
  /** Groups with a time to live, by id. */
  readonly #mortal = new Map<string, { readonly key: GroupingKey; readonly expiresAtSeconds: number }>();
  #cancelTimer: CancelTimer | undefined;
  #wakesAtSeconds = Infinity;
  #cancelLoad: CancelTimer | undefined;
  #expired = 0;
  readonly #unkept = new UnkeptChanges();

  constructor(options: DurableGroupsOptions) {
    this.#options = options;
  }

  /** How many groups went because their time was over, since the start. */
  get expired(): number {
    return this.#expired;
  }

  /** Reads what was kept. Where it cannot be read, says so and tries again until it can; nothing can be changed before. */
  async load(): Promise<void> {
    const { store, persistence, clock, onProblem } = this.#options;
    const before = persistence.problem;
    try {
      for (const group of await persistence.load()) {
        store.restore(group);
        this.#setMortality(group.key, group.expiresAtSeconds);
      }
      this.#sleepOn();
    } catch (error) {
      if (persistence.problem !== before) onProblem(error);
      this.#cancelLoad = clock.after(RETRY_SECONDS, () => {
        this.load().catch(onProblem);
      });
    }
  }

  /** Resolves when the outcome is kept. Rejects with NotKept where it cannot be; then nothing has changed. */
  async push(request: PushRequest): Promise<PushOutcome> {
    this.#assertKeeping();
    const { store } = this.#options;
    const { key } = request;
    const group = store.get(key);
    const outcome = store.push(request);
    if (outcome.change === undefined) return outcome;
    const before = this.#unkept.begin([{ key, group }]);
    if (outcome.change.kind === 'update') {
      const { expiresAtSeconds } = outcome.change.facts;
      this.#setMortality(key, expiresAtSeconds);
      if (expiresAtSeconds !== undefined) this.#wakeBy(expiresAtSeconds);
    }
    if (outcome.kind === 'accepted') await this.#save([outcome.change], before);
    // The refusal is the answer, whether or not its time could be kept.
    else this.#save([outcome.change], before).catch(this.#options.onProblem);
    return outcome;
  }

  /** Drops the groups of these keys that exist; resolves when that is kept, rejects with NotKept. */
  async delete(keys: readonly GroupingKey[]): Promise<void> {
    this.#assertKeeping();
    const { changes, before } = this.#drop(keys);
    await this.#save(changes, before);
  }

  /** Writes what is still to be written. */
  async close(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    this.#cancelLoad?.();
    await this.#options.persistence.close();
  }

  #assertKeeping(): void {
    const { problem } = this.#options.persistence;
    if (problem !== undefined) throw new NotKept(problem);
  }

  #drop(keys: readonly GroupingKey[]): { changes: readonly GroupChange[]; before: readonly GroupBefore[] } {
    const { store } = this.#options;
    const before = this.#unkept.begin(keys.map((key) => ({ key, group: store.get(key) })));
    for (const { id } of keys) this.#mortal.delete(id);
    return { changes: keys.map((key) => store.delete(key)).filter((change) => change !== undefined), before };
  }

  async #save(changes: readonly GroupChange[], before: readonly GroupBefore[]): Promise<void> {
    try {
      if (changes.length > 0) await this.#options.persistence.save(changes);
      this.#unkept.settle(before);
    } catch (error) {
      this.#undoUnkept();
      throw new NotKept(messageOf(error), { cause: error });
    }
  }

  #undoUnkept(): void {
    const { store } = this.#options;
    for (const { key, group } of this.#unkept.takeAll()) {
      if (group === undefined) store.delete(key);
      else store.restore(group);
      this.#setMortality(key, group?.expiresAtSeconds);
    }
    this.#sleepOn();
  }

  #setMortality(key: GroupingKey, expiresAtSeconds: number | undefined): void {
    if (expiresAtSeconds === undefined) this.#mortal.delete(key.id);
    else this.#mortal.set(key.id, { key, expiresAtSeconds });
  }

  /** Sees to it that a timer wakes at that time or before. */
  #wakeBy(wallSeconds: number): void {
    const { clock } = this.#options;
    const now = clock.wallSeconds();
    const wakeAt = Math.min(wallSeconds, now + LONGEST_SLEEP_SECONDS);
    if (this.#cancelTimer !== undefined && this.#wakesAtSeconds <= wakeAt) return;
    this.#cancelTimer?.();
    this.#wakesAtSeconds = wakeAt;
    this.#cancelTimer = clock.after(wakeAt - now, () => {
      this.#cancelTimer = undefined;
      this.#expire();
      this.#sleepOn();
    });
  }

  /** Until the next group's time is over, or until it may be tried again where nothing can be kept. */
  #sleepOn(): void {
    if (this.#mortal.size === 0) return;
    const { clock, persistence } = this.#options;
    let next = Infinity;
    for (const { expiresAtSeconds } of this.#mortal.values()) next = Math.min(next, expiresAtSeconds);
    this.#wakeBy(persistence.problem === undefined ? next : Math.max(next, clock.wallSeconds() + RETRY_SECONDS));
  }

  #expire(): void {
    const { clock, persistence, onProblem } = this.#options;
    if (persistence.problem !== undefined) return;
    const now = clock.wallSeconds();
    const over = [...this.#mortal.values()].filter(({ expiresAtSeconds }) => expiresAtSeconds <= now);
    const { changes, before } = this.#drop(over.map(({ key }) => key));
    this.#save(changes, before).then(() => (this.#expired += changes.length), onProblem);
  }
}
