import { wellFormed } from '../../values/byte-string.js';
import { goQuote } from '../../values/go/go-quote.js';
import { shownText } from '../../values/shown-text.js';
import { canonicalHeaderName, commonHeaderName, type HttpHeaders, isHeaderValue, isToken } from './http-headers.js';
import { MalformedResponse } from './malformed-response.js';
import { HeadTooLarge } from './no-head.js';

/** A name is rewritten letter by letter, and nobody has one that is as long. */
const LONGEST_NAME = 8 * 1024;

/** Collects the fields of one head; each line is looked at once. */
export class HeaderFields {
  readonly #headers = new Map<string, string[]>();
  /**
   * The last line, to which folded ones are added (obsolete, but Go reads them): joined only when the field is whole.
   */
  #line: string | undefined;
  readonly #folded: string[] = [];

  /** Takes a line that is not empty. Throws MalformedResponse, HeadTooLarge. */
  take(line: string): void {
    if (!isBlank(line.charCodeAt(0))) {
      this.#endField();
      // A folded line must not bring the colon.
      if (!line.includes(':')) {
        throw new MalformedResponse(`malformed MIME header: missing colon: ${goQuote(shownText(line))}`);
      }
      this.#line = line;
    } else if (this.#line === undefined) {
      throw new MalformedResponse(`malformed MIME header initial line: ${shownText(wellFormed(line))}`);
    } else {
      this.#folded.push(trimBlanks(line));
    }
  }

  finish(): HttpHeaders {
    this.#endField();
    return this.#headers;
  }

  #endField(): void {
    if (this.#line === undefined) return;
    this.#add(this.#folded.length === 0 ? this.#line : [trimEnd(this.#line), ...this.#folded.splice(0)].join(' '));
  }

  #add(line: string): void {
    const colon = line.indexOf(':');
    if (colon > LONGEST_NAME) throw new HeadTooLarge(LONGEST_NAME, 'bytes in a name');
    const name = line.slice(0, colon);
    const value = trimBlanks(line.slice(colon + 1));
    const canonical = commonHeaderName(name) ?? checkedName(name);
    if (canonical === undefined || !isHeaderValue(value)) {
      throw new MalformedResponse(`malformed MIME header line: ${shownText(wellFormed(line))}`);
    }
    const kept = keptValue(canonical, value);
    const values = this.#headers.get(canonical);
    if (values === undefined) this.#headers.set(canonical, [kept]);
    else values.push(kept);
  }
}

/** Only where a redirect leads is asked for with the bytes that are no UTF-8. */
function keptValue(name: string, value: string): string {
  return name === 'Location' ? value : wellFormed(value);
}

/** Go lets blanks in names pass; such a name is then kept as it is. Undefined for what is no name. */
function checkedName(name: string): string | undefined {
  if (!isToken(name.replaceAll(' ', ''))) return undefined;
  return name.includes(' ') ? name : canonicalHeaderName(name);
}

/** Removes the blanks and tabs around a value; others within it stay. */
function trimBlanks(text: string): string {
  let start = 0;
  const end = trimEnd(text).length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  return text.slice(start, end);
}

function trimEnd(text: string): string {
  let end = text.length;
  while (end > 0 && isBlank(text.charCodeAt(end - 1))) end--;
  return end === text.length ? text : text.slice(0, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}
