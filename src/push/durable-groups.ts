import type { CancelTimer, Clock } from '../values/clock.js';
import type { GroupPersistence } from './group-persistence.js';
import type { GroupStore } from './group-store.js';
import type { PushOutcome, PushRequest } from './push-request.js';
import type { GroupChange, GroupingKey } from './pushed-group.js';

/** A change is in memory, but could not be kept; the message says why. */
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

/** The groups with what keeps them: who changes them is answered once the change is kept. Groups whose time is over go by themselves. */
export class DurableGroups {
  readonly #options: DurableGroupsOptions;
  /** Groups with a time to live, by id. */
  readonly #mortal = new Map<string, { readonly key: GroupingKey; readonly expiresAtSeconds: number }>();
  #cancelTimer: CancelTimer | undefined;
  #wakesAtSeconds = Infinity;
  #expired = 0;

  constructor(options: DurableGroupsOptions) {
    this.#options = options;
  }

  /** How many groups went because their time was over, since the start. */
  get expired(): number {
    return this.#expired;
  }

  /** Reads what was kept. Rejects where it cannot be read. */
  async load(): Promise<void> {
    const { store, persistence } = this.#options;
    for (const group of await persistence.load()) {
      store.restore(group);
      this.#setMortality(group.key, group.expiresAtSeconds);
    }
    this.#sleepOn();
  }

  /** Resolves when the outcome is kept. Rejects with NotKept where an accepted push could not be. */
  async push(request: PushRequest): Promise<PushOutcome> {
    const outcome = this.#options.store.push(request);
    if (outcome.change?.kind === 'update') {
      const { expiresAtSeconds } = outcome.change.facts;
      this.#setMortality(request.key, expiresAtSeconds);
      if (expiresAtSeconds !== undefined) this.#wakeBy(expiresAtSeconds);
    }
    if (outcome.kind === 'accepted') await this.#save([outcome.change]);
    // The refusal is the answer, whether or not its time could be kept.
    else if (outcome.change !== undefined) this.#saveUnasked([outcome.change]);
    return outcome;
  }

  /** Drops the groups of these keys that exist; resolves when that is kept, rejects with NotKept. */
  async delete(keys: readonly GroupingKey[]): Promise<void> {
    await this.#save(this.#drop(keys));
  }

  /** Writes what is still to be written. */
  async close(): Promise<void> {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    await this.#options.persistence.close();
  }

  #drop(keys: readonly GroupingKey[]): readonly GroupChange[] {
    for (const { id } of keys) this.#mortal.delete(id);
    return keys.map((key) => this.#options.store.delete(key)).filter((change) => change !== undefined);
  }

  async #save(changes: readonly GroupChange[]): Promise<void> {
    if (changes.length === 0) return;
    try {
      await this.#options.persistence.save(changes);
    } catch (error) {
      throw new NotKept(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  #saveUnasked(changes: readonly GroupChange[]): void {
    this.#save(changes).catch(this.#options.onProblem);
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

  /** Until the next group's time is over. */
  #sleepOn(): void {
    if (this.#mortal.size === 0) return;
    let next = Infinity;
    for (const { expiresAtSeconds } of this.#mortal.values()) next = Math.min(next, expiresAtSeconds);
    this.#wakeBy(next);
  }

  #expire(): void {
    const now = this.#options.clock.wallSeconds();
    const over = [...this.#mortal.values()].filter(({ expiresAtSeconds }) => expiresAtSeconds <= now);
    const changes = this.#drop(over.map(({ key }) => key));
    this.#expired += changes.length;
    this.#saveUnasked(changes);
  }
}
