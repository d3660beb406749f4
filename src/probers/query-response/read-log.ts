import type { ProbeLog } from '../../probe/probe-log.js';
import type { ProbeContext } from '../../probe/prober.js';
import { maskLogin } from '../../values/masked-text.js';
import { ownText } from '../../values/own-text.js';
import type { Utterance } from './query-step.js';

/**
 * The most lines of a dialogue that are logged, and the most characters of each. They bound what a target adds to the
 * log.
 */
const MOST_LINES = 50;
const MOST_CHARACTERS = 1024;
/** More characters than that, in whatever encoding. */
const MOST_SENT_BYTES = 4 * MOST_CHARACTERS;

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

  /**
   * Logs the beginning of what is about to be sent, without logins. Those of the module are not to be shown from now
   * on. A server may have written megabytes of it.
   */
  sending(send: Utterance, bytes: Uint8Array): void {
    for (const login of send.kind === 'text' ? send.logins : []) this.#secrets.use(login);
    const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, MOST_SENT_BYTES));
    const text = start.toString(send.kind === 'bytes' ? 'hex' : 'utf8');
    this.#log.debug('Sending line', { line: shortened(maskLogin(text)) });
  }
}

/** A text of any length, fit for a log field. */
export function shortened(text: string): string {
  return text.length <= MOST_CHARACTERS ? text : `${ownText(text.slice(0, MOST_CHARACTERS))}…`;
}
