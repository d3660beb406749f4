/** The beginning of every refusal (upstream's text). */
const PREFIX = 'pushed metrics are invalid or inconsistent with existing metrics: ';

/** The largest number of problems in an answer, which keeps it short. */
const MOST_LISTED = 20;

/** The problems of one push, in the order in which they are found. */
export class PushProblems {
  readonly #listed: string[] = [];
  #count = 0;

  /** Adds a problem. Its text is only made if it will be shown, because there may be as many problems as series. */
  add(problem: () => string): void {
    this.#count += 1;
    if (this.#listed.length < MOST_LISTED) this.#listed.push(problem());
  }

  get count(): number {
    return this.#count;
  }

  /** Returns one text for all problems, in the layout of client_golang's MultiError. */
  text(): string {
    const [first = ''] = this.#listed;
    if (this.#count === 1) return PREFIX + first;
    const lines = this.#listed.map((problem) => `\n* ${problem}`);
    const more = this.#count - this.#listed.length;
    return `${PREFIX}${this.#count} error(s) occurred:${lines.join('')}${more > 0 ? `\n* and ${more} more` : ''}`;
  }
}

/** Returns the refusal of metrics that are inconsistent in themselves. */
export function refusalText(problem: string): string {
  return PREFIX + problem;
}

/** The refusal of metrics with timestamps, which upstream's FAQ explains. */
export const TIMESTAMPS_REFUSED = `${PREFIX}pushed metrics must not have timestamps`;
