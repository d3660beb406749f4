import type { Clock } from '../../../values/clock.js';

/** How many probes may run at once; 0 means any number. */
export interface ProbeLimits {
  readonly total: number;
  readonly perClient: number;
  /** The limit for probes whose targets have the same host. */
  readonly perTarget: number;
}

/** A probe that wants its turn. */
export interface Asker {
  readonly client: string;
  readonly host: string;
  /** The longest wait, in seconds. */
  readonly seconds: number;
  /** Aborted when the client no longer waits for the result. */
  readonly signal: AbortSignal;
}

/** The result of asking for a turn. The caller of a started probe must call `leave` when it has ended. */
export type Turn =
  { readonly kind: 'started'; readonly waitedSeconds: number; readonly leave: () => void } | { readonly kind: 'gone' };

interface Waiter extends Asker {
  readonly start: () => void;
  readonly giveUp: () => void;
}

/**
 * The longest queue: probes behind it would hardly start before their scrapes time out. Further ones are refused at
 * once.
 */
const MOST_WAITING = 1000;

const GONE: Turn = { kind: 'gone' };

/**
 * Admits probes within limits. Waiting probes are taken from their clients in turn, the oldest of each client first; a
 * probe whose client or target is busy is passed over. If the queue is full, the client with the most probes gives way.
 */
export class Admission {
  readonly #limits: ProbeLimits;
  readonly #clock: Clock;
  readonly #mostWaiting: number;
  readonly #clients = new Map<string, number>();
  readonly #hosts = new Map<string, number>();
  /** The client whose turn is next is first. */
  readonly #queues = new Map<string, Waiter[]>();
  #running = 0;
  #waiting = 0;

  constructor(limits: ProbeLimits, clock: Clock, mostWaiting = MOST_WAITING) {
    this.#limits = limits;
    this.#clock = clock;
    this.#mostWaiting = mostWaiting;
  }

  /** Whether there is any limit. */
  get isLimited(): boolean {
    const { total, perClient, perTarget } = this.#limits;
    return total + perClient + perTarget > 0;
  }

  /** How many probes wait for their turn. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Resolves when the probe may run, or cannot any more. Never rejects. */
  enter(asker: Asker): Promise<Turn> {
    if (this.#isFree(asker)) return Promise.resolve(this.#start(asker, 0));
    if (!(asker.seconds > 0) || asker.signal.aborted || !this.#makeRoom(asker)) return Promise.resolve(GONE);
    return this.#wait(asker);
  }

  #wait(asker: Asker): Promise<Turn> {
    return new Promise((resolve) => {
      const since = this.#clock.monotonicSeconds();
      const end = (turn: Turn): void => {
        cancelTimer();
        asker.signal.removeEventListener('abort', leave);
        resolve(turn);
      };
      const waiter: Waiter = {
        ...asker,
        start: () => {
          end(this.#start(asker, this.#clock.monotonicSeconds() - since));
        },
        giveUp: () => {
          end(GONE);
        },
      };
      const leave = (): void => {
        this.#remove(waiter);
        end(GONE);
      };
      const cancelTimer = this.#clock.after(asker.seconds, leave);
      asker.signal.addEventListener('abort', leave);
      const queue = this.#queues.get(asker.client);
      if (queue === undefined) this.#queues.set(asker.client, [waiter]);
      else queue.push(waiter);
      this.#waiting++;
    });
  }

  #isFree({ client, host }: Asker): boolean {
    const { total } = this.#limits;
    return (total === 0 || this.#running < total) && this.#isClientFree(client) && this.#isHostFree(host);
  }

  #isClientFree(client: string): boolean {
    const { perClient } = this.#limits;
    return perClient === 0 || (this.#clients.get(client) ?? 0) < perClient;
  }

  #isHostFree(host: string): boolean {
    const { perTarget } = this.#limits;
    return perTarget === 0 || (this.#hosts.get(host) ?? 0) < perTarget;
  }

  #start({ client, host }: Asker, waitedSeconds: number): Turn {
    this.#running++;
    add(this.#clients, client, 1);
    add(this.#hosts, host, 1);
    let hasLeft = false;
    const leave = (): void => {
      if (hasLeft) return;
      hasLeft = true;
      this.#running--;
      add(this.#clients, client, -1);
      add(this.#hosts, host, -1);
      this.#startWaiting();
    };
    return { kind: 'started', waitedSeconds, leave };
  }

  #startWaiting(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#remove(next);
      const others = this.#queues.get(next.client);
      if (others !== undefined) {
        this.#queues.delete(next.client);
        this.#queues.set(next.client, others);
      }
      next.start();
    }
  }

  #next(): Waiter | undefined {
    const { total } = this.#limits;
    if (total > 0 && this.#running >= total) return undefined;
    for (const [client, queue] of this.#queues) {
      const next = this.#isClientFree(client) ? queue.find(({ host }) => this.#isHostFree(host)) : undefined;
      if (next !== undefined) return next;
    }
    return undefined;
  }

  /** Whether one more may wait; perhaps the latest of the client with most has to go. */
  #makeRoom({ client }: Asker): boolean {
    if (this.#waiting < this.#mostWaiting) return true;
    const longest = [...this.#queues.values()].reduce((one, other) => (other.length > one.length ? other : one), []);
    const own = this.#queues.get(client)?.length ?? 0;
    const last = longest.at(-1);
    if (last === undefined || longest.length <= own + 1) return false;
    this.#remove(last);
    last.giveUp();
    return true;
  }

  #remove(waiter: Waiter): void {
    const queue = this.#queues.get(waiter.client);
    const at = queue?.indexOf(waiter) ?? -1;
    if (queue === undefined || at < 0) return;
    queue.splice(at, 1);
    this.#waiting--;
    if (queue.length === 0) this.#queues.delete(waiter.client);
  }
}

function add(counts: Map<string, number>, key: string, change: number): void {
  const count = (counts.get(key) ?? 0) + change;
  if (count === 0) counts.delete(key);
  else counts.set(key, count);
}
