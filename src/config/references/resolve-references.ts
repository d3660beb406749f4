import { createHash } from 'node:crypto';
import { FileProblem } from '../../files/file-problem.js';
import { readRegularFile } from '../../files/regular-file.js';
import { ownValue } from '../../values/own-value.js';

/** Environment variables by name. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The value of a reference, or why there is none. */
export type ResolvedReference = { readonly text: string } | { readonly problem: string };

/** The longest value of a variable or file, in characters or bytes. */
const LONGEST_VALUE = 1024 * 1024;
/** More than anybody writes. */
const MOST_REFERENCES = 1000;

/** Looks up references such as `ENV:NAME` and `FILE:PATH`, each once. Never rejects for a file that cannot be read. */
export async function resolveReferences(
  keys: Iterable<string>,
  env: Environment,
): Promise<ReadonlyMap<string, ResolvedReference>> {
  const resolved = new Map<string, ResolvedReference>();
  for (const key of new Set(keys)) {
    if (resolved.size >= MOST_REFERENCES) {
      resolved.set(key, { problem: `there are more than ${MOST_REFERENCES} variables and files; use fewer` });
    } else resolved.set(key, key.startsWith('ENV:') ? variable(key.slice(4), env) : await content(key.slice(5)));
  }
  return resolved;
}

/** A checksum of what references stand for. */
export function referencesChecksum(resolved: ReadonlyMap<string, ResolvedReference>): string {
  return createHash('sha256')
    .update(JSON.stringify([...resolved]))
    .digest('hex');
}

function variable(name: string, env: Environment): ResolvedReference {
  if (!/^[A-Za-z_]\w*$/.test(name)) return { problem: 'this is no name of a variable; write it as ${ENV:NAME}' };
  const text = ownValue(env, name);
  if (text === undefined) return { problem: `the environment variable ${name} is not set` };
  return text.length > LONGEST_VALUE ? { problem: `the variable ${name} is longer than ${LONGEST_VALUE}` } : { text };
}

async function content(path: string): Promise<ResolvedReference> {
  if (path === '') return { problem: 'the path is missing; write it as ${FILE:PATH}' };
  try {
    const { bytes } = await readRegularFile(path, LONGEST_VALUE);
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    return { text: withoutLastBreaks(text) };
  } catch (error) {
    if (error instanceof FileProblem) return { problem: error.message };
    if (error instanceof TypeError) return { problem: `read ${path}: the file is not UTF-8` };
    throw error;
  }
}

/** Without the last line break, which editors add (a shell's `$(<file)` drops it too). */
function withoutLastBreaks(text: string): string {
  let end = text.length;
  while (end > 0 && (text[end - 1] === '\n' || (text[end - 1] === '\r' && text[end] === '\n'))) end--;
  return text.slice(0, end);
}
