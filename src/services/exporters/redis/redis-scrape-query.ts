import { HttpError } from '../../../http/answers/http-reply.js';
import type { QueryParameters } from '../../../http/routes/query-parameters.js';
import { goQuote } from '../../../values/go/go-quote.js';
import { goUrlProblem } from '../../../values/go/go-url.js';
import type { NamedTarget } from '../server-exporter.js';

/** Parameters of redis_exporter that ask for the contents of keys. */
const OF_KEYS = ['check-keys', 'check-single-keys', 'check-streams', 'check-single-streams', 'count-keys'] as const;

/**
 * Reads the query of `/scrape`, in redis_exporter's words. A user in the target is kept. A password is not: everybody
 * who sees targets would have seen it.
 */
export function readScrapeQuery(query: QueryParameters): NamedTarget {
  const text = query.get('target') ?? '';
  if (text === '') throw new HttpError(400, "'target' parameter must be specified");
  const [, scheme = '', userinfo, rest = ''] =
    /^(?:([a-z][a-z0-9+.-]*):\/\/)?(?:([^/@]*)@)?([\s\S]*)$/i.exec(text) ?? [];
  const user = userinfo?.split(':')[0] ?? '';
  const target = `${scheme === '' ? '' : `${scheme}://`}${rest}`;
  checkUrl(scheme === '' ? `redis://${rest}` : target);
  return {
    target,
    unserved: OF_KEYS.filter((name) => (query.get(name) ?? '') !== ''),
    ...(user !== '' && { user }),
  };
}

/** Upstream's text has a blank at its end. */
function checkUrl(url: string): void {
  const problem = goUrlProblem(url);
  if (problem === undefined) return;
  throw new HttpError(400, `Invalid 'target' parameter, parse err: parse ${goQuote(url)}: ${problem} `);
}
