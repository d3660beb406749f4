import { asciiReplacer } from '../values/replace-ascii.js';

/** The schemes that write names outside the legacy character set (`escaping` parameter of the Accept header). */
export const ESCAPING_SCHEMES = ['allow-utf-8', 'underscores', 'dots', 'values'] as const;
/** One of the escaping schemes. */
export type EscapingScheme = (typeof ESCAPING_SCHEMES)[number];

const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Whether every reader of the text format understands the name without quotes or escapes. */
export function isLegacyName(name: string): boolean {
  return LEGACY_NAME.test(name);
}

/**
 * Writes a name as prometheus/common's model.EscapeName does. Legacy names stay as they are, and so does every name
 * where UTF-8 is allowed.
 */
export function escapeName(name: string, scheme: EscapingScheme): string {
  if (isLegacyName(name)) return name;
  switch (scheme) {
    case 'allow-utf-8':
      return name;
    case 'underscores':
      return mapCharacters(name, () => '_');
    case 'dots':
      return mapCharacters(name, (character) => (character === '.' ? '_dot_' : '__'), '__');
    case 'values':
      return `U__${mapCharacters(name, (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`, '__')}`;
  }
}

/** Writes a name for the text format: escaped, and in quotes if the result is not a legacy name. */
export function writeName(name: string, scheme: EscapingScheme): string {
  const escaped = escapeName(name, scheme);
  return isLegacyName(escaped) ? escaped : quoteName(escaped);
}

/** What stands between quotes: backslash, double quote and line feed are escaped (exposition format 0.0.4). */
export const escapeQuoted = asciiReplacer(
  new Map([
    ['\\', '\\\\'],
    ['"', '\\"'],
    ['\n', '\\n'],
  ]),
);

/** Puts a name into the quotes of the text format. */
export function quoteName(name: string): string {
  return `"${escapeQuoted(name)}"`;
}

/** Replaces each character that is not allowed at its place, and underscores where the scheme gives them a meaning. */
function mapCharacters(name: string, replace: (character: string) => string, underscore = '_'): string {
  let escaped = '';
  for (const character of name) {
    if (character === '_') escaped += underscore;
    else escaped += isLegacyName(escaped === '' ? character : `_${character}`) ? character : replace(character);
  }
  return escaped;
}

const VALUE_PREFIX = 'U__';
/**
 * The grammar of the scheme `values`: `__` for an underscore, `_HEX_` for a character (up to five digits, as upstream
 * reads it), and every other character unchanged.
 */
const ENCODED = /^(?:[^_]|__|_[0-9a-fA-F]{1,5}_)*$/u;
const PART = /__|_([0-9a-fA-F]{1,5})_/g;

/** Undoes the scheme `values`. A name that this scheme cannot have written stays as it is (model.UnescapeName). */
export function unescapeName(name: string): string {
  if (!name.startsWith(VALUE_PREFIX)) return name;
  const encoded = name.slice(VALUE_PREFIX.length);
  if (!ENCODED.test(encoded)) return name;
  const codes = [...encoded.matchAll(PART)].map(([, hex]) => (hex === undefined ? 0x5f : parseInt(hex, 16)));
  if (codes.some((code) => code >= 0xd800 && code <= 0xdfff)) return name;
  let next = 0;
  return encoded.replace(PART, () => String.fromCodePoint(codes[next++] ?? 0));
}
