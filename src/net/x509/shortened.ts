import { ownText } from '../../values/own-text.js';

/**
 * The most characters of a name that a message quotes. A certificate may contain a name of a hundred thousand
 * characters.
 */
const LONGEST = 1024;

/** Shortens a text from outside for a message. */
export function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${ownText(text.slice(0, LONGEST))}…`;
}
