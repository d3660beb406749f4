/** Splits a file of the kernel into lines, without the empty ones. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

const BLANKS = /\s+/;

/** Splits a line into words, which any number of blanks may separate or surround. */
export function wordsOf(line: string): string[] {
  const trimmed = line.trim();
  return trimmed === '' ? [] : trimmed.split(BLANKS);
}
