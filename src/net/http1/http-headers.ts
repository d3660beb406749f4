/**
 * The headers of a response: names as Go canonicalises them, values in order of arrival, with U+FFFD for bytes that are
 * no UTF-8. Those of `Location` are kept (byte-string.ts).
 */
export type HttpHeaders = ReadonlyMap<string, readonly string[]>;

/** The characters of header names and methods (RFC 9110 §5.6.2). */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;

const VALUE_CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/;

/** Whether a text is a token (RFC 9110, 5.6.2), such as the name of a header field. */
export function isToken(text: string): boolean {
  return TOKEN.test(text);
}

/** Whether a text may be sent or received as a header value (RFC 9110 §5.5): no control characters but the tab. */
export function isHeaderValue(text: string): boolean {
  return !VALUE_CONTROL.test(text);
}

/** Names that most answers have, in the two ways in which they are mostly written: no work for those. */
const COMMON_NAMES: ReadonlyMap<string, string> = new Map(
  [
    ...[
      'Accept-Ranges',
      'Access-Control-Allow-Origin',
      'Age',
      'Alt-Svc',
      'Cache-Control',
      'Connection',
      'Content-Encoding',
    ],
    ...['Content-Language', 'Content-Length', 'Content-Security-Policy', 'Content-Type', 'Date', 'Etag', 'Expires'],
    ...['Keep-Alive', 'Last-Modified', 'Link', 'Location', 'Pragma', 'Referrer-Policy', 'Server', 'Set-Cookie'],
    ...['Strict-Transport-Security', 'Transfer-Encoding', 'Vary', 'Via', 'X-Content-Type-Options', 'X-Frame-Options'],
    ...['X-Powered-By', 'X-Request-Id', 'X-Xss-Protection'],
  ].flatMap((name) => [[name, name] as const, [name.toLowerCase(), name] as const]),
);

/** The canonical form of a name that is one of the common ones, and therefore in order. */
export function commonHeaderName(name: string): string | undefined {
  return COMMON_NAMES.get(name);
}

/** `content-type` → `Content-Type`, as Go's textproto does; a name that is no token stays as it is. */
export function canonicalHeaderName(name: string): string {
  const common = commonHeaderName(name);
  if (common !== undefined) return common;
  if (!TOKEN.test(name)) return name;
  return name.toLowerCase().replace(/(^|-)[a-z]/g, (start) => start.toUpperCase());
}

/** The first value of a header, by its canonical name. */
export function firstHeader(headers: HttpHeaders, name: string): string | undefined {
  return headers.get(name)?.[0];
}
