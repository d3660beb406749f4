/** A bracket, brace or quote that was opened and not closed yet. */
export interface OpenMark {
  readonly mark: '[' | '{' | '"' | "'";
  readonly offset: number;
}

/**
 * What is still open at `end`, the outermost first. A quote comes last: nothing opens within it. Only as exact as a message needs: plain texts
 * and comments are told from collections by where they stand, block texts are not.
 */
export function openMarks(source: string, end: number): readonly OpenMark[] {
  const open: OpenMark[] = [];
  let atTokenStart = true;
  for (let at = 0; at < end; at++) {
    const char = source.charAt(at);
    const mark = open.at(-1)?.mark;
    if (mark === '"' || mark === "'") {
      if (mark === '"' && char === '\\') at++;
      else if (char === mark) open.pop();
    } else if (char === '#' && /[\s]|^$/.test(source.charAt(at - 1))) {
      const lineEnd = source.indexOf('\n', at);
      at = lineEnd < 0 ? end : lineEnd - 1;
    } else if ((char === ']' || char === '}') && open.length > 0) {
      open.pop();
      atTokenStart = false;
    } else if (atTokenStart && isOpening(char)) {
      open.push({ mark: char, offset: at });
    } else if (!/[ \t\r]/.test(char)) {
      atTokenStart = char === '\n' || (open.length > 0 && char === ',') || isIndicator(source, at);
    }
  }
  return open;
}

function isOpening(char: string): char is OpenMark['mark'] {
  return char === '[' || char === '{' || char === '"' || char === "'";
}

/** `: ` and `- `: behind them a value begins. */
function isIndicator(source: string, at: number): boolean {
  return /[:?-]/.test(source.charAt(at)) && /\s/.test(source.charAt(at + 1));
}
