/** How long a piece of work may keep everything else waiting. */
const SLICE_MS = 4;

/**
 * Runs work that says where it can be interrupted, and lets everything else go on after each slice of time: by time and not by count,
 * since nobody knows what a step costs. Rejects with what a step throws.
 */
export async function inSlices<T>(steps: Generator<unknown, T>): Promise<T> {
  let start = performance.now();
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    if (performance.now() - start < SLICE_MS) continue;
    await nextTurn();
    start = performance.now();
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
