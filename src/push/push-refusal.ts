import { ownText } from '../values/own-text.js';
import type { GroupFacts, GroupingKey } from './pushed-group.js';

/** `invalid`: the push is wrong. `too large`: no store would take it. `full`: other groups occupy the room. */
export type RefusalKind = 'invalid' | 'too large' | 'full';

/** A push is refused. The message is the answer to the client. */
export class PushRefusal extends Error {
  override readonly name = 'PushRefusal';
  readonly why: RefusalKind;

  constructor(why: RefusalKind, problem: string) {
    super(problem);
    this.why = why;
  }
}

interface Refused {
  readonly atSeconds: number;
  readonly text: string;
}

const MOST_GROUPS = 1000;
const LONGEST_TEXT = 500;

/**
 * Why the last push into a group was refused, for people who look at it; in memory only. The groups whose refusal is
 * oldest are forgotten first.
 */
export class RefusalTexts {
  /** Key: the id of the group's key. */
  readonly #byGroup = new Map<string, Refused>();

  note({ id }: GroupingKey, { atSeconds, text }: Refused): void {
    this.#byGroup.delete(id);
    const isLong = text.length > LONGEST_TEXT;
    this.#byGroup.set(id, { atSeconds, text: isLong ? `${ownText(text.slice(0, LONGEST_TEXT))}…` : text });
    if (this.#byGroup.size <= MOST_GROUPS) return;
    for (const oldest of this.#byGroup.keys()) {
      this.#byGroup.delete(oldest);
      return;
    }
  }

  /** The text of the failure that the group tells of; undefined if it is not known any more. */
  of({ id }: GroupingKey, { lastFailureSeconds }: Pick<GroupFacts, 'lastFailureSeconds'>): string | undefined {
    const found = this.#byGroup.get(id);
    return found?.atSeconds === lastFailureSeconds ? found.text : undefined;
  }
}
