import net from 'node:net';
import type { Cookie } from 'tough-cookie';
import { isHeaderValue } from '../../net/http1/http-headers.js';
import { loopTurns } from '../../values/loop-turns.js';

/** The cookies of one probe. */
export interface CookieJar {
  /** The value of the Cookie header for a request to `url`; undefined if there is nothing to send. */
  readonly header: (url: string) => string | undefined;
  /** Keeps what a response from `url` set; cookies that are not acceptable are ignored, as by Go's jar. */
  readonly store: (url: string, setCookieHeaders: readonly string[]) => Promise<void>;
}

/**
 * The most cookies of a jar, and the longest, in bytes. RFC 6265 §6.1 asks for 50 cookies a host of 4 KiB each;
 * browsers keep 180. Go's jar has no limit, but no server accepts more than this in a request.
 */
const MOST_COOKIES = 300;
const LONGEST_COOKIE = 8 * 1024;

/**
 * Options that make tough-cookie follow Go's jar, which ignores name prefixes and treats local hosts like any other.
 */
const JAR_OPTIONS = {
  rejectPublicSuffixes: true,
  allowSpecialUseDomain: true,
  prefixSecurity: 'unsafe-disabled',
  allowSecureOnLocal: false,
} as const;

/**
 * Loads and compiles the cookie library and its public suffix list, which takes some 40 ms. Otherwise the first cookie
 * would block other probes for that time.
 */
export async function prepareCookies(): Promise<void> {
  const jar = await createCookieJar();
  await jar.store('https://www.example.com/', ['a=b; Domain=example.com; Path=/']);
  jar.header('https://www.example.com/');
}

/**
 * An empty jar with the public suffix list (RFC 6265 §5.3); the library is loaded at the first use, since few targets
 * set cookies.
 */
export async function createCookieJar(): Promise<CookieJar> {
  const tough = await import('tough-cookie');
  const jar = new tough.CookieJar(undefined, JAR_OPTIONS);
  let looked = 0;
  return {
    header: (text) => {
      const url = parseUrl(text);
      const header = url === undefined ? '' : jar.getCookieStringSync(url.href);
      return header === '' ? undefined : header;
    },
    store: async (text, setCookieHeaders) => {
      const url = parseUrl(text);
      if (url === undefined) return;
      // Go's jar takes Secure cookies over plain HTTP too, and sends them over TLS only.
      const place = url.href.replace(/^http:/, 'https:');
      for (const line of setCookieHeaders) {
        if (line.length > LONGEST_COOKIE || !isHeaderValue(line)) continue;
        if (++looked > MOST_COOKIES) return;
        if (loopTurns.isOver()) await loopTurns.next();
        const cookie = tough.Cookie.parse(line);
        if (cookie === undefined || !isSendable(cookie)) continue;
        if (isHostOnly(cookie, url.hostname, (host) => tough.getPublicSuffix(host, JAR_OPTIONS) === undefined)) {
          cookie.domain = null;
        }
        cookie.value = sentValue(cookie.value);
        jar.setCookieSync(cookie, place, { ignoreError: true });
      }
    },
  };
}

/** A host with a zone is no URL to the platform, and one that it cannot read at all has no cookies. */
function parseUrl(text: string): URL | undefined {
  const withoutZone = text.replace(/^([a-z]+:\/\/\[[^\]%]*)%[^\]]*\]/i, '$1]');
  return URL.canParse(withoutZone) ? new URL(withoutZone) : undefined;
}

/** A cookie for its own host alone: Domain names an address, or a public suffix that happens to be the host. */
function isHostOnly({ domain }: Cookie, hostname: string, isPublicSuffix: (host: string) => boolean): boolean {
  const host = hostname.replace(/^\[|\]$/g, '');
  if (domain === null || domain.replace(/^\./, '').toLowerCase() !== host) return false;
  return net.isIP(host) !== 0 || isPublicSuffix(host);
}

const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const VALUE = /^(?:[\x20-\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]*|"[\x20-\x21\x23-\x3a\x3c-\x5b\x5d-\x7e]*")$/;

/** Go quotes a value with blanks or commas where it sends it. */
function sentValue(value: string): string {
  return /[ ,]/.test(value) && !value.startsWith('"') ? `"${value}"` : value;
}

/** Go drops cookies with a name or value that it would not send. */
function isSendable({ key, value }: Cookie): boolean {
  return NAME.test(key) && VALUE.test(value);
}
