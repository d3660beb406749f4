const REPEAT = /\{(\d{1,4})(?:,(\d{0,4}))?\}/y;
/** Escapes of more than two characters: a class by name, and a character by its number. */
const LONG_ESCAPE = /\\[pPx]\{[^}]{0,40}\}/y;
/** A class in brackets. A `]` at its start belongs to it. */
const CLASS = /\[\^?\]?(?:\\[^]|\[:[^:]{0,20}:\]|[^\]\\])*\]/y;

/** A class of Unicode, such as \pL and \P{Greek}, within another class, too. */
const UNICODE_CLASS = /\\[pP]/;
/** Whether letter case may be ignored in some part of a pattern. */
const IGNORES_CASE = /\(\?[a-zA-Z]{0,20}i/;
/** A range within a class, with one character of each end, or its number. */
const RANGE = /(?:\\x\{([0-9a-fA-F]{1,8})\}|([^\\]))-(?:\\x\{([0-9a-fA-F]{1,8})\}|([^\]\\]))/gu;

/** A class of Unicode has some 700 ranges, which are looked up, folded and sorted at each mention. */
const UNICODE_CLASS_SIZE = 100;
/** The range of characters for which the other cases are looked up where case is ignored. */
const [FIRST_WITH_CASE, LAST_WITH_CASE] = [0x41, 0x1e943];
const CHARACTERS_OF_ONE = 50;

/**
 * Estimates how many characters a pattern has once its counted repeats are written out, which is what compiling it
 * costs: `(?:ab){3}` has six. Escapes count as one, and so do classes, but for those of Unicode and, where case is
 * ignored, large ranges: a range to the last character takes 3 ms. Never throws; an ill-formed pattern has some size,
 * too.
 */
export function patternSize(source: string): number {
  const open: number[] = [];
  let total = 0;
  /** The size of the last element, which a following repeat multiplies. */
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
  return open.reduce((sum, before) => sum + before, total + sizeOfClasses(source));
}

/** The cost of classes beyond one character. They are read once, however often they are repeated. */
function sizeOfClasses(source: string): number {
  const ignoresCase = IGNORES_CASE.test(source);
  let size = 0;
  for (let at = 0; at < source.length;) {
    const end = at + unitLength(source, at);
    if (end > at + 1) size += sizeOfClass(source.slice(at, end), ignoresCase);
    at = end;
  }
  return size;
}

function sizeOfClass(unit: string, ignoresCase: boolean): number {
  let size = UNICODE_CLASS_SIZE * (unit.split(UNICODE_CLASS).length - 1);
  if (!ignoresCase || !unit.startsWith('[')) return size;
  for (const [, lowNumber, low = '', highNumber, high = ''] of unit.matchAll(RANGE)) {
    const first = Math.max(numberOf(lowNumber, low), FIRST_WITH_CASE);
    const last = Math.min(numberOf(highNumber, high), LAST_WITH_CASE);
    size += Math.max(0, Math.floor((last - first) / CHARACTERS_OF_ONE));
  }
  return size;
}

function numberOf(hexadecimal: string | undefined, character: string): number {
  return hexadecimal === undefined ? (character.codePointAt(0) ?? 0) : Number.parseInt(hexadecimal, 16);
}

/** The number of characters of the element at `at`. */
function unitLength(source: string, at: number): number {
  if (source[at] === '[') return matchAt(CLASS, source, at)?.[0].length ?? 1;
  if (source[at] !== '\\') return 1;
  return matchAt(LONG_ESCAPE, source, at)?.[0].length ?? 2;
}

function matchAt(pattern: RegExp, source: string, at: number): RegExpExecArray | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source) ?? undefined;
}
