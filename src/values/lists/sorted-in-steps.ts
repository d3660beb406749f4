/** How many items are gone through between two moments at which the caller may let other work run. */
const ITEMS_A_STEP = 256;

/**
 * A stable sort in steps. Sorted input is returned as it is; otherwise its sorted runs are merged. `compare` is that of
 * `Array.sort`.
 */
export function* sortedInSteps<T>(
  items: readonly T[],
  compare: (a: T, b: T) => number,
): Generator<undefined, readonly T[]> {
  if (yield* isSorted(items, compare)) return items;
  let runs: (readonly T[])[] = [];
  for (let at = 0; at < items.length; at += ITEMS_A_STEP) {
    yield;
    runs.push(items.slice(at, at + ITEMS_A_STEP).sort(compare));
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2) {
      const [a = [], b] = runs.slice(at, at + 2);
      merged.push(b === undefined ? a : yield* merge(a, b, compare));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* isSorted<T>(items: readonly T[], compare: (a: T, b: T) => number): Generator<undefined, boolean> {
  let before: T | undefined;
  let untilYield = ITEMS_A_STEP;
  for (const item of items) {
    if (before !== undefined && compare(before, item) > 0) return false;
    before = item;
    if (--untilYield > 0) continue;
    untilYield = ITEMS_A_STEP;
    yield;
  }
  return true;
}

function* merge<T>(
  a: readonly T[],
  b: readonly T[],
  compare: (a: T, b: T) => number,
): Generator<undefined, readonly T[]> {
  const merged: T[] = [];
  let [atA, atB] = [0, 0];
  for (;;) {
    if (merged.length % ITEMS_A_STEP === 0) yield;
    const [first, second] = [a[atA], b[atB]];
    if (first === undefined || second === undefined) break;
    if (compare(first, second) <= 0) {
      merged.push(first);
      atA += 1;
    } else {
      merged.push(second);
      atB += 1;
    }
  }
  return merged.concat(a.slice(atA), b.slice(atB));
}
