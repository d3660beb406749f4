/** The lines of a file of the kernel, without the empty ones. */
export function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}

const BLANKS = /\s+/;

/** The words of a line, however many blanks are between, before and behind them. */
export function wordsOf(line: string): string[] {
  const trimmed = line.trim();
  return trimmed === '' ? [] : trimmed.split(BLANKS);
}
