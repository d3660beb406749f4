const REPEAT = /\{(\d{1,4})(?:,(\d{0,4}))?\}/y;
/** Escapes of more than two characters: a class by name, and a character by its number. */
const LONG_ESCAPE = /\\[pPx]\{[^}]{0,40}\}/y;
/** A class in brackets. A `]` at its start belongs to it. */
const CLASS = /\[\^?\]?(?:\\[^]|\[:[^:]{0,20}:\]|[^\]\\])*\]/y;

/**
 * Estimates how many characters a pattern has once its counted repeats are written out, which is what compiling it
 * costs: `(?:ab){3}` has six. Classes and escapes count as one. Never throws; an ill-formed pattern has some size, too.
 */
export function patternSize(source: string): number {
  const open: number[] = [];
  let total = 0;
  /** What a repeat would repeat. */
  let last = 0;
  for (let at = 0; at < source.length;) {
    const repeat = matchAt(REPEAT, source, at);
    if (repeat !== undefined) {
      const times = Math.max(Number(repeat[1]), Number(repeat[2] ?? 0));
      total += last * (Math.max(times, 1) - 1);
      last *= Math.max(times, 1);
      at += repeat[0].length;
      continue;
    }
    const character = source[at];
    if (character === '(') {
      open.push(total);
      total = 0;
    } else if (character === ')') {
      last = total + 1;
      total = (open.pop() ?? 0) + last;
    } else {
      last = 1;
      total += 1;
    }
    at += unitLength(source, at);
  }
  return open.reduce((sum, before) => sum + before, total);
}

/** How many characters the element at `at` has. */
function unitLength(source: string, at: number): number {
  if (source[at] === '[') return matchAt(CLASS, source, at)?.[0].length ?? 1;
  if (source[at] !== '\\') return 1;
  return matchAt(LONG_ESCAPE, source, at)?.[0].length ?? 2;
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source) ?? undefined;
}
