import { bytesOf } from './byte-string.js';
import { ConfigError } from './config-error.js';
import type { RawBytes } from './raw-config.js';

const HEX = /^(?:[0-9a-f]{2})*$/i;
/** Base64 with padding (RFC 4648, section 4). */
const BASE64 = /^(?:[a-z0-9+/]{4})*(?:[a-z0-9+/]{2}==|[a-z0-9+/]{3}=)?$/i;

/**
 * Returns the bytes that a configuration gives as text, in hexadecimal or in base64; no bytes if it gives none. Throws
 * ConfigError.
 */
export function parseRawBytes({ text, hex, base64 }: RawBytes): Uint8Array {
  if (hex !== '') {
    const digits = hex.replace(/\s+/g, '');
    if (!HEX.test(digits)) throw new ConfigError('this is no hexadecimal; write it as "0d0a ff00"', ['hex']);
    return Buffer.from(digits, 'hex');
  }
  if (base64 !== '') {
    const characters = base64.replace(/\s+/g, '');
    if (!BASE64.test(characters)) throw new ConfigError('this is no base64; write it as "aGVsbG8="', ['base64']);
    return Buffer.from(characters, 'base64');
  }
  return bytesOf(text);
}
