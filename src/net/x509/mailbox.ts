import { isValidDomain } from './domain.js';

/** The two sides of a mail address. */
export interface Mailbox {
  /** The part before the `@`, without quotes and escapes. */
  readonly local: string;
  readonly domain: string;
}

const ATOM = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~.]$/;

/**
 * Parses a Mailbox (RFC 2821, section 4.1.2) as leniently as Go does (RFC 3696). Returns undefined if the text is not
 * one. This is linear in its length.
 */
export function parseMailbox(text: string): Mailbox | undefined {
  const found = text.startsWith('"') ? quotedLocal(text) : plainLocal(text);
  if (found === undefined || text[found.end] !== '@') return undefined;
  const domain = text.slice(found.end + 1);
  // Go accepts an empty domain here.
  return isValidDomain(domain) ? { local: found.local, domain } : undefined;
}

interface Local {
  readonly local: string;
  readonly end: number;
}

function quotedLocal(text: string): Local | undefined {
  const characters: string[] = [];
  for (let at = 1; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x22) return { local: characters.join(''), end: at + 1 };
    if (code === 0x5c) {
      const escaped = text.charCodeAt(++at);
      if (!isQuotable(escaped)) return undefined;
    } else if (!isQuotedText(code)) return undefined;
    characters.push(text[at] ?? '');
  }
  return undefined;
}

/** Whether the character may follow a backslash. */
function isQuotable(code: number): boolean {
  return code >= 1 && code <= 127 && code !== 10 && code !== 13;
}

/** Whether the character may stand in quotes without an escape. */
function isQuotedText(code: number): boolean {
  return isQuotable(code) && code !== 9 && code !== 0x22 && code !== 0x5c;
}

function plainLocal(text: string): Local | undefined {
  const characters: string[] = [];
  let at = 0;
  while (at < text.length) {
    // A backslash escapes any character.
    if (text[at] === '\\') at++;
    else if (!ATOM.test(text[at] ?? '')) break;
    if (at >= text.length) return undefined;
    characters.push(text[at++] ?? '');
  }
  const local = characters.join('');
  const isBroken = local === '' || local.startsWith('.') || local.endsWith('.') || local.includes('..');
  return isBroken ? undefined : { local, end: at };
}
