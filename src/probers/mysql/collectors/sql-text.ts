import { asciiReplacer } from '../../../values/replace-ascii.js';

/**
 * Writes a text as an SQL literal, whatever characters are in it: in hexadecimal digits, which mean the same in every
 * SQL mode.
 */
export function sqlText(text: string): string {
  return `_utf8mb4 X'${Buffer.from(text).toString('hex')}'`;
}

/** Writes texts as the list after IN. SQL has no empty list; `(NULL)` stands for it, which matches nothing. */
export function sqlTexts(texts: readonly string[]): string {
  return `(${texts.length === 0 ? 'NULL' : texts.map(sqlText).join(', ')})`;
}

const escapeName = asciiReplacer(new Map([['`', '``']]));

/** Quotes the name of a database, table or column. */
export function sqlName(name: string): string {
  return `\`${escapeName(name)}\``;
}
