/** A bracket, brace or quote that has been opened and not closed yet. */
export interface OpenMark {
  readonly mark: '[' | '{' | '"' | "'";
  readonly offset: number;
}

/**
 * Returns what is still open at `end`, the outermost first. A quote comes last, because nothing opens within it. This
 * is only as exact as an error message needs: it tells plain texts and comments from collections by their position, and
 * does not recognise block texts.
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

/** A value begins after `: ` and `- `. */
function isIndicator(source: string, at: number): boolean {
  return /[:?-]/.test(source.charAt(at)) && /\s/.test(source.charAt(at + 1));
}
