import { headerProblem } from '../../../config/remote-write/remote-write-rules.js';
import { UsageError } from '../../../flags/flag-definition.js';
import type { FlagValues } from '../../../flags/flag-values.js';
import { canonicalHeaderName } from '../../../net/http1/http-headers.js';

/** Headers of each request, by name: their values, and the files that have further ones. */
export type WriteHeaders = ReadonlyMap<
  string,
  { readonly values: readonly string[]; readonly files: readonly string[] }
>;

/** Reads `--remote-write.header` and `--remote-write.header-file`. Throws UsageError. */
export function readWriteHeaders(values: FlagValues): WriteHeaders {
  const headers = new Map<string, { values: string[]; files: string[] }>();
  for (const [flag, kind] of [
    ['remote-write.header', 'values'],
    ['remote-write.header-file', 'files'],
  ] as const) {
    for (const text of values.given(flag)) {
      const [name, value] = fieldOf(flag, text);
      const known = headers.get(name) ?? { values: [], files: [] };
      known[kind].push(value);
      headers.set(name, known);
    }
  }
  return headers;
}

/** Errors do not show the value, which may be a secret all the same. */
function fieldOf(flag: string, text: string): readonly [name: string, value: string] {
  const at = text.indexOf(':');
  const name = canonicalHeaderName(text.slice(0, Math.max(0, at)).trim());
  const value = text.slice(at + 1).trim();
  const problem = problemOf(at, name, value);
  if (problem === undefined) return [name, value];
  throw new UsageError(`invalid value for flag '--${flag}': ${problem}`);
}

function problemOf(at: number, name: string, value: string): string | undefined {
  return at === -1 ? 'it is not of the form NAME: VALUE' : headerProblem(name, value);
}
