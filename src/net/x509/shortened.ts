/** A name that a message quotes is not longer than this; a certificate may hold one of a hundred thousand characters. */
const LONGEST = 1024;

/** A foreign text as far as a message may show it. */
export function shortened(text: string): string {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST)}…`;
}
