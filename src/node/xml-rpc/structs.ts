import type { Clock } from '../../values/clock.js';
import { takeTurns } from '../take-turns.js';

/** The members of a struct, by their names; values are texts as written. */
export type Members = ReadonlyMap<string, string>;

/**
 * Reads the structs of an answer of XML-RPC whose members are plain values, in the order in which they come. Throws an
 * Error for an answer that is a fault, or that is none.
 */
export async function readStructs(xml: string, clock: Clock): Promise<readonly Members[]> {
  const reader = new StructReader();
  await takeTurns(piecesOf(xml), clock, reader.take);
  return reader.finish();
}

/** A tag without its brackets, or a text. */
interface Piece {
  readonly isTag: boolean;
  readonly text: string;
}

function* piecesOf(xml: string): Generator<Piece> {
  for (let at = 0; at < xml.length;) {
    const open = xml.indexOf('<', at);
    if (open !== at) yield { isTag: false, text: xml.slice(at, open < 0 ? xml.length : open) };
    if (open < 0) return;
    const close = xml.indexOf('>', open);
    if (close < 0) throw new Error('the answer of XML-RPC is cut off');
    yield { isTag: true, text: xml.slice(open + 1, close) };
    at = close + 1;
  }
}

class StructReader {
  readonly #structs: Members[] = [];
  #members = new Map<string, string>();
  #name = '';
  #value = '';
  #text = '';
  #isFault = false;
  #isWhole = false;

  readonly take = ({ isTag, text }: Piece): void => {
    if (!isTag) {
      this.#text += text;
      return;
    }
    // The text of an element is what stands before its end, and after the last tag before.
    const before = unescapeXml(this.#text);
    this.#text = '';
    if (text === 'struct') this.#members = new Map();
    else if (text === 'fault') this.#isFault = true;
    else if (text === 'value') this.#value = '';
    else if (text === '/name') this.#name = before.trim();
    else if (text === '/member') this.#members.set(this.#name, this.#value);
    else if (text === '/struct') this.#structs.push(this.#members);
    else if (text === '/methodResponse') this.#isWhole = true;
    else if (text.startsWith('/')) this.#value ||= before;
  };

  finish(): readonly Members[] {
    if (!this.#isWhole) throw new Error('the answer of XML-RPC is none, or cut off');
    if (this.#isFault) {
      const { length } = this.#structs;
      const why = this.#structs[length - 1]?.get('faultString') ?? 'a fault without a reason';
      throw new Error(`XML-RPC answers: ${why.slice(0, 200)}`);
    }
    return this.#structs;
  }
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
]);

/** `&lt;` → `<`; other text is unchanged. */
function unescapeXml(text: string): string {
  return text.replace(/&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,4}));/gi, (whole, decimal, hex, name) => {
    if (typeof name === 'string') return NAMED.get(name) ?? whole;
    const code = typeof decimal === 'string' ? Number(decimal) : Number.parseInt(String(hex), 16);
    return code <= 0x10_ff_ff ? String.fromCodePoint(code) : whole;
  });
}
