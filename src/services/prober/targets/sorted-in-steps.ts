/** Entries sorted, or merged, in one step. */
const STEP = 64;

/** A sorted copy, made in short steps: a merge sort, stable as Array's own. */
export function* sortedInSteps<T>(
  items: readonly T[],
  compare: (one: T, other: T) => number,
): Generator<undefined, readonly T[]> {
  let runs: (readonly T[])[] = [];
  for (let from = 0; from < items.length; from += STEP) {
    runs.push(items.slice(from, from + STEP).sort(compare));
    yield;
  }
  while (runs.length > 1) {
    const merged: (readonly T[])[] = [];
    for (let at = 0; at < runs.length; at += 2) {
      merged.push(yield* merge(runs[at] ?? [], runs[at + 1] ?? [], compare));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

function* merge<T>(
  one: readonly T[],
  other: readonly T[],
  compare: (one: T, other: T) => number,
): Generator<undefined, readonly T[]> {
  const merged: T[] = [];
  let [at, otherAt] = [0, 0];
  while (at < one.length && otherAt < other.length) {
    // Both are there: the indices are below the lengths.
    const [left, right] = [one[at] as T, other[otherAt] as T];
    const isLeft = compare(left, right) <= 0;
    merged.push(isLeft ? left : right);
    if (isLeft) at++;
    else otherAt++;
    if (merged.length % STEP === 0) yield;
  }
  return [...merged, ...one.slice(at), ...other.slice(otherAt)];
}
