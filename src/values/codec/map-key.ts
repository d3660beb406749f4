import { createHash } from 'node:crypto';

/** The longest text that is its own key, in characters; a digest stands for a longer one. */
export const LONGEST_KEY = 1024;

/**
 * A text as the key of a map, equal for equal texts. V8 hashes no string beyond 16,383 characters: it takes its length
 * for a hash, so that a map of many such texts from outside, all of one length, takes quadratic time.
 */
export function mapKey(text: string): string {
  return text.length <= LONGEST_KEY ? text : createHash('sha256').update(text, 'utf16le').digest('base64');
}
