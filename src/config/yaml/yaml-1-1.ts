/** A place that YAML 1.1 does not allow, as yaml.v3 reads it, and js-yaml does. */
export interface Refused {
  readonly offset: number;
  readonly message: string;
}

/**
 * The longest key without `?` before it, from its first character to the colon, in characters (YAML 1.1, 7.4.1: "at
 * most 1024"); it also has to be on one line.
 */
const LONGEST_KEY = 1024;

// What is not printable (YAML 1.1, 5.1); the surrogates of a pair are told from lone ones by the flag.
const NOT_PRINTABLE = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;

/** Returns the first character of a text that YAML does not allow, not even in quotes and comments. */
export function refusedCharacter(text: string): Refused | undefined {
  const found = NOT_PRINTABLE.exec(text);
  if (found === null) return undefined;
  const code = (found[0].codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
  return { offset: found.index, message: `control characters are not allowed, also in quotes (U+${code})` };
}

const LONGEST_SHOWN = 40;

/** Returns the first directive before the document that yaml.v3 refuses. */
export function refusedDirective(text: string): Refused | undefined {
  const seen = new Set<string>();
  let offset = 0;
  for (const line of beginning(text)) {
    const message = line.startsWith('%') ? problemOf(line, seen) : undefined;
    if (message !== undefined) return { offset, message };
    offset += line.length + 1;
  }
  return undefined;
}

/** The lines before the first one that is no directive, comment or blank. */
function* beginning(text: string): Generator<string> {
  for (let at = 0; at < text.length;) {
    const next = text.indexOf('\n', at);
    const end = next < 0 ? text.length : next;
    if (!/^[\ufeff\s]*(?:$|#)|^%/.test(text.slice(at, Math.min(end, at + LONGEST_KEY)))) return;
    yield text.slice(at, end);
    at = end + 1;
  }
}

function problemOf(line: string, seen: Set<string>): string | undefined {
  const name = /^%(\S*)/.exec(line)?.[1] ?? '';
  const rest = line.slice(1 + name.length).trim();
  if (name !== 'YAML' && name !== 'TAG') {
    return `unknown directive %${name.slice(0, LONGEST_SHOWN)}; a text that begins with % has to be in quotes`;
  }
  const key = name === 'TAG' ? `TAG ${/^\S*/.exec(rest)?.[0] ?? ''}` : name;
  if (seen.has(key)) return `a second directive %${key.slice(0, LONGEST_SHOWN)}`;
  seen.add(key);
  if (name === 'TAG' || /^1\.1\s*(?:#.*)?$/.test(rest)) return undefined;
  return 'only %YAML 1.1 is read, as by blackbox_exporter; leave the line out';
}

/** Returns what is wrong with a key that begins and ends there in the text. */
export function refusedKey(text: string, start: number, end: number): string | undefined {
  const colon = endOfBlanks(text, end);
  if (text[colon] !== ':' || isExplicit(text, start)) return undefined;
  if (colon - start > LONGEST_KEY) {
    return `a key has at most ${LONGEST_KEY} characters; a longer one needs a question mark and a blank before it`;
  }
  if (!text.slice(start, colon).includes('\n')) return undefined;
  return 'a key and its colon have to be on one line, unless a question mark and a blank are before it';
}

function endOfBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at++;
  return at;
}

/** Whether the last thing before the key is the indicator `?`. */
function isExplicit(text: string, start: number): boolean {
  let at = start - 1;
  while (at >= 0 && ' \t\r\n'.includes(text.charAt(at))) at--;
  return text[at] === '?';
}

/** A backslash in double quotes, with what belongs to it. */
const ESCAPES = /\\(?:u([\da-fA-F]{4})|U([\da-fA-F]{8})|[^])/g;
const LAST_CODE_POINT = 0x10ffff;

/** Returns the first escape between two offsets, in double quotes, that stands for no character. */
export function refusedEscape(text: string, start: number, end: number): Refused | undefined {
  for (const { 0: escape, 1: short, 2: long, index } of text.slice(start, end).matchAll(ESCAPES)) {
    const code = Number.parseInt(short ?? long ?? '0', 16);
    if (code > LAST_CODE_POINT || (code >= 0xd800 && code <= 0xdfff)) {
      const message = `${escape} stands for no character; write the character itself, or its code behind \\U`;
      return { offset: start + index, message };
    }
  }
  return undefined;
}

/** Returns what is wrong with the name of an anchor whose `&` is at that offset. The name may be a secret. */
export function refusedAnchor(name: string, offset: number): Refused | undefined {
  if (/^[\w-]+$/.test(name)) return undefined;
  const message = 'an anchor has only letters, digits, - and _; a text that begins with & has to be in quotes';
  return { offset, message };
}

/** Returns what is wrong with a tag at that offset. */
export function refusedTag(tag: string, offset: number): Refused | undefined {
  if (tag !== '!!' && tag !== '!<>') return undefined;
  return { offset, message: 'the name of the tag is missing; a text that begins with ! has to be in quotes' };
}

/**
 * Returns the colon before which a key is missing, if one is the next thing behind the text that ends at `from`, or
 * behind the colon of that text if it is a key.
 */
export function refusedEmptyKey(text: string, from: number, isKey: boolean): Refused | undefined {
  const next = endOfFiller(text, from);
  const offset = isKey && text[next] === ':' ? endOfFiller(text, next + 1) : next;
  return text[offset] === ':' ? { offset, message: 'there is no key before the `:`' } : undefined;
}

/** Passes the quote at the end of a text, marks of collections, blanks and comments. */
function endOfFiller(text: string, from: number): number {
  let at = from;
  while (at < text.length && '"\'[]{},# \t\r\n'.includes(text.charAt(at))) {
    const end = text[at] === '#' ? text.indexOf('\n', at) : at;
    at = end < 0 ? text.length : end + 1;
  }
  return at;
}
