import { domainToASCII } from 'node:url';

/** The longest name that is made ASCII, in characters: longer than any that exists, in any encoding of it. */
export const LONGEST_NAME_READ = 1024;

/**
 * A name of any script in the form that DNS knows (IDNA); one that has none, or is too long, stays as it is. The time
 * that ICU takes grows with the square of the length: a second for 30,000 Chinese characters.
 */
export function asciiName(name: string): string {
  if (name.length > LONGEST_NAME_READ || /^[\x00-\x7f]*$/.test(name)) return name;
  return domainToASCII(name) || name;
}
