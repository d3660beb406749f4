import { readRegularFile } from '../../../files/regular-file.js';

/** A file of passwords has a line a server. */
const LARGEST_FILE_BYTES = 1024 * 1024;
const MOST_PASSWORDS = 1000;

/**
 * Reads redis_exporter's password file: a JSON object with a password for each address. At an address without a
 * password nobody logs in. Rejects with a FileProblem, or with an Error that says what is wrong with the content.
 */
export async function readPasswords(path: string): Promise<ReadonlyMap<string, string>> {
  const { bytes } = await readRegularFile(path, LARGEST_FILE_BYTES);
  const entries = Object.entries(objectOf(bytes.toString('utf8'), path));
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
    // The parser's own message would show what stands around the mistake: passwords.
    throw new Error(`${path}: no JSON; it has to be like {"redis://host:6379": "password"}`);
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new Error(`${path}: no JSON object; it has to be like {"redis://host:6379": "password"}`);
}
