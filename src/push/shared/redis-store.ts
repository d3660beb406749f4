import type { Clock } from '../../values/clock.js';
import { RedisLink, type RedisLinkOptions } from './redis-link.js';
import { CHANGES_SCRIPT, COMMIT_SCRIPT, type RedisScript, STORE_FORMAT, storeKeys } from './redis-scripts.js';
import {
  type ChangedRecord,
  type Changes,
  type Commit,
  type Committed,
  type SharedStore,
  type StorePosition,
  StoreProblem,
} from './shared-store.js';

/** Where the store is, and how sure a commit has to be. */
export interface RedisStoreOptions extends RedisLinkOptions {
  /** A commit is acknowledged when so many replicas have it (Redis' WAIT). */
  readonly waitReplicas: number;
  readonly clock: Clock;
}

/** The limits of one answer, unless it has one record only. */
const BYTES_AT_ONCE = 8 * 1024 * 1024;
const RECORDS_AT_ONCE = 1024;

/** How long replicas are waited for, in milliseconds. */
const WAIT_MS = 2000;

/** A store in Redis 7 or Valkey, changed by a script that Redis runs as one step. */
export class RedisStore implements SharedStore {
  readonly #options: RedisStoreOptions;
  readonly #link: RedisLink;
  readonly #keys: readonly string[];
  /** Until the store has answered, the own wall clock counts. */
  #aheadSeconds: number;

  constructor(options: RedisStoreOptions) {
    this.#options = options;
    this.#aheadSeconds = options.clock.wallSeconds() - options.clock.monotonicSeconds();
    this.#link = new RedisLink(options);
    this.#keys = storeKeys(options.url.prefix);
  }

  readonly aheadSeconds = (): number => this.#aheadSeconds;

  readonly changes = async (behind: StorePosition, doubtful: readonly string[]): Promise<Changes> => {
    const { version, epoch, commit } = behind;
    const args = [version, epoch, commit, BYTES_AT_ONCE, RECORDS_AT_ONCE, ...doubtful];
    const reply = await this.#run(CHANGES_SCRIPT, args);
    const kind = reply.text(0);
    const done = reply.doneOf(1, doubtful);
    if (kind === 'reload') return { kind, done };
    const state = reply.position(2);
    const records = reply.records(9);
    const hasMore = reply.count(8) === 1;
    // Reading would never end.
    if (hasMore && records.length === 0) throw odd('no records, and more of them');
    return { kind: 'changes', done, records, position: { ...state, version: reply.count(7) }, hasMore };
  };

  readonly commit = async ({ id, at, doubtful, put, remove }: Commit): Promise<Committed> => {
    const records = [...put].flat();
    const reply = await this.#run(COMMIT_SCRIPT, [
      ...[at.version, at.commit, at.epoch, id, doubtful.length],
      ...doubtful,
      put.size,
      ...records,
      ...remove,
    ]);
    const kind = reply.text(0);
    if (kind === 'behind') return { kind };
    if (this.#options.waitReplicas > 0) await this.#wait(id);
    if (kind === 'already') return { kind, id: reply.text(1) };
    const position = reply.position(1);
    const changed = put.size + remove.length;
    if (position.version !== at.version + changed || position.commit !== (changed > 0 ? id : at.commit)) {
      throw odd('a state that this change does not lead to');
    }
    return { kind: 'done', position };
  };

  readonly close = (): void => {
    this.#link.close();
  };

  async #wait(id: string): Promise<void> {
    const { waitReplicas } = this.#options;
    const [head = ''] = this.#keys;
    const have = await this.#link.wait(['HSET', head, 'waited', id], waitReplicas, WAIT_MS);
    if (typeof have === 'number' && have >= waitReplicas) return;
    const count = typeof have === 'number' ? have : 0;
    throw new StoreProblem(
      `only ${count} of ${waitReplicas} replicas of Redis have confirmed within ${WAIT_MS / 1000} s (--push.store-wait-replicas)`,
      { isDoubtful: true },
    );
  }

  async #run({ text, sha1, timeAt }: RedisScript, args: readonly (string | number | Buffer)[]): Promise<ScriptReply> {
    const { clock } = this.#options;
    const all = [this.#keys.length, ...this.#keys, ...args];
    const askedAt = clock.monotonicSeconds();
    let answer: unknown;
    try {
      answer = await this.#link.ask('EVALSHA', [sha1, ...all]);
    } catch (error) {
      if (!(error instanceof StoreProblem) || error.isDoubtful || !error.message.includes('NOSCRIPT')) throw error;
      answer = await this.#link.ask('EVAL', [text, ...all]);
    }
    const reply = new ScriptReply(answer);
    const seconds = reply.secondsAt(timeAt);
    if (seconds !== undefined) this.#noteTime(seconds, { askedAt, answeredAt: clock.monotonicSeconds() });
    return reply;
  }

  /**
   * Keeps the difference of the clocks. It is only as exact as the round trip was short, so a smaller change is
   * ignored.
   */
  #noteTime(seconds: number, { askedAt, answeredAt }: { readonly askedAt: number; readonly answeredAt: number }): void {
    const ahead = seconds - (askedAt + answeredAt) / 2;
    if (Math.abs(ahead - this.#aheadSeconds) > Math.abs(answeredAt - askedAt)) this.#aheadSeconds = ahead;
  }
}

