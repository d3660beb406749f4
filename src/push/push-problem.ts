/** Before every reason why a push cannot be taken in (upstream's text). */
const PREFIX = 'pushed metrics are invalid or inconsistent with existing metrics: ';

/** An answer stays short, whatever was pushed. */
const MOST_LISTED = 20;

/** What is wrong with one push, in the order of its finding. */
export class PushProblems {
  readonly #listed: string[] = [];
  #count = 0;

  /** The text is only made if it will be seen: there may be as many problems as series. */
  add(problem: () => string): void {
    this.#count += 1;
    if (this.#listed.length < MOST_LISTED) this.#listed.push(problem());
  }

  get count(): number {
    return this.#count;
  }

  /** One text for all, laid out as client_golang's MultiError. */
  text(): string {
    const [first = ''] = this.#listed;
    if (this.#count === 1) return PREFIX + first;
    const lines = this.#listed.map((problem) => `\n* ${problem}`);
    const more = this.#count - this.#listed.length;
    return `${PREFIX}${this.#count} error(s) occurred:${lines.join('')}${more > 0 ? `\n* and ${more} more` : ''}`;
  }
}

/** The refusal of metrics that are in disorder by themselves. */
export function refusalText(problem: string): string {
  return PREFIX + problem;
}

/** The refusal of metrics with timestamps, which upstream's FAQ explains. */
export const TIMESTAMPS_REFUSED = `${PREFIX}pushed metrics must not have timestamps`;
