interface Turn {
  readonly begin: () => void;
  /** Whether nobody needs the work any more. */
  readonly isOver: () => boolean;
}

/**
 * Begins work of several owners one piece a turn of the event loop, the owners by turns, so that one who asks for a
 * thousand things at once keeps another waiting for one of them. Work that is over before it begins costs nothing.
 */
export class FairTurns<Owner extends object> {
  readonly #waiting = new Map<Owner, Turn[]>();
  #isScheduled = false;

  add(owner: Owner, turn: Turn): void {
    const queue = this.#waiting.get(owner);
    if (queue === undefined) this.#waiting.set(owner, [turn]);
    else queue.push(turn);
    this.#schedule();
  }

  #schedule(): void {
    if (this.#isScheduled || this.#waiting.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      const next = this.#next();
      // Before the work, so that a bug in it does not stop what waits behind it.
      this.#schedule();
      next?.begin();
    });
  }

  #next(): Turn | undefined {
    for (const [owner, queue] of this.#waiting) {
      this.#waiting.delete(owner);
      const [turn, ...rest] = queue.filter((each) => !each.isOver());
      if (turn === undefined) continue;
      if (rest.length > 0) this.#waiting.set(owner, rest);
      return turn;
    }
    return undefined;
  }
}
