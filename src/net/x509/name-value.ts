import { isUtf8 } from 'node:buffer';
import { readTime } from './certificate-time.js';
import { CertificateError, DerCursor, isMinimalInteger } from './der-cursor.js';

const BOOLEAN = 0x01;
const INTEGER = 0x02;
const BIT_STRING = 0x03;
const OBJECT_IDENTIFIER = 0x06;
const UTF8_STRING = 0x0c;
const NUMERIC_STRING = 0x12;
const PRINTABLE_STRING = 0x13;
const T61_STRING = 0x14;
const IA5_STRING = 0x16;
const UTC_TIME = 0x17;
const GENERALIZED_TIME = 0x18;
const BMP_STRING = 0x1e;

/** Includes `*` and `&`, which the standard forbids but many certificates have. */
const PRINTABLE = /^[A-Za-z0-9'()+,\-./ :=?*&]*$/;

/**
 * Returns why Go's parser refuses the value of a name's attribute, in Go's words, or undefined if it does not. `value`
 * has just read it.
 */
export function valueProblem(value: DerCursor): string | undefined {
  const { tag, start, stop, bytes } = value;
  const text = (): string => bytes.toString('latin1', start, stop);
  switch (tag) {
    case UTF8_STRING:
      return isUtf8(bytes.subarray(start, stop)) ? undefined : 'invalid UTF-8 string';
    case PRINTABLE_STRING:
      return PRINTABLE.test(text()) ? undefined : 'invalid PrintableString';
    case IA5_STRING:
      return /^[\x00-\x7f]*$/.test(text()) ? undefined : 'invalid IA5String';
    case NUMERIC_STRING:
      return /^[0-9 ]*$/.test(text()) ? undefined : 'invalid NumericString';
    case BMP_STRING:
      return isUcs2(bytes.subarray(start, stop)) ? undefined : 'invalid BMPString';
    default:
      return otherProblem(value);
  }
}

function otherProblem(value: DerCursor): string | undefined {
  const again = new DerCursor(value.bytes, value.from, value.stop);
  const content = value.lastContent();
  switch (value.tag) {
    case INTEGER:
      return isMinimalInteger(content) && content.length <= 8 ? undefined : 'invalid ASN.1 integer';
    case BIT_STRING:
      return again.bitString() === undefined ? 'invalid ASN.1 BIT STRING' : undefined;
    case OBJECT_IDENTIFIER:
      return again.objectIdentifier() === undefined ? 'invalid ASN.1 OBJECT IDENTIFIER' : undefined;
    case BOOLEAN:
      return again.boolean() === undefined ? 'invalid ASN.1 BOOLEAN' : undefined;
    case UTC_TIME:
    case GENERALIZED_TIME:
      return timeProblem(again);
    default:
      return undefined;
  }
}

function timeProblem(cursor: DerCursor): string | undefined {
  try {
    readTime(cursor);
    return undefined;
  } catch (error) {
    if (error instanceof CertificateError) return error.message;
    throw error;
  }
}

/** Whether the content consists of whole characters of 16 bits, without surrogates and non-characters. */
function isUcs2(content: Buffer): boolean {
  if (content.length % 2 !== 0) return false;
  for (let at = 0; at < content.length; at += 2) {
    const code = content.readUInt16BE(at);
    const isNone = code >= 0xfffe || (code >= 0xfdd0 && code <= 0xfdef) || (code >= 0xd800 && code <= 0xdfff);
    if (isNone) return false;
  }
  return true;
}

/** Returns the value of a name's attribute as text. `value` has just read it. */
export function textOfValue({ tag, bytes, start, stop }: DerCursor): string {
  if (tag === BMP_STRING) return readBmp(bytes.subarray(start, stop));
  // Like Go, this reads T.61 as Latin-1, which is what certificates contain.
  return tag === T61_STRING ? bytes.toString('latin1', start, stop) : bytes.toString('utf8', start, stop);
}

function readBmp(content: Buffer): string {
  return Buffer.from(content.subarray(0, content.length & ~1))
    .swap16()
    .toString('utf16le')
    .replace(/\0$/, '');
}
