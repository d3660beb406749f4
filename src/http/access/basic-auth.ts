import { textOfBytes } from '../../values/byte-string.js';

/** User and password of an Authorization header, decoded; bytes that are no UTF-8 are escaped (textOfBytes). */
export interface Credentials {
  readonly user: string;
  readonly password: string;
}

/**
 * The credentials of an Authorization header (RFC 7617), as Go's Request.BasicAuth reads them; undefined if it has
 * none.
 */
export function readBasicAuth(header: string | undefined): Credentials | undefined {
  const [, encoded] = /^basic ([A-Za-z0-9+/]*={0,2})$/i.exec(header ?? '') ?? [];
  if (encoded === undefined || encoded.length % 4 !== 0) return undefined;
  const text = textOfBytes(Buffer.from(encoded, 'base64'));
  const colon = text.indexOf(':');
  return colon < 0 ? undefined : { user: text.slice(0, colon), password: text.slice(colon + 1) };
}
