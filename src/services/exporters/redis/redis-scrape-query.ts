import { HttpError } from '../../../http/answers/http-reply.js';
import type { QueryParameters } from '../../../http/routes/query-parameters.js';
import { goQuote } from '../../../values/go/go-quote.js';
import { goUrlProblem } from '../../../values/go/go-url.js';
import type { NamedTarget } from '../server-exporter.js';

/**
 * Reads the query of `/scrape`, in redis_exporter's words. A user in the target is kept. A password is not: everybody
 * who sees targets would have seen it.
 */
export function readScrapeQuery(query: QueryParameters): NamedTarget {
  const text = query.get('target') ?? '';
  if (text === '') throw new HttpError(400, "'target' parameter must be specified");
  const [, scheme = '', userinfo, rest = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^/@]*)@)?([\s\S]*)$/i.exec(text) ?? [];
  const user = decoded(userinfo?.split(':')[0] ?? '');
  const target = `${scheme === '' ? '' : `${scheme}://`}${rest}`;
  checkUrl(scheme === '' ? `redis://${rest}` : target);
  return { target, ...(user !== '' && { user }) };
}

/** Go decodes users; one that is no encoding is an error there. */
function decoded(user: string): string {
  try {
    return decodeURIComponent(user);
  } catch {
    throw new HttpError(400, "Invalid 'target' parameter: its user is not percent-encoded");
  }
}

/** Upstream's text has a blank at its end. */
function checkUrl(url: string): void {
  const problem = goUrlProblem(url);
  if (problem === undefined) return;
  throw new HttpError(400, `Invalid 'target' parameter, parse err: parse ${goQuote(url)}: ${problem} `);
}
