/**
 * Returns a thrown value, or the reason of an abort signal, as an Error. A value that is no Error becomes its message.
 */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Returns the stack of a thrown value, for the log; the message where there is none. */
export function stackOf(thrown: unknown): string {
  const { stack, message } = asError(thrown);
  return stack ?? message;
}

/** Returns the message of a thrown value. */
export function messageOf(thrown: unknown): string {
  return asError(thrown).message;
}
