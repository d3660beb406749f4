import { isIpAddress } from '../../values/address/ip-address.js';
import { errorReply, sendReply } from '../answers/http-reply.js';
import type { WebHandler, WebRequest } from '../exchange.js';

/** Methods that change nothing (RFC 9110, 9.2.1). */
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS']);

/** Scheme and authority at the beginning of an http or https URL. */
const ORIGIN = /^(https?):\/\/([^/?#]+)/i;
const DEFAULT_PORTS: ReadonlyMap<string, string> = new Map([
  ['http', ':80'],
  ['https', ':443'],
]);
/** Characters of an origin that are cited. */
const LONGEST_CITED = 100;

/**
 * Refuses requests that change something and come from pages of other sites, with 403. A browser sends a form, a text
 * or a DELETE for any page, and it may be inside the network that the service trusts. Browsers name the origin of a
 * request (Sec-Fetch-Site, Fetch Metadata; Origin, RFC 6454); a client that does not is no browser and is admitted.
 * `externalUrl` is the URL at which browsers reach the service; '' if it is unknown.
 */
export function refuseForeignPages(handler: WebHandler, externalUrl: string): WebHandler {
  const own = originOf(externalUrl);
  return (request, response) => {
    if (SAFE_METHODS.has(request.method ?? '') || !isForeign(request, own)) {
      handler(request, response);
      return;
    }
    request.resume();
    const { origin = 'null' } = request.headers;
    // Browsers say "null" where they do not tell the origin.
    const from = origin === 'null' ? '' : ` (${origin.slice(0, LONGEST_CITED)})`;
    const text = `a page of another site${from} may not do this; if it is this service's own, set --web.external-url to where browsers reach it`;
    sendReply(response, errorReply(403, text));
  };
}

function isForeign({ headers }: WebRequest, own: string | undefined): boolean {
  const site = headers['sec-fetch-site'];
  const saysFrom = site !== undefined || headers.origin !== undefined;
  if (saysFrom && own !== undefined && isForeignName(hostHeader(headers), own)) return true;
  if (site === 'same-origin' || site === 'none') return false;
  const { origin } = headers;
  if (origin === undefined) return site !== undefined;
  const from = originOf(origin);
  if (from === undefined) return true;
  if (from === own) return false;
  // A browser that does not say how the sites compare; behind a proxy, the scheme that it saw may be another than ours.
  return site !== undefined || hostOf(from) !== hostOf(`${schemeOf(from)}://${hostHeader(headers)}`);
}

/**
 * Whether a browser used a host name that the operator did not configure. The owner of any domain can point it to this
 * machine, and browsers then treat pages of that domain as ours (DNS rebinding). Addresses, localhost and names without
 * a domain are safe from that.
 */
function isForeignName(host: string, own: string): boolean {
  const { hostname } = authorityOf(host) ?? { hostname: '' };
  if (hostname === authorityOf(hostOf(own) ?? '')?.hostname) return false;
  return hostname.replace(/\.$/, '').includes('.') && !isIpAddress(hostname) && !hostname.endsWith('.localhost');
}

function authorityOf(host: string): URL | undefined {
  return URL.canParse(`http://${host}/`) ? new URL(`http://${host}/`) : undefined;
}

function hostHeader(headers: WebRequest['headers']): string {
  const host = headers.host ?? headers[':authority'];
  return typeof host === 'string' ? host : '';
}

/** The origin of a URL, in lower case and without the default port; undefined for what has none. */
function originOf(url: string): string | undefined {
  const [, scheme, host] = ORIGIN.exec(url.toLowerCase()) ?? [];
  if (scheme === undefined || host === undefined) return undefined;
  const standard = DEFAULT_PORTS.get(scheme) ?? '';
  return `${scheme}://${host.endsWith(standard) ? host.slice(0, -standard.length) : host}`;
}

function schemeOf(origin: string): string {
  return origin.slice(0, origin.indexOf(':'));
}

function hostOf(url: string): string | undefined {
  return originOf(url)?.replace(/^https?:\/\//, '');
}
