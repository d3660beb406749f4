/**
 * What Sonde adds to the headers of an answer of upstream's, each by its name in small letters: where upstream leaves
 * plain text to the browser's guess, Sonde names the charset and forbids guessing. Other answers are returned as they
 * are.
 */
export function withCharset<Told extends Readonly<Record<string, unknown>>>(headers: Told): Told {
  if (headers['content-type'] !== 'text/plain') return headers;
  return { ...headers, 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
}
