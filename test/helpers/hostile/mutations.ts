import { rmSync, symlinkSync, writeFileSync } from 'node:fs';

/** Reading it fails with EIO, as reading a file of a driver may: nothing is mapped at address 0 of a process. */
export const UNREADABLE = '/proc/self/mem';

/** What becomes of a file. */
export interface Mutation {
  readonly name: string;
  /** What is changed: the whole file, one number, or one line. */
  readonly of: 'file' | 'number' | 'line';
  /** What is in the file then; undefined where it is gone or cannot be read. */
  readonly text: string | undefined;
}

/** A number that stands alone. */
const NUMBER = /(?<![\w.])-?\d+(?:\.\d+)?(?![\w.])/g;
/** With more numbers in a file, the first, the middle and the last of them are changed. */
const MOST_NUMBERS = 4;

const IN_PLACE_OF_NUMBERS = [
  ['a word', 'word'],
  ['negative', '-5'],
  ['more than 64 bits', '99999999999999999999999'],
] as const;

/** Everything that this project tries on a file, always the same for the same text. */
export function mutationsOf(text: string): readonly Mutation[] {
  return [
    { name: 'gone', of: 'file', text: undefined },
    { name: 'unreadable', of: 'file', text: undefined },
    { name: 'empty', of: 'file', text: '' },
    ...numbersOf(text),
    ...linesOf(text),
  ];
}

function numbersOf(text: string): readonly Mutation[] {
  const all = [...text.matchAll(NUMBER)];
  if (all.length === 0) return [{ name: 'a word', of: 'line', text: 'word\n' }];
  const [first, middle, last] = [all.slice(0, 1), all.slice(all.length >> 1, (all.length >> 1) + 1), all.slice(-1)];
  const places = all.length <= MOST_NUMBERS ? all : [...first, ...middle, ...last];
  return places.flatMap(({ index, 0: number }, place) =>
    // Whether a number is too large is judged alike wherever it stands.
    IN_PLACE_OF_NUMBERS.slice(0, place === 0 ? 3 : 2).map(([name, by]): Mutation => {
      const line = text.slice(0, index).split('\n').length;
      const changed = text.slice(0, index) + by + text.slice(index + number.length);
      return { name: `${number} in line ${line} is ${name}`, of: 'number', text: changed };
    }),
  );
}

function linesOf(text: string): readonly Mutation[] {
  const lines = text.split('\n');
  const count = lines.filter((line) => line !== '').length;
  if (count <= 1) return [{ name: 'twice', of: 'line', text: `${text.trimEnd()}\n${text}` }];
  const middle = count >> 1;
  const withMiddle = (...by: readonly string[]): string =>
    [...lines.slice(0, middle), ...by, ...lines.slice(middle + 1)].join('\n');
  const line = lines[middle] ?? '';
  return [
    { name: MIDDLE_GONE, of: 'line', text: withMiddle() },
    { name: 'the middle line is odd', of: 'line', text: withMiddle('odd line') },
    { name: 'the middle line is its first word', of: 'line', text: withMiddle(/\S+/.exec(line)?.[0] ?? '') },
    { name: 'a blank line in the middle', of: 'line', text: withMiddle('', line) },
    { name: 'an odd line at the end', of: 'line', text: text.replace(/\n?$/, '\nodd line\n') },
    { name: 'the last line is cut off', of: 'line', text: text.trimEnd().slice(0, -4) },
  ];
}

export const MIDDLE_GONE = 'the middle line is gone';

/** Changes a file for as long as `work` takes. */
export async function withMutation(
  path: string,
  { before, mutation }: { readonly before: string; readonly mutation: Mutation },
  work: () => Promise<void>,
): Promise<void> {
  rmSync(path);
  if (mutation.text !== undefined) writeFileSync(path, mutation.text);
  else if (mutation.name === 'unreadable') symlinkSync(UNREADABLE, path);
  try {
    await work();
  } finally {
    rmSync(path, { force: true });
    writeFileSync(path, before);
  }
}
