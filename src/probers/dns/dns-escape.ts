/** How each byte is written in a name or a text: unchanged, after a backslash, or as `\DDD` (RFC 1035, section 5.1). */
export type Escapes = readonly Buffer[];

/** The most bytes that one escaped byte takes. */
export const LONGEST_ESCAPE = 4;

/**
 * `special` has the printable characters that get a backslash. Bytes that are not printable are always written by
 * number.
 */
function escapesFor(special: string): Escapes {
  return Array.from({ length: 256 }, (_, byte) => {
    const character = String.fromCharCode(byte);
    const isPrintable = byte >= 0x20 && byte <= 0x7e;
    const plain = special.includes(character) ? `\\${character}` : character;
    return Buffer.from(isPrintable ? plain : decimalEscape(byte), 'latin1');
  });
}

/** Writes a byte as `\DDD`. */
export function decimalEscape(byte: number): string {
  return `\\${String(byte).padStart(3, '0')}`;
}

/** Escapes for a label of a name. */
export const LABEL_ESCAPES = escapesFor('. \'@;()"\\');
/** Escapes for a quoted character string. */
export const TEXT_ESCAPES = escapesFor('"\\');
/** Escapes for the value of a service parameter. */
export const PARAMETER_ESCAPES = escapesFor('"; \\');

/** Bytes to write, and their escapes. */
export interface EscapeJob {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly escapes: Escapes;
}

/** Writes into `target` from `at`, where LONGEST_ESCAPE times the bytes must fit. Returns the end. */
export function escapeInto(target: Buffer, at: number, { bytes, from, to, escapes }: EscapeJob): number {
  let end = at;
  for (let index = from; index < to; index++) {
    const byte = bytes[index] ?? 0;
    const written = escapes[byte];
    if (written === undefined || written.length === 1) target[end++] = byte;
    else for (let part = 0; part < written.length; part++) target[end++] = written[part] ?? 0;
  }
  return end;
}

/** Writes all of `bytes` as text. */
export function escapeBytes(bytes: Buffer, escapes: Escapes): string {
  const target = Buffer.allocUnsafe(bytes.length * LONGEST_ESCAPE);
  const end = escapeInto(target, 0, { bytes, from: 0, to: bytes.length, escapes });
  return target.toString('latin1', 0, end);
}

/** Writes one byte as text. */
export function escapeByte(byte: number, escapes: Escapes): string {
  return escapes[byte]?.toString('latin1') ?? '';
}
