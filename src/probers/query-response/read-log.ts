import type { ProbeLog } from '../../probe/probe-log.js';
import type { ProbeContext } from '../../probe/prober.js';
import { loginSecrets, maskLogin } from '../../values/masked-text.js';
import { ownText } from '../../values/own-text.js';
import { Secret } from '../../values/secret.js';

/**
 * The most lines of a dialogue that are logged, and the most characters of each. They bound what a target adds to the
 * log.
 */
const MOST_LINES = 50;
const MOST_CHARACTERS = 1024;

/** The log of what a target says. */
export class ReadLog {
  readonly #log: ProbeLog;
  readonly #secrets: ProbeContext['secrets'];
  #lines = 0;
  #last = '';

  constructor({ log, notes, secrets }: Pick<ProbeContext, 'log' | 'notes' | 'secrets'>) {
    this.#log = log;
    this.#secrets = secrets;
    notes.looksAt('received', () => this.#last);
  }

  read(text: string): void {
    this.#lines++;
    this.#last = text;
    if (this.#lines <= MOST_LINES) this.#log.debug('Read line', { line: shortened(text) });
    if (this.#lines === MOST_LINES) this.#log.debug('Further lines are not logged');
  }

  /** Records the received text for reports, without a log line. */
  sees(text: string): void {
    this.#last = text;
  }

  matched(text: string, regexp: string): void {
    this.#log.debug('Regexp matched', { regexp, line: shortened(text) });
  }

  /** Logs what is about to be sent, without logins, which are not to be shown from now on. */
  sending(text: string): void {
    for (const secret of loginSecrets(text)) this.#secrets.use(new Secret(secret));
    this.#log.debug('Sending line', { line: shortened(maskLogin(text)) });
  }
}

/** A text of any length, fit for a log field. */
export function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${ownText(text.slice(0, MOST_CHARACTERS))}…`;
}
