/** How a byte is written inside a name or a text. */
const PLAIN = 0;
const BACKSLASH = 1;
const DECIMAL = 2;

/** For each byte how it is written; `special` are the printable ones that get a backslash. */
function escapeTable(special: string): Uint8Array {
  const table = new Uint8Array(256).fill(DECIMAL);
  table.fill(PLAIN, 0x20, 0x7f);
  for (const character of special) table[character.charCodeAt(0)] = BACKSLASH;
  return table;
}

/** Inside a label of a name. */
export const LABEL_ESCAPES = escapeTable('. \'@;()"\\');
/** Inside a quoted character string. */
export const TEXT_ESCAPES = escapeTable('"\\');
/** Inside the value of a service parameter. */
export const PARAMETER_ESCAPES = escapeTable('"; \\');

/** The bytes from `from` to `to` with backslashes and `\DDD` where `table` asks for them. */
export function escapeBytes(bytes: Buffer, from: number, to: number, table: Uint8Array): string {
  for (let at = from; at < to; at++) if (table[bytes[at] ?? 0] !== PLAIN) return escapeFrom(bytes, from, to, table);
  return bytes.toString('latin1', from, to);
}

function escapeFrom(bytes: Buffer, from: number, to: number, table: Uint8Array): string {
  let text = '';
  for (let at = from; at < to; at++) text += escapeByte(bytes[at] ?? 0, table);
  return text;
}

export function escapeByte(byte: number, table: Uint8Array): string {
  if (table[byte] === DECIMAL) return decimalEscape(byte);
  return table[byte] === BACKSLASH ? `\\${String.fromCharCode(byte)}` : String.fromCharCode(byte);
}

/** `\DDD` (RFC 1035, section 5.1). */
export function decimalEscape(byte: number): string {
  return `\\${String(byte).padStart(3, '0')}`;
}
