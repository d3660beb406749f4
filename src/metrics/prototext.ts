import { formatNumber } from './format-number.js';

/** A message as the text form of protobuf shows it: fields in order, each a name with a value in its written form, or with a message. */
export type TextFields = readonly (readonly [name: string, value: string | TextFields])[];

const INDENT = '  ';

/** A field a line, messages indented (Go's prototext, "Multiline"). */
export function writeLong(fields: TextFields, indent = ''): string {
  let text = '';
  for (const [name, value] of fields) {
    const written = typeof value === 'string' ? value : `{\n${writeLong(value, indent + INDENT)}${indent}}`;
    text += `${indent}${name}: ${written}\n`;
  }
  return text;
}

/** All in one line. */
export function writeCompact(fields: TextFields): string {
  return fields
    .map(([name, value]) => `${name}:${typeof value === 'string' ? value : `{${writeCompact(value)}}`}`)
    .join(' ');
}

/** A float; Go writes 'g' here too, but the words are others. */
export function textNumber(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (value === Infinity) return 'inf';
  return value === -Infinity ? '-inf' : formatNumber(value);
}

/** A whole number with all its digits. */
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

/** A text in quotes. */
export function textString(text: string): string {
  return `"${text.replace(SPECIAL, (character) => {
    return ESCAPES.get(character) ?? `\\x${character.charCodeAt(0).toString(16).padStart(2, '0')}`;
  })}"`;
}
