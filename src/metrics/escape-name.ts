/** The schemes by which names outside the legacy character set are written (`escaping` of the Accept header). */
export const ESCAPING_SCHEMES = ['allow-utf-8', 'underscores', 'dots', 'values'] as const;
export type EscapingScheme = (typeof ESCAPING_SCHEMES)[number];

const LEGACY_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;

/** Whether every reader of the text format understands the name as it is. */
export function isLegacyName(name: string): boolean {
  return LEGACY_NAME.test(name);
}

/** A label name as prometheus/common's model.EscapeName writes it: legacy names stay as they are, all others become legacy ones or quoted. */
export function escapeLabelName(name: string, scheme: EscapingScheme): string {
  if (isLegacyName(name)) return name;
  switch (scheme) {
    case 'allow-utf-8':
      return `"${name.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n')}"`;
    case 'underscores':
      return mapCharacters(name, () => '_');
    case 'dots':
      return mapCharacters(name, (character) => (character === '.' ? '_dot_' : '__'), '__');
    case 'values':
      return `U__${mapCharacters(name, (character) => `_${(character.codePointAt(0) ?? 0).toString(16)}_`, '__')}`;
  }
}

/** Replaces what may not stand where it stands, and underscores where the scheme gives them a meaning. */
function mapCharacters(name: string, replace: (character: string) => string, underscore = '_'): string {
  let escaped = '';
  for (const character of name) {
    if (character === '_') escaped += underscore;
    else escaped += isLegacyName(escaped === '' ? character : `_${character}`) ? character : replace(character);
  }
  return escaped;
}
