/**
 * Returns a thrown value, or the reason of an abort signal, as an Error. A value that is no Error becomes its message.
 */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** Returns the message of a thrown value. */
export function messageOf(thrown: unknown): string {
  return asError(thrown).message;
}
