/** Parts of a word that turn its meaning round, or make it one about something else. */
const TELLING = ['not', 'none', 'no', 'header', 'body', 'include', 'exclude', 'enable', 'disable'] as const;

/**
 * The candidate that was probably meant by a misspelt word; undefined if none is close. Never one that differs in a
 * `not`, `no`, `none`, `header`, `body` and the like: a check must not be turned round.
 */
export function closest(word: string, candidates: readonly string[]): string | undefined {
  const limit = word.length < 3 ? 0 : Math.max(1, Math.floor(word.length / 3));
  let best: { readonly candidate: string; readonly distance: number } | undefined;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) > limit || !saysTheSame(word, candidate)) continue;
    const distance = editDistance(word.toLowerCase(), candidate.toLowerCase());
    if (distance <= limit && distance < (best?.distance ?? Infinity)) best = { candidate, distance };
  }
  return best?.candidate;
}

function saysTheSame(word: string, candidate: string): boolean {
  const [one, other] = [word, candidate].map(tellingParts);
  return one === other;
}

/** These parts also count where they are joined to the next word, as in `nossl`. */
function tellingParts(word: string): string {
  const parts = word.toLowerCase().split(/[_.-]/);
  const found = parts.map((part) =>
    TELLING.find((telling) => part === telling || (telling === 'no' && /^non?(?!ne)/.test(part))),
  );
  return found
    .filter((part) => part !== undefined)
    .map((part) => (part.startsWith('no') ? 'not' : part))
    .join();
}

/**
 * Counts the insertions, deletions, replacements and swaps of neighbours between two words (optimal string alignment).
 */
function editDistance(from: string, to: string): number {
  let twoBefore: readonly number[] = [];
  let before: readonly number[] = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    for (let column = 1; column <= to.length; column++) {
      const same = from[row - 1] === to[column - 1] ? 0 : 1;
      const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      current[column] = Math.min(
        at(before, column) + 1,
        at(current, column - 1) + 1,
        at(before, column - 1) + same,
        swapped ? at(twoBefore, column - 2) + 1 : Infinity,
      );
    }
    twoBefore = before;
    before = current;
  }
  return at(before, to.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity;
}
