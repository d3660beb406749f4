import type { CancelTimer, Clock } from '../../../values/clock.js';
import { type Asker, FairQueue } from './fair-queue.js';

/**
 * The most answers that are made at once. More would not be made sooner, since they share one thread, and each would
 * take longer.
 */
export const MOST_ANSWERS_MADE = 32;

/** The most requests that wait for a place; one more has the one refused that would have its turn last. */
export const MOST_REQUESTS_WAITING = 1000;

/**
 * How long a client may take nothing before another has its place, in seconds. It loses nothing but that: once it takes
 * something, it waits for its turn again.
 */
export const REST_SECONDS = 0.04;

/** How often that is looked at where requests wait, in seconds. */
const LOOK_SECONDS = REST_SECONDS / 4;

/** What a place is told by those who want it. */
interface PlaceOptions extends Asker {
  /** Called in place of what was to be done, if too many wait. */
  readonly refuse: () => void;
}

/**
 * Places for answers in the making. Where all are taken, requests wait, and take turns by address and connection. A
 * place is free once the answer is made, or while its client takes nothing: clients that read slowly, or nothing, keep
 * nobody waiting.
 */
export class AnswerPlaces {
  readonly #clock: Pick<Clock, 'monotonicSeconds' | 'after'>;
  readonly #held = new Set<AnswerPlace>();
  readonly #newcomers = new FairQueue<AnswerPlace>();
  /** Those whose client had taken nothing for a while, and then something. */
  readonly #resumed = new FairQueue<AnswerPlace>();
  #wasResumed = false;
  #cancelLook: CancelTimer | undefined;
  #isFilling = false;

  constructor(clock: Pick<Clock, 'monotonicSeconds' | 'after'>) {
    this.#clock = clock;
  }

  /** How many are held, and how many wait for one. */
  get counts(): { readonly held: number; readonly waiting: number } {
    return { held: this.#held.size, waiting: this.#waiting };
  }

  /** A place that nobody holds yet. The caller has to `leave` it. */
  open(options: PlaceOptions): AnswerPlace {
    return new AnswerPlace(options, {
      take: (place) => {
        this.#take(place);
      },
      rest: (place) => {
        if (this.#held.has(place)) place.restsSince ??= this.#clock.monotonicSeconds();
      },
      leave: (place) => {
        this.#newcomers.remove(place);
        this.#resumed.remove(place);
        this.#held.delete(place);
        this.#fill();
      },
    });
  }

  /** Nobody holds a place any more, and nobody waits for one. */
  clear(): void {
    this.#newcomers.clear();
    this.#resumed.clear();
    this.#held.clear();
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  get #waiting(): number {
    return this.#newcomers.length + this.#resumed.length;
  }

  #take(place: AnswerPlace): void {
    place.restsSince = undefined;
    if (this.#held.has(place)) {
      place.goOn();
      return;
    }
    (place.hasBegun ? this.#resumed : this.#newcomers).add(place);
    this.#fill();
    if (this.#newcomers.length > MOST_REQUESTS_WAITING) this.#newcomers.dropLast()?.refuse();
  }

  #fill(): void {
    // What goes on may free its place at once.
    if (this.#isFilling) return;
    this.#isFilling = true;
    try {
      while (this.#waiting > 0 && (this.#held.size < MOST_ANSWERS_MADE || this.#clear())) {
        const place = this.#next();
        if (place === undefined) break;
        this.#held.add(place);
        place.goOn();
      }
    } finally {
      this.#isFilling = false;
    }
    if (this.#waiting > 0) this.#lookLater();
  }

  /** Both kinds have turns, so that neither many requests nor many slow readers keep the others waiting. */
  #next(): AnswerPlace | undefined {
    this.#wasResumed = this.#newcomers.length === 0 || (this.#resumed.length > 0 && !this.#wasResumed);
    return (this.#wasResumed ? this.#resumed : this.#newcomers).next();
  }

  /** Frees the place of the client that has taken nothing for the longest time. Returns whether there is one. */
  #clear(): boolean {
    const since = (place: AnswerPlace): number => place.restsSince ?? Infinity;
    const longest = [...this.#held].reduce((a, b) => (since(b) < since(a) ? b : a));
    if (this.#clock.monotonicSeconds() - since(longest) < REST_SECONDS) return false;
    return this.#held.delete(longest);
  }

  #lookLater(): void {
    this.#cancelLook ??= this.#clock.after(LOOK_SECONDS, () => {
      this.#cancelLook = undefined;
      this.#fill();
    });
  }
}

/** What happens to a place. */
interface PlaceEvents {
  readonly take: (place: AnswerPlace) => void;
  readonly rest: (place: AnswerPlace) => void;
  readonly leave: (place: AnswerPlace) => void;
}

/** The place of one answer. */
export class AnswerPlace implements Asker {
  readonly address: string;
  readonly connection: string;
  readonly refuse: () => void;
  readonly #events: PlaceEvents;
  #todo: (() => void) | undefined;
  #hasBegun = false;
  #isOver = false;
  /** Since when it has been the client's turn, on the monotonic clock. */
  restsSince: number | undefined;

  constructor({ address, connection, refuse }: PlaceOptions, events: PlaceEvents) {
    this.address = address;
    this.connection = connection;
    this.refuse = refuse;
    this.#events = events;
  }

  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Does `todo` once there is a place for it, in place of what still waits for that. */
  take(todo: () => void): void {
    if (this.#isOver) return;
    const isWaiting = this.#todo !== undefined;
    this.#todo = todo;
    if (!isWaiting) this.#events.take(this);
  }

  /** Does what was to be done. */
  goOn(): void {
    const todo = this.#todo;
    this.#todo = undefined;
    this.#hasBegun = true;
    todo?.();
  }

  /** It is the client's turn now. */
  rest(): void {
    this.#events.rest(this);
  }

  /** The answer is made, or nobody waits for it. */
  leave(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#events.leave(this);
  }
}