/** The labels of a group, which come in a URL, and a name. */
const MOST_KEY_BYTES = 1024 * 1024;

const SHORTEST_INTEGER = /^\d{1,16}$/;

/** The answer of a script. It is not trusted: whatever is not as the scripts write it is a StoreProblem. */
class ScriptReply {
  readonly #values: readonly unknown[];

  constructor(answer: unknown) {
    if (!Array.isArray(answer)) throw odd('no list');
    this.#values = answer;
    const kind = this.text(0);
    if (kind === 'format') {
      throw new StoreProblem(
        `what is in Redis has the format ${this.text(1).slice(0, 20)}, and this version of Sonde knows ${STORE_FORMAT} only`,
      );
    }
    if (kind === 'lost') {
      throw new StoreProblem(
        `the key ${JSON.stringify(this.text(1).slice(0, 200))} in Redis is gone or too old: is maxmemory-policy noeviction?`,
      );
    }
    if (kind === 'damaged') {
      throw new StoreProblem(
        `records are missing in Redis, the first is ${JSON.stringify(this.text(1).slice(0, 200))}: is maxmemory-policy noeviction?`,
      );
    }
  }

  text(index: number): string {
    const value = this.#values[index];
    if (!Buffer.isBuffer(value)) throw odd(`no text at ${index}`);
    return value.toString();
  }

  /** A number from zero up that is exact. */
  count(index: number): number {
    const value = this.#values[index];
    const number = Buffer.isBuffer(value) && SHORTEST_INTEGER.test(value.toString()) ? Number(value.toString()) : value;
    if (typeof number !== 'number' || !Number.isSafeInteger(number) || number < 0) throw odd(`no number at ${index}`);
    return number;
  }

  position(index: number): StorePosition {
    return { version: this.count(index), commit: this.text(index + 1), epoch: this.text(index + 2) };
  }

  doneOf(index: number, ids: readonly string[]): readonly string[] {
    const flags = this.#values[index];
    if (!Array.isArray(flags)) throw odd(`no list at ${index}`);
    return ids.filter((_, at) => flags[at] === 1);
  }

  records(index: number): readonly ChangedRecord[] {
    const list: unknown = this.#values[index];
    if (!Array.isArray(list) || list.length % 2 !== 0 || list.length > 2 * RECORDS_AT_ONCE)
      throw odd(`no records at ${index}`);
    const records: ChangedRecord[] = [];
    for (let at = 0; at < list.length; at += 2) {
      const [key, payload] = list.slice(at, at + 2) as unknown[];
      if (!Buffer.isBuffer(key) || !Buffer.isBuffer(payload)) throw odd('records that are none');
      if (key.length > MOST_KEY_BYTES) throw odd('a key that is too long');
      records.push({ key: key.toString(), payload: payload.length === 0 ? undefined : payload });
    }
    return records;
  }

  /** The server's time where an answer has it: seconds and microseconds. */
  secondsAt(index: number): number | undefined {
    if (this.text(0) !== 'ok') return undefined;
    return this.count(index) + this.count(index + 1) / 1e6;
  }
}

function odd(what: string): StoreProblem {
  return new StoreProblem(`Redis answers a script with what it cannot give: ${what}`, { isDoubtful: true });
}
