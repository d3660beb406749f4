import { goQuote } from '../../values/go-quote.js';
import { canonicalHeaderName, commonHeaderName, isHeaderValue, isToken } from './http-headers.js';
import type { HttpHeaders } from './http-headers.js';

export interface ResponseHead {
  /** `HTTP/1.1`, as sent. */
  readonly version: string;
  readonly status: number;
  readonly headers: HttpHeaders;
}

/** An answer that is no HTTP/1 response; the text is Go's. */
export class MalformedResponse extends Error {
  override readonly name = 'MalformedResponse';
}

const LF = 0x0a;
const CR = 0x0d;

/** Where the head that starts at 0 ends (the index after its empty line), looking from `from` on; -1 if it is not complete yet. */
export function endOfHead(bytes: Buffer, from: number): number {
  let at = bytes.indexOf(LF, from);
  while (at !== -1) {
    const next = bytes[at + 1];
    if (next === LF) return at + 2;
    if (next === CR && bytes[at + 2] === LF) return at + 3;
    at = bytes.indexOf(LF, at + 1);
  }
  return -1;
}

/** Parses a complete head, its empty line included (RFC 9112 §2, as leniently as Go: bare line feeds, folded lines). Throws MalformedResponse. */
export function parseHead(bytes: Buffer): ResponseHead {
  const lines = decode(bytes).split('\n');
  const { version, status } = parseStatusLine(withoutCr(lines[0] ?? ''));
  return { version, status, headers: parseHeaderLines(lines.slice(1)) };
}

/** Throws MalformedResponse as soon as the first line shows it: whoever does not speak HTTP seldom sends an empty line. */
export function checkStatusLine(bytes: Buffer): void {
  const end = bytes.indexOf(LF);
  if (end !== -1) parseStatusLine(withoutCr(decode(bytes.subarray(0, end))));
}

/** Header values are UTF-8 where they are not ASCII. */
function decode(bytes: Buffer): string {
  return bytes.toString('utf8');
}

function withoutCr(line: string): string {
  return line.endsWith('\r') ? line.slice(0, -1) : line;
}

function parseStatusLine(line: string): { version: string; status: number } {
  const space = line.indexOf(' ');
  if (space === -1) throw new MalformedResponse(`malformed HTTP response ${goQuote(line)}`);
  const version = line.slice(0, space);
  const [code = ''] = line
    .slice(space + 1)
    .trimStart()
    .split(' ', 1);
  if (code.length !== 3) throw new MalformedResponse(`malformed HTTP status code ${goQuote(code)}`);
  if (!/^[0-9]{3}$/.test(code)) throw new MalformedResponse(`malformed HTTP status code ${goQuote(code)}`);
  if (!/^HTTP\/[0-9]\.[0-9]$/.test(version)) throw new MalformedResponse(`malformed HTTP version ${goQuote(version)}`);
  return { version, status: Number(code) };
}

/** Header lines up to the empty one. */
function parseHeaderLines(lines: readonly string[]): HttpHeaders {
  const headers = new Map<string, string[]>();
  for (const line of unfold(lines)) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    const value = trimBlanks(line.slice(colon + 1));
    const canonical = commonHeaderName(name) ?? checkedName(name);
    if (colon === -1 || canonical === undefined || !isHeaderValue(value)) {
      throw new MalformedResponse(`malformed MIME header line: ${line}`);
    }
    const values = headers.get(canonical);
    if (values === undefined) headers.set(canonical, [value]);
    else values.push(value);
  }
  return headers;
}

/** Go lets blanks in names pass; such a name is then kept as it is. Undefined for what is no name. */
function checkedName(name: string): string | undefined {
  if (!isToken(name.replaceAll(' ', ''))) return undefined;
  return name.includes(' ') ? name : canonicalHeaderName(name);
}

/** Without the blanks and tabs around it: a header's value may have others within. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09;
}

/** Lines that begin with white space continue the one before (obsolete, but Go reads them). */
function unfold(lines: readonly string[]): string[] {
  const whole: string[] = [];
  for (const raw of lines) {
    const line = withoutCr(raw);
    if (line === '') break;
    if (!isBlank(line.charCodeAt(0))) {
      whole.push(line);
      continue;
    }
    const before = whole.pop();
    if (before === undefined) throw new MalformedResponse(`malformed MIME header initial line: ${line}`);
    whole.push(`${before.trimEnd()} ${line.trim()}`);
  }
  return whole;
}
