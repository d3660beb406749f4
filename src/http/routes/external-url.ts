import { splitHostPort } from '../../net/host-port.js';
import { goQuote } from '../../values/go/go-quote.js';
import { trimBothOf, trimEndOf } from '../../values/trim-character.js';
import { readingOption } from '../option-error.js';

/** The URL of the service for clients outside, without a slash at the end. */
export interface ExternalUrl {
  readonly text: string;
  /** "" or a path that begins with a slash and does not end with one. */
  readonly path: string;
}

const URL_PARTS =
  /^(?<scheme>[a-zA-Z][a-zA-Z\d+.-]*:)?(?<authority>\/\/[^/?#]*(?![^/?#]))?(?<path>[^?#]*)(?<rest>(?:[?#].*)?)$/s;

/**
 * Reads `--web.external-url`; empty, it is this host's name and the port of the first listen address.
 * Throws an OptionError in upstream's words for a value that is no URL, or an address without a port.
 */
export function readExternalUrl(flag: string, firstListenAddress: string, hostname: string): ExternalUrl {
  if (flag === '') {
    const { port } = readingOption('web.listen-address', () => splitHostPort(firstListenAddress));
    return { text: `http://${hostname}:${port}`, path: '' };
  }
  return readingOption('web.external-url', () => readUrl(flag));
}

function readUrl(flag: string): ExternalUrl {
  if (/^["']|["']$/.test(flag)) throw new Error('URL must not begin or end with quotes');
  const parts = URL_PARTS.exec(flag)?.groups ?? {};
  const { scheme = '', authority = '', rest = '' } = parts;
  checkUrl(flag, authority);
  // `ext:80/a` is a scheme and an opaque rest, which has no path.
  const isOpaque = scheme !== '' && authority === '' && !(parts['path'] ?? '').startsWith('/');
  if (isOpaque) return { text: flag, path: '' };
  const trimmed = trimEndOf(parts['path'] ?? '', '/');
  const path = trimmed === '' || trimmed.startsWith('/') ? trimmed : `/${trimmed}`;
  return { text: `${scheme}${authority}${path}${rest}`, path };
}

function checkUrl(flag: string, authority: string): void {
  const malformed = (reason: string): Error => new Error(`parse ${goQuote(flag)}: ${reason}`);
  if (/[\x00-\x1f\x7f]/.test(flag)) throw malformed('net/url: invalid control character in URL');
  if (authority.includes('[') && !authority.includes(']')) throw malformed("missing ']' in host");
  const escape = /%(?![\da-fA-F]{2}).{0,2}/s.exec(flag)?.[0];
  if (escape !== undefined) throw malformed(`invalid URL escape ${goQuote(escape)}`);
}

/**
 * The path below which all routes are, "/" or with a slash at both ends: `--web.route-prefix`, else the external URL's
 * path.
 */
export function readRoutePrefix(flag: string, externalPath: string): string {
  const trimmed = trimBothOf(flag === '' ? externalPath : flag, '/');
  return trimmed === '' ? '/' : `/${trimmed}/`;
}
