import { bytesOf } from '../../values/byte-string.js';

/** The parameters of a token request. */
export type Form = Readonly<Record<string, string>>;

/** A form as application/x-www-form-urlencoded, names in order. */
export function encodeForm(form: Form): string {
  return Object.entries(form)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${queryEscape(name)}=${queryEscape(value)}`)
    .join('&');
}

/** A text as Go's url.QueryEscape writes it, which is how RFC 6749 §2.3.1 wants id and secret of a client. */
export function queryEscape(text: string): string {
  let escaped = '';
  for (const byte of bytesOf(text)) {
    const character = String.fromCharCode(byte);
    if (/[A-Za-z0-9\-_.~]/.test(character)) escaped += character;
    else escaped += character === ' ' ? '+' : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return escaped;
}
