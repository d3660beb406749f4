import { messageOf } from '../../values/as-error.js';
import type { CancelTimer, Clock } from '../../values/clock.js';
import { inSlices } from '../../values/in-slices.js';
import type { GroupStore } from '../group-store.js';
import type { PreparedPush } from '../prepare-push.js';
import type { PushOutcome, PushRequest } from '../push-request.js';
import type { GroupingKey } from '../pushed-group.js';
import { type GroupKeeper, NotSavedError } from '../store/group-keeper.js';
import { type Attempt, judge, recordsOf, type Waiting } from './attempt.js';
import { Replica, type ReplicaOptions } from './replica.js';
import { SharedClock } from './shared-clock.js';
import { sizeProblem } from './shared-records.js';
import { type SharedStore, StoreProblem } from './shared-store.js';

/** The store that is shared, what is in memory of it, the clock, and who is told about problems. */
export interface SharedGroupsOptions extends ReplicaOptions {
  readonly store: SharedStore;
  readonly working: GroupStore;
  readonly clock: Clock;
  /** Receives the problems that no caller waits for. */
  readonly onProblem: (error: unknown) => void;
}

/** How often the store is asked for news while nobody wants anything, in seconds. */
const POLL_SECONDS = 1;
/** How long a checked push waits for a store that does not answer, or that others change all the time, in seconds. */
const PATIENCE_SECONDS = 5;
const RETRY_SECONDS = 0.1;

/** The limits of changes that are judged together. */
const MOST_TOGETHER = 256;
const SERIES_TOGETHER = 50_000;
/** Groups that are deleted in one step of the store. */
const KEYS_A_DELETE = 512;

/**
 * How long a reader, and a change, wait for a turn that does not end, in seconds: a store may give its records slowly.
 * A turn with a store that is dead ends before.
 */
const READER_SECONDS = 15;
const CHANGE_SECONDS = 30;
const LATE = 'the store in Redis is still being read';

type Wait<T> = (resolve: (value: T) => void, reject: (error: unknown) => void) => () => boolean;

const NOT_READ = 'what is in the shared store has not been read yet';

/**
 * Groups that several instances share. Each has all of them in memory, judges a push by that, and has the store make
 * the change if nothing else was changed meanwhile; else it reads what was, and judges again. So at every moment the
 * store holds what one instance could hold that had got all pushes, one after the other. Whatever is answered, also a
 * refusal, was judged by the store as it was then.
 */
export class SharedGroups implements GroupKeeper {
  readonly clock: Clock;
  readonly #options: SharedGroupsOptions;
  readonly #replica: Replica;
  #waiting: Waiting[] = [];
  #readers: { readonly resolve: () => void; readonly reject: (error: unknown) => void }[] = [];
  #turn: Promise<void> | undefined;
  #cancelPoll: CancelTimer | undefined;
  #problem: string | undefined = NOT_READ;
  #expired = 0;
  #isClosed = false;

  constructor(options: SharedGroupsOptions) {
    this.#options = options;
    this.#replica = new Replica(options);
    this.clock = new SharedClock(options.clock, options.store.aheadSeconds);
  }

  get expired(): number {
    return this.#expired;
  }

  get problem(): string | undefined {
    return this.#problem;
  }

  readonly load = async (): Promise<void> => {
    await this.current().catch(() => undefined);
  };

