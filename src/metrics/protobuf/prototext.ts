import { formatNumber } from '../../values/go/format-number.js';

/** A message in the text form of protobuf: its fields in order, each a name with a written value or with a message. */
export type TextFields = readonly (readonly [name: string, value: string | TextFields])[];

const INDENT = '  ';

/** Writes one field on each line, with messages indented (Go's prototext, "Multiline"). */
export function writeLong(fields: TextFields, indent = ''): string {
  let text = '';
  for (const [name, value] of fields) {
    const written = typeof value === 'string' ? value : `{\n${writeLong(value, indent + INDENT)}${indent}}`;
    text += `${indent}${name}: ${written}\n`;
  }
  return text;
}

/** Writes all fields on one line. */
export function writeCompact(fields: TextFields): string {
  return fields
    .map(([name, value]) => `${name}:${typeof value === 'string' ? value : `{${writeCompact(value)}}`}`)
    .join(' ');
}

/** Writes a float as Go does with 'g', but with prototext's own words for infinities and NaN. */
export function textNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'inf';
  return value === -Infinity ? '-inf' : formatNumber(value);
}

/** Writes a whole number with all its digits. */
export function textInteger(value: number): string {
  return Number.isSafeInteger(value)
    ? String(value)
    : BigInt(Number.isFinite(value) ? Math.trunc(value) : 0).toString();
}

const SPECIAL = /["\\\n\r\t\x00-\x1f\x7f]/g;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '\\"'],
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
]);

/** Writes a text in quotes. */
export function textString(text: string): string {
  return `"${text.replace(SPECIAL, (character) => {
    return ESCAPES.get(character) ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  })}"`;
}
