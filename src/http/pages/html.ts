/**
 * HTML that may be sent as it is. Only the tag `html` makes it, so that text from outside cannot get into a page
 * without being escaped.
 */
export class Html {
  readonly #text: string;

  /** The key is known in this file only. */
  constructor(text: string, _key: typeof MAKER) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

const MAKER = Symbol('html');

/**
 * A value of a template: text and numbers are escaped, HTML is inserted as it is, lists are joined without a separator,
 * and undefined leaves nothing.
 */
export type HtmlValue = string | number | Html | readonly HtmlValue[] | undefined;

/** A template literal as HTML; values are escaped for text and for attributes in quotes. */
export function html(literals: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  const text = literals.map((literal, index) => literal + valueText(values[index]));
  return new Html(text.join(''), MAKER);
}

function valueText(value: HtmlValue): string {
  if (value === undefined) return '';
  if (value instanceof Html) return value.toString();
  return typeof value === 'object' ? value.map(valueText).join('') : escapeHtml(String(value));
}

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  ['>', '&gt;'],
  ["'", '&#39;'],
  ['"', '&#34;'],
]);

function escapeHtml(text: string): string {
  return text.replace(/[&<>'"]/g, (character) => ESCAPES.get(character) ?? character);
}

/** Style or script that stands in our own source. Never for text with anything in it that came from outside. */
export function trustedHtml(text: string): Html {
  return new Html(text, MAKER);
}

/** Pieces with a separator between them. */
export function joinHtml(pieces: readonly HtmlValue[], separator: string): Html {
  return html`${pieces.map((piece, index) => (index === 0 ? piece : [separator, piece]))}`;
}
