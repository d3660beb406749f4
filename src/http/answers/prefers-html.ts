import { remembered } from '../../values/remembered.js';
import type { WebRequest } from '../exchange.js';
import type { Reply } from './http-reply.js';

/** Browsers and tools send the same few headers with every request. */
const HEADERS_REMEMBERED = 64;
/** The most ranges of a header that are looked at, and of characters in it: no browser sends a tenth. */
const MOST_RANGES = 64;
const LONGEST_HEADER = 4096;

/**
 * Whether the client prefers HTML to plain text (RFC 9110, 12.5.1): browsers name `text/html`, curl and Prometheus do
 * not. Without a preference the answer is text.
 */
export function prefersHtml(request: Pick<WebRequest, 'headers'>): boolean {
  const { accept } = request.headers;
  return accept !== undefined && accept.length <= LONGEST_HEADER && prefers(accept);
}

/** An answer that depends on `prefersHtml`, and says so to caches. */
export function varyingByAccept(reply: Reply): Reply {
  return { ...reply, headers: { ...reply.headers, Vary: 'Accept' } };
}

const prefers = remembered((accept: string) => {
  const ranges = accept.toLowerCase().split(',', MOST_RANGES).map(parseRange);
  return qualityOf('html', ranges) > qualityOf('plain', ranges);
}, HEADERS_REMEMBERED);

interface Range {
  readonly type: string;
  readonly quality: number;
}

/** Parameters other than the quality name a form of text that nobody has here; they are passed over. */
function parseRange(text: string): Range {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim());
  const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2) ?? '1';
  return { type, quality: /^(?:0(?:\.\d{0,3})?|1(?:\.0{0,3})?)$/.test(quality) ? Number(quality) : 0 };
}

/** The most particular range decides. */
function qualityOf(subtype: string, ranges: readonly Range[]): number {
  for (const wanted of [`text/${subtype}`, 'text/*', '*/*']) {
    const found = ranges.find(({ type }) => type === wanted);
    if (found !== undefined) return found.quality;
  }
  return 0;
}
