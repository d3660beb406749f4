import { decodeEscapes } from '../../values/codec/percent-escapes.js';
import { asciiReplacer } from '../../values/replace-ascii.js';

/** The parameters of a URL's query: the first value of each name. */
export type QueryParameters = ReadonlyMap<string, string>;

/** The most parameters of a query. Requests for probes and scrapes have a few; Go's limit, since 1.26, is 10,000. */
export const MOST_PARAMETERS = 1000;

/** Whether a query has more parameters than anybody gives. It is asked before the query is read. */
export function hasTooManyParameters(query: string): boolean {
  let at = -1;
  for (let count = 0; count < MOST_PARAMETERS; count++) {
    at = query.indexOf('&', at + 1);
    if (at < 0) return false;
  }
  return true;
}

/**
 * Reads a query as Go's `url.ParseQuery` does: `+` is a blank, names are case-sensitive, and a pair with a malformed
 * `%` or a `;` is dropped as if it had not been sent. Of a repeated name the first value counts. Bytes that are no
 * UTF-8 become U+FFFD.
 */
export function parseQuery(query: string): QueryParameters {
  const parameters = new Map<string, string>();
  if (query === '') return parameters;
  for (const pair of query.split('&')) {
    if (pair === '' || pair.includes(';')) continue;
    const equals = pair.indexOf('=');
    const name = queryUnescape(equals < 0 ? pair : pair.slice(0, equals));
    const value = equals < 0 ? '' : queryUnescape(pair.slice(equals + 1));
    if (name === undefined || value === undefined || parameters.has(name)) continue;
    parameters.set(name, value);
  }
  return parameters;
}

/** All values of one name, in their order, by the same rules. */
export function queryValues(query: string, name: string): readonly string[] {
  if (query === '') return [];
  return query.split('&').flatMap((pair) => {
    const equals = pair.indexOf('=');
    if (pair.includes(';') || queryUnescape(equals < 0 ? pair : pair.slice(0, equals)) !== name) return [];
    const value = equals < 0 ? '' : queryUnescape(pair.slice(equals + 1));
    return value === undefined ? [] : [value];
  });
}

const withBlanks = asciiReplacer(new Map([['+', ' ']]));

/** Go's `url.QueryUnescape`; undefined for a malformed escape. */
function queryUnescape(text: string): string | undefined {
  return percentDecode(withBlanks(text));
}

const MALFORMED_ESCAPE = /%(?![\da-fA-F]{2})/;

/** Decodes `%XX`, as in a path, where `+` means itself; undefined for a malformed escape. */
export function percentDecode(text: string): string | undefined {
  if (!text.includes('%')) return text;
  if (MALFORMED_ESCAPE.test(text)) return undefined;
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    // Its bytes are no UTF-8.
    return decodeEscapes(Buffer.from(text, 'utf8')).toString('utf8');
  }
}
