import { bytesOf } from '../../values/byte-string.js';
import { oldBoolean, resolvePlain } from './yaml-scalar.js';

/** A value that can be written as YAML. */
export type YamlValue = string | number | boolean | null | readonly YamlValue[] | YamlMap;
/** A mapping, written in the order of its entries. */
export type YamlMap = ReadonlyMap<string, YamlValue>;

/** The width of one level of indentation, and whether lists in mappings are indented too. */
export interface YamlStyle {
  readonly indent: number;
  readonly indentLists: boolean;
}

/**
 * Writes a mapping as Go's yaml.v3 does, in block style and with its choice of quotes. The text ends with a line feed.
 */
export function writeYaml(map: YamlMap, style: YamlStyle): string {
  if (map.size === 0) return '{}\n';
  return `${pairLines(map, 0, style).join('\n')}\n`;
}

function pairLines(map: YamlMap, depth: number, style: YamlStyle): string[] {
  return [...map].flatMap(([key, value]) => entryLines(`${writeText(key, 0, style)}:`, value, depth, style));
}

/** Writes `key:` and its value as lines, indented by `depth` columns. */
function entryLines(head: string, value: YamlValue, depth: number, style: YamlStyle): string[] {
  const margin = ' '.repeat(depth);
  if (isMap(value)) {
    if (value.size === 0) return [`${margin}${head} {}`];
    return [margin + head, ...pairLines(value, deeper(depth, style), style)];
  }
  if (isList(value)) {
    if (value.length === 0) return [`${margin}${head} []`];
    return [margin + head, ...itemLines(value, style.indentLists ? deeper(depth, style) : depth, style)];
  }
  return `${margin}${head} ${writeScalar(value, deeper(depth, style), style)}`.split('\n');
}

/** libyaml aligns each level to a multiple of the indent, independent of the level above. */
function deeper(depth: number, { indent }: YamlStyle): number {
  return indent * Math.floor((depth + indent) / indent);
}

function itemLines(items: readonly YamlValue[], depth: number, style: YamlStyle): string[] {
  return items.flatMap((item) => {
    if (!isMap(item) && !isList(item)) return entryLines('-', item, depth, style);
    const lines = isMap(item) ? pairLines(item, depth + 2, style) : itemLines(item, depth + 2, style);
    if (lines.length === 0) return [`${' '.repeat(depth)}- ${isMap(item) ? '{}' : '[]'}`];
    return lines.map((line, index) => (index === 0 ? `${' '.repeat(depth)}- ${line.slice(depth + 2)}` : line));
  });
}

/** Tells lists from mappings and scalars. `Array.isArray` does not narrow readonly arrays. */
export function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value);
}

/** Tells mappings from lists and scalars. */
export function isMap(value: YamlValue): value is YamlMap {
  return value instanceof Map;
}

function writeScalar(value: string | number | boolean | null, depth: number, style: YamlStyle): string {
  return typeof value === 'string' ? writeText(value, depth, style) : String(value);
}

/** Lone surrogates represent bytes that are not UTF-8 (byte-string.ts). */
const NOT_UTF8 = /[\ud800-\udfff]/u;
const BASE_60_FLOAT = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;

function writeText(text: string, depth: number, style: YamlStyle): string {
  if (NOT_UTF8.test(text)) return `!!binary ${Buffer.from(bytesOf(text)).toString('base64')}`;
  if (text.includes('\n')) return canBeLiteral(text) && depth > 0 ? literal(text, depth, style) : doubleQuoted(text);
  const readAsOther = resolvePlain(text).type !== 'text' || oldBoolean(text) !== undefined || BASE_60_FLOAT.test(text);
  if (readAsOther || UNPRINTABLE.test(text)) return doubleQuoted(text);
  return canBePlain(text) ? text : `'${text.replaceAll("'", "''")}'`;
}

/** Whether the text needs no quotes in YAML's block style (libyaml's analysis of scalars). */
function canBePlain(text: string): boolean {
  if (/^(?:---|\.\.\.)/.test(text) || /^[#,[\]{}&*!|>'"%@`]/.test(text)) return false;
  return !/^[-?:](?:\s|$)|^\s|\s$|:(?:\s|$)|\s#/.test(text);
}

function canBeLiteral(text: string): boolean {
  return !/[ ]\n| $/.test(text) && !UNPRINTABLE.test(text.replaceAll('\n', ''));
}

function literal(text: string, depth: number, style: YamlStyle): string {
  const indentHint = /^[ \n]/.test(text) ? String(style.indent) : '';
  const chomping = text.endsWith('\n\n') || text === '\n' ? '+' : text.endsWith('\n') ? '' : '-';
  const lines = text.replace(/\n$/, '').split('\n');
  const margin = ' '.repeat(depth);
  return `|${indentHint}${chomping}\n${lines.map((line) => (line === '' ? '' : margin + line)).join('\n')}`;
}

/** Characters that libyaml escapes, tabs included. */
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;

const TO_ESCAPE = /["\\\u0000-\u001f\u007f-\u009f\u00a0\u2028\u2029\ufeff\ufffe\uffff]/g;
const ESCAPES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    '\0': '\\0',
    '\x07': '\\a',
    '\b': '\\b',
    '\t': '\\t',
    '\n': '\\n',
    '\v': '\\v',
    '\f': '\\f',
    '\r': '\\r',
    '\x1b': '\\e',
    '"': '\\"',
    '\\': '\\\\',
    '\x85': '\\N',
    '\u00a0': '\\_',
    '\u2028': '\\L',
    '\u2029': '\\P',
  }),
);

function doubleQuoted(text: string): string {
  return `"${text.replaceAll(TO_ESCAPE, (character) => ESCAPES.get(character) ?? hexEscape(character))}"`;
}

function hexEscape(character: string): string {
  const hex = character.charCodeAt(0).toString(16).toUpperCase();
  return hex.length <= 2 ? `\\x${hex.padStart(2, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
