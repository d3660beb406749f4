/** How each byte is written inside a name or a text: as itself, behind a backslash, or as `\DDD` (RFC 1035, section 5.1). */
export type Escapes = readonly Buffer[];

/** No byte takes more. */
export const LONGEST_ESCAPE = 4;

/** `special` are the printable characters that get a backslash; what is not printable is always written by its number. */
function escapesFor(special: string): Escapes {
  return Array.from({ length: 256 }, (_, byte) => {
    const character = String.fromCharCode(byte);
    const isPrintable = byte >= 0x20 && byte <= 0x7e;
    const plain = special.includes(character) ? `\\${character}` : character;
    return Buffer.from(isPrintable ? plain : decimalEscape(byte), 'latin1');
  });
}

/** `\DDD`. */
export function decimalEscape(byte: number): string {
  return `\\${String(byte).padStart(3, '0')}`;
}

/** Inside a label of a name. */
export const LABEL_ESCAPES = escapesFor('. \'@;()"\\');
/** Inside a quoted character string. */
export const TEXT_ESCAPES = escapesFor('"\\');
/** Inside the value of a service parameter. */
export const PARAMETER_ESCAPES = escapesFor('"; \\');

/** Some bytes, and how they are to be written. */
export interface EscapeJob {
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
  readonly escapes: Escapes;
}

/** Writes into `target` from `at`, which has room for LONGEST_ESCAPE times as many bytes; returns where it ended. */
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

/** All of `bytes` as text. */
export function escapeBytes(bytes: Buffer, escapes: Escapes): string {
  const target = Buffer.allocUnsafe(bytes.length * LONGEST_ESCAPE);
  const end = escapeInto(target, 0, { bytes, from: 0, to: bytes.length, escapes });
  return target.toString('latin1', 0, end);
}

export function escapeByte(byte: number, escapes: Escapes): string {
  return escapes[byte]?.toString('latin1') ?? '';
}