  readonly current = (): Promise<void> => {
    return this.#within(READER_SECONDS, (resolve, reject) => {
      this.#readers.push({ resolve, reject });
      return () => true;
    });
  };

  readonly prepare = async (request: PushRequest): Promise<PreparedPush> => {
    this.#assertKeeping();
    return inSlices(this.#options.working.prepare(request));
  };

  readonly take = (prepared: PreparedPush): Promise<PushOutcome> => {
    const problem = sizeProblem(prepared);
    if (problem !== undefined) return Promise.resolve({ kind: 'refused', why: 'too large', problem });
    const push = { kind: 'push', prepared } as const;
    return this.#within(CHANGE_SECONDS, (resolve, reject) => this.#enqueue({ ...push, resolve, reject }));
  };

  readonly delete = async (keys: readonly GroupingKey[]): Promise<void> => {
    let count = 0;
    for (let at = 0; at === 0 || at < keys.length; at += KEYS_A_DELETE) {
      try {
        count += await this.#delete(keys.slice(at, at + KEYS_A_DELETE));
      } catch (error) {
        if (count === 0) throw error;
        throw new NotSavedError(messageOf(error), { saved: `${count} of ${keys.length} groups are deleted` });
      }
    }
  };

  readonly close = async (): Promise<void> => {
    // Changes that have been accepted are answered first.
    await this.#turn;
    this.#isClosed = true;
    this.#problem = 'the service is stopping';
    this.#cancelPoll?.();
    this.#options.store.close();
  };

  #delete(keys: readonly GroupingKey[]): Promise<number> {
    return this.#within(CHANGE_SECONDS, (resolve, reject) => this.#enqueue({ kind: 'delete', keys, resolve, reject }));
  }

  /** Returns what takes the change away again; that returns false where a turn has it. */
  #enqueue(one: Waiting): () => boolean {
    this.#assertKeeping();
    this.#waiting.push(one);
    return () => {
      const at = this.#waiting.indexOf(one);
      if (at >= 0) this.#waiting.splice(at, 1);
      return at >= 0;
    };
  }

  /** Has somebody wait for the turns, for so long at most. `wait` returns what ends it, and whether nothing is done. */
  async #within<T>(seconds: number, wait: Wait<T>): Promise<T> {
    let cancel: CancelTimer | undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        const leave = wait(resolve, reject);
        cancel = this.#options.clock.after(seconds, () => {
          reject(new NotSavedError(LATE, { isDoubtful: !leave() }));
        });
        this.#begin();
      });
    } finally {
      cancel?.();
    }
  }

  #assertKeeping(): void {
    if (this.#problem !== undefined) throw new NotSavedError(this.#problem);
  }

  /** Starts the turns, one after the other, as long as somebody wants something. */
  #begin(): void {
    this.#turn ??= this.#turns().finally(() => {
      this.#turn = undefined;
      this.#pollLater();
    });
  }

  async #turns(): Promise<void> {
    while (this.#waiting.length + this.#readers.length > 0) {
      const readers = this.#readers;
      this.#readers = [];
      const waiting = this.#together();
      try {
        if (waiting.length > 0) await this.#commit(waiting);
        else await this.#catchUp();
        await this.#expire();
        for (const { resolve } of readers) resolve();
      } catch (error) {
        const failure = await this.#failure(error);
        for (const { reject } of [...readers, ...waiting]) reject(failure);
      }
    }
  }

  /** The first of those who wait, as many as are judged in one go. */
  #together(): readonly Waiting[] {
    let series = 0;
    let count = 0;
    for (const one of this.#waiting) {
      if (one.kind === 'push') for (const { seriesCount } of one.prepared.families) series += seriesCount;
      if (count > 0 && (series > SERIES_TOGETHER || count === MOST_TOGETHER)) break;
      count += 1;
    }
    return this.#waiting.splice(0, count);
  }

  /** Resolves when everybody has an answer. Rejects where nobody has one. */
  async #commit(waiting: readonly Waiting[]): Promise<void> {
    const { clock } = this.#options;
    const doubtful: Attempt[] = [];
    const until = clock.monotonicSeconds() + PATIENCE_SECONDS;
    for (;;) {
      try {
        if (await this.#attempt(waiting, doubtful)) return;
        if (await this.#settleDone(doubtful)) return;
        if (clock.monotonicSeconds() > until)
          throw new NotSavedError('other instances change the store all the time; try again');
      } catch (error) {
        if (!(error instanceof StoreProblem)) throw error;
        // A store that cannot be reached has done nothing, unless an answer is missing.
        if (doubtful.length === 0) throw error;
        if (clock.monotonicSeconds() > until) throw this.#doubt(error);
        await this.#pause();
      }
    }
  }

  /** Whether the store agreed. Throws StoreProblem; the attempt is a doubtful one if it may have been done. */
  async #attempt(waiting: readonly Waiting[], doubtful: Attempt[]): Promise<boolean> {
    const { store, shown, working } = this.#options;
    const attempt = await judge(waiting, working);
    const { id, changes } = attempt;
    try {
      const records = await recordsOf(changes, shown);
      const at = this.#replica.position;
      const answer = await store.commit({ id, at, doubtful: doubtful.map((one) => one.id), ...records });
      if (answer.kind === 'done') {
        this.#replica.keep(changes, answer.position);
        this.#problem = undefined;
        attempt.settle();
        return true;
      }
      // The library may have sent it a second time.
      if (answer.kind === 'already' && answer.id === id) doubtful.push(attempt);
    } catch (error) {
      if (error instanceof StoreProblem && error.isDoubtful) doubtful.push(attempt);
      this.#replica.undo(changes);
      throw error;
    }
    this.#replica.undo(changes);
    return false;
  }

  /** Reads what was changed. Whether one of the doubtful attempts had been done: then its answers are given. */
  async #settleDone(doubtful: readonly Attempt[]): Promise<boolean> {
    const done = await this.#catchUp(doubtful.map(({ id }) => id));
    const attempt = doubtful.find(({ id }) => done.includes(id));
    attempt?.settle();
    return attempt !== undefined;
  }

  async #catchUp(doubtful: readonly string[] = []): Promise<readonly string[]> {
    const done = await this.#replica.catchUp(doubtful);
    this.#problem = undefined;
    return done;
  }

  /** Deletes the groups whose time is over, so that who reads does not see them. */
  async #expire(): Promise<void> {
    const now = this.clock.wallSeconds();
    const keys = this.#replica.expiredBy(now).slice(0, KEYS_A_DELETE);
    if (keys.length === 0) return;
    const count = await new Promise<number>((resolve, reject) => {
      this.#commit([{ kind: 'delete', keys, expiredBy: now, resolve, reject }]).catch(reject);
    });
    this.#expired += count;
    if (count > 0) await this.#expire();
  }

  async #failure(error: unknown): Promise<unknown> {
    const { shown, working } = this.#options;
    if (error instanceof StoreProblem) {
      if (this.#problem !== error.message) this.#options.onProblem(error);
      this.#problem = error.message;
      return new NotSavedError(error.message, { cause: error });
    }
    // A bug of ours may have left what nobody has agreed to.
    if (!(error instanceof NotSavedError)) await inSlices(working.restoreAll(shown.groups()));
    return error;
  }

  #doubt(error: StoreProblem): NotSavedError {
    if (this.#problem !== error.message) this.#options.onProblem(error);
    this.#problem = error.message;
    return new NotSavedError(error.message, { cause: error, isDoubtful: true });
  }

  #pause(): Promise<void> {
    return new Promise((resolve) => {
      this.#options.clock.after(RETRY_SECONDS, resolve);
    });
  }

  #pollLater(): void {
    if (this.#isClosed || this.#cancelPoll !== undefined) return;
    this.#cancelPoll = this.#options.clock.after(POLL_SECONDS, () => {
      this.#cancelPoll = undefined;
      this.current().catch(() => undefined);
    });
  }
}
