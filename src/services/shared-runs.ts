/**
 * Has `work` run once at a time. Whoever asks while it runs shares the one run that follows it, so that each gets a
 * result of work that began after the question, and many questions cost two runs.
 */
export function sharedRuns<T>(work: () => Promise<T>): () => Promise<T> {
  let last: Promise<unknown> = Promise.resolve();
  /** The run that has not begun. */
  let next: Promise<T> | undefined;
  const begin = (): Promise<T> => {
    next = undefined;
    return work();
  };
  return () => {
    if (next === undefined) {
      next = last.then(begin);
      last = next.catch(() => undefined);
    }
    return next;
  };
}
