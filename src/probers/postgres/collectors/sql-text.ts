import { asciiReplacer } from '../../../values/replace-ascii.js';

const escapeLiteral = asciiReplacer(
  new Map([
    ['\\', '\\\\'],
    ["'", "''"],
  ]),
);

/** Writes a text as a literal, whatever `standard_conforming_strings` says. The text must not contain NUL. */
export function sqlText(text: string): string {
  return `E'${escapeLiteral(text)}'`;
}

/** The condition that a text is none of `texts`. Without `texts` it holds for every text, and for NULL as well. */
export function isNoneOf(sql: string, texts: readonly string[]): string {
  return texts.length === 0 ? 'true' : `${sql} NOT IN (${texts.map(sqlText).join(', ')})`;
}
