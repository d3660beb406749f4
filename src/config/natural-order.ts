const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;

/**
 * Compares keys of a map in the order in which Go's yaml.v3 writes them: numbers within keys by their value, and digits
 * before letters at the start of a word.
 */
export function compareNaturally(a: string, b: string): number {
  const left = Array.from(a);
  const right = Array.from(b);
  let inDigits = false;
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const [one = '', other = ''] = [left[index], right[index]];
    if (one !== other) return isLess(left, right, { index, inDigits }) ? -1 : 1;
    inDigits = DIGIT.test(one);
  }
  return left.length - right.length;
}

interface Difference {
  readonly index: number;
  /** Whether the last equal character was a digit. */
  readonly inDigits: boolean;
}

function isLess(left: readonly string[], right: readonly string[], { index, inDigits }: Difference): boolean {
  const [one = '', other = ''] = [left[index], right[index]];
  const oneIsLetter = LETTER.test(one);
  const otherIsLetter = LETTER.test(other);
  if (oneIsLetter && otherIsLetter) return one < other;
  if (oneIsLetter || otherIsLetter) return inDigits ? oneIsLetter : otherIsLetter;
  // A zero after other digits is part of their number.
  const within = (one === '0' || other === '0') && hasNumberBefore(left, index) ? '1' : '';
  const [oneNumber, otherNumber] = [digitsFrom(left, index), digitsFrom(right, index)];
  const [oneValue, otherValue] = [Number(within + oneNumber), Number(within + otherNumber)];
  if (oneValue !== otherValue) return oneValue < otherValue;
  return oneNumber.length === otherNumber.length ? one < other : oneNumber.length < otherNumber.length;
}

/** Whether digits that are not all zeros end right before `index`. */
function hasNumberBefore(text: readonly string[], index: number): boolean {
  let at = index - 1;
  while (text[at] === '0') at--;
  return /^[1-9]/.test(text[at] ?? '');
}

function digitsFrom(text: readonly string[], index: number): string {
  return /^\d*/.exec(text.slice(index).join(''))?.[0] ?? '';
}
