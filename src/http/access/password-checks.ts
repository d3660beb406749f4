import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { bytesOf } from '../../values/byte-string.js';
import type { Secret } from '../../values/secret.js';
import type { Credentials } from './basic-auth.js';

/** The answer to credentials; busy where too many others are being looked at. */
export type PasswordVerdict = 'right' | 'wrong' | 'busy';

/**
 * Compares a password with what is kept of the right one, which is a bcrypt hash as a rule: tens of milliseconds of CPU
 * and more, on a thread of its own.
 */
export type PasswordCompare = (password: string, hash: string) => Promise<boolean>;

/** Verdicts of each kind that are remembered; wrong ones never drive out right ones. */
const MOST_REMEMBERED = 100;
/** Addresses of which wrong passwords came. */
const MOST_REMEMBERED_ADDRESSES = 1000;

/**
 * The most comparisons that may wait, in total and for one address. An address that guesses passwords delays few other
 * clients, and none whose password was right before.
 */
const MOST_WAITING = 64;
const MOST_WAITING_FOR_ONE = 4;

/** Checks passwords one at a time, so that guessing them costs no more than one of the machine's cores. */
export class PasswordChecks {
  readonly #compare: PasswordCompare;
  /** Verdicts are kept by a keyed digest: neither passwords nor anything to guess them by stays in memory. */
  readonly #digestKey = randomBytes(32);
  readonly #right = new RecentKeys(MOST_REMEMBERED);
  readonly #wrong = new RecentKeys(MOST_REMEMBERED);
  readonly #running = new Map<string, Promise<boolean>>();
  readonly #waitingFor = new Map<string, number>();
  /** The comparisons that wait, and how often each of some addresses was wrong lately. */
  #queue: Queued[] = [];
  #isBusy = false;
  readonly #wrongFrom = new RecentCounts(MOST_REMEMBERED_ADDRESSES);

  constructor(compare: PasswordCompare = compareByBcrypt) {
    this.#compare = compare;
  }

  /** `client` is the address that the credentials came from. There must be users. */
  async check(
    { user, password }: Credentials,
    { users, client }: { users: ReadonlyMap<string, Secret>; client: string },
  ): Promise<PasswordVerdict> {
    const known = users.get(user);
    // A name that does not exist costs what another's password costs, so that time does not tell which names do.
    const hash = (known ?? [...users.values()][0])?.reveal() ?? '';
    const key = this.#digest([known === undefined ? 'unknown' : 'known', user, hash, password]);
    if (this.#right.has(key)) return 'right';
    if (this.#wrong.has(key)) return 'wrong';
    const running = this.#running.get(key) ?? this.#enqueue(key, client, () => this.#compare(password, hash));
    if (running === undefined) return 'busy';
    const verdict = (await running) && known !== undefined ? 'right' : 'wrong';
    (verdict === 'right' ? this.#right : this.#wrong).add(key);
    if (verdict === 'wrong') this.#wrongFrom.add(client);
    else this.#wrongFrom.forget(client);
    return verdict;
  }

  #enqueue(key: string, client: string, compare: () => Promise<boolean>): Promise<boolean> | undefined {
    const own = this.#waitingFor.get(client) ?? 0;
    if (this.#running.size >= MOST_WAITING || own >= MOST_WAITING_FOR_ONE) return undefined;
    this.#waitingFor.set(client, own + 1);
    const result = new Promise<boolean>((resolve, reject) => {
      this.#queue.push({ client, start: () => compare().then(resolve, reject) });
    }).finally(() => {
      this.#running.delete(key);
      this.#leave(client);
    });
    this.#running.set(key, result);
    this.#startNext();
    return result;
  }

  /**
   * Starts the comparison of the address with the fewest wrong passwords; among equals, of the latest. Guesses from
   * many addresses delay a right password by one comparison.
   */
  #startNext(): void {
    if (this.#isBusy) return;
    let best: Queued | undefined;
    for (const queued of this.#queue) {
      if (best === undefined || this.#wrongFrom.of(queued.client) <= this.#wrongFrom.of(best.client)) best = queued;
    }
    if (best === undefined) return;
    this.#queue = this.#queue.filter((queued) => queued !== best);
    this.#isBusy = true;
    void best.start().finally(() => {
      this.#isBusy = false;
      this.#startNext();
    });
  }

  #leave(client: string): void {
    const left = (this.#waitingFor.get(client) ?? 1) - 1;
    if (left === 0) this.#waitingFor.delete(client);
    else this.#waitingFor.set(client, left);
  }

  #digest(parts: readonly string[]): string {
    return createHmac('sha256', this.#digestKey).update(JSON.stringify(parts)).digest('base64');
  }
}

interface Queued {
  readonly client: string;
  /** Never rejects. */
  readonly start: () => Promise<void>;
}

/** Counts of events by name, for the names that had one last. */
class RecentCounts {
  readonly #counts = new Map<string, number>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  of(name: string): number {
    return this.#counts.get(name) ?? 0;
  }

  add(name: string): void {
    const count = this.of(name);
    this.#counts.delete(name);
    this.#counts.set(name, count + 1);
    for (const oldest of this.#counts.keys()) {
      if (this.#counts.size <= this.#most) return;
      this.#counts.delete(oldest);
    }
  }

  forget(name: string): void {
    this.#counts.delete(name);
  }
}

/** The keys that were used last. */
class RecentKeys {
  readonly #keys = new Set<string>();
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  has(key: string): boolean {
    if (!this.#keys.delete(key)) return false;
    this.#keys.add(key);
    return true;
  }

  add(key: string): void {
    this.#keys.add(key);
    for (const oldest of this.#keys) {
      if (this.#keys.size <= this.#most) return;
      this.#keys.delete(oldest);
    }
  }
}

/**
 * bcrypt is native code, which only services with users load. Its `$2a$`, `$2y$` and older forms are what it calls
 * `$2b$`, as by Go.
 */
async function compareByBcrypt(password: string, hash: string): Promise<boolean> {
  const { default: bcrypt } = await import('bcrypt');
  // The hash ends after 60 characters (59 with `$2$`). Characters after it are ignored, as upstream does.
  const whole = hash.slice(0, hash.startsWith('$2$') ? 59 : 60);
  return bcrypt.compare(Buffer.from(bytesOf(password)), whole.replace(/^\$2[axy]?\$/, '$2b$'));
}

/** Compares with the right password itself. How long it takes tells nothing of either. */
export function comparePlain(password: string, right: string): Promise<boolean> {
  const key = randomBytes(32);
  const digest = (text: string): Buffer => createHmac('sha256', key).update(bytesOf(text)).digest();
  return Promise.resolve(timingSafeEqual(digest(password), digest(right)));
}
