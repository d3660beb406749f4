import { HttpError } from '../../http/answers/http-reply.js';
import type { WebResponse } from '../../http/exchange.js';
import type { Clock } from '../../values/clock.js';
import { OpenList } from '../../values/lists/open-list.js';

/** Who wants a turn: the address of a client, and the answer that it waits for. */
export interface TurnOf {
  readonly client: string;
  readonly response: Pick<WebResponse, 'destroyed' | 'once'>;
}

/**
 * For how long a turn is waited for, in seconds. Senders do not wait for longer, as a rule, and what many have sent who
 * want no answer fills the room for bodies no longer than that.
 */
const LONGEST_WAIT_SECONDS = 30;

/**
 * Gives turns, one at a time: each address that waits has one after the other, in the order of asking. Whoever sends
 * much at once, or what takes long, has others wait for one of its turns and not for all.
 */
export class Turns {
  /** The address at the head of the line is the first. */
  readonly #waiting = new Map<string, OpenList<() => void>>();
  readonly #clock: Clock;
  #isBusy = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves to the result of `action`. Rejects with an HttpError, and holds nothing more, if the client leaves before
   * its turn, or its turn does not come in time.
   */
  async run<T>(turnOf: TurnOf, action: () => Promise<T>): Promise<T> {
    if (this.#isBusy) await this.#turn(turnOf);
    this.#isBusy = true;
    try {
      return await action();
    } finally {
      this.#isBusy = false;
      this.#next();
    }
  }

  #turn({ client, response }: TurnOf): Promise<void> {
    return new Promise((resolve, reject) => {
      const others = this.#waiting.get(client) ?? new OpenList();
      this.#waiting.set(client, others);
      const place = others.add(() => {
        cancelTimer();
        resolve();
      });
      const leave = (error: HttpError): void => {
        cancelTimer();
        others.remove(place);
        if (others.size === 0 && this.#waiting.get(client) === others) this.#waiting.delete(client);
        reject(error);
      };
      const cancelTimer = this.#clock.after(LONGEST_WAIT_SECONDS, () => {
        leave(new HttpError(429, 'too many large pushes at once; try again'));
      });
      const onClose = (): void => {
        leave(new HttpError(400, 'unexpected EOF'));
      };
      if (response.destroyed) onClose();
      else response.once('close', onClose);
    });
  }

  /** The address that has had a turn goes to the end of the line. */
  #next(): void {
    for (const [client, waiting] of this.#waiting) {
      const begin = waiting.takeFirst();
      this.#waiting.delete(client);
      if (waiting.size > 0) this.#waiting.set(client, waiting);
      if (begin === undefined) continue;
      // Nobody else may come between this and the turn.
      this.#isBusy = true;
      begin();
      return;
    }
  }
}
