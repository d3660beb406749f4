import type { ProbeLog } from '../../probe/probe-log.js';
import type { ProbeContext } from '../../probe/prober.js';
import { maskLogin } from '../../values/masked-text.js';
import { ownText } from '../../values/own-text.js';

/** What a chatty target adds to the log is bounded: so many lines of a dialogue, each cut to so many characters. */
const MOST_LINES = 50;
const MOST_CHARACTERS = 1024;

/** The log of what a target says. */
export class ReadLog {
  readonly #log: ProbeLog;
  #lines = 0;
  #last = '';

  constructor({ log, notes }: Pick<ProbeContext, 'log' | 'notes'>) {
    this.#log = log;
    notes.looksAt('received', () => this.#last);
  }

  read(text: string): void {
    this.#lines++;
    this.#last = text;
    if (this.#lines <= MOST_LINES) this.#log.debug('Read line', { line: shortened(text) });
    if (this.#lines === MOST_LINES) this.#log.debug('Further lines are not logged');
  }

  /** What has arrived so far, without a line of the log. */
  sees(text: string): void {
    this.#last = text;
  }

  matched(text: string, regexp: string): void {
    this.#log.debug('Regexp matched', { regexp, line: shortened(text) });
  }

  sending(text: string): void {
    this.#log.debug('Sending line', { line: shortened(maskLogin(text)) });
  }
}

/** A text of any length, fit for a log field. */
export function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${ownText(text.slice(0, MOST_CHARACTERS))}…`;
}
