import { readTextFile } from '../../../files/file-text.js';

/** The largest password file, in bytes; it has one line for each server. */
const LARGEST_FILE_BYTES = 1024 * 1024;
const MOST_PASSWORDS = 1000;

/**
 * Reads redis_exporter's password file: a JSON object with a password for each address. An empty password means that
 * there is no log-in at that address. Rejects with a FileProblem, or with an Error that says what is wrong with the
 * content.
 */
export async function readPasswords(path: string): Promise<ReadonlyMap<string, string>> {
  const entries = Object.entries(objectOf(await readTextFile(path, LARGEST_FILE_BYTES), path));
  if (entries.length > MOST_PASSWORDS) throw new Error(`${path}: more than ${MOST_PASSWORDS} passwords`);
  const passwords = new Map<string, string>();
  for (const [address, password] of entries) {
    if (typeof password !== 'string') throw new Error(`${path}: the password of ${JSON.stringify(address)} is no text`);
    // Upstream's own example has a colon behind a user without a password.
    if (password !== '') passwords.set(address.replace(/:@/, '@'), password);
  }
  return passwords;
}

function objectOf(text: string, path: string): object {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    // The parser's own message would show the text around the mistake, which may be passwords.
    throw new Error(`${path}: no JSON; it has to be like {"redis://host:6379": "password"}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error(`${path}: no JSON object; it has to be like {"redis://host:6379": "password"}`);
}
