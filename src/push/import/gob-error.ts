/** The bytes are no gob stream, or one of something else. The message names the byte. */
export class GobError extends Error {
  override readonly name = 'GobError';

  constructor(
    /** The offset in the file, in bytes. */
    readonly offset: number,
    problem: string,
  ) {
    super(`byte ${offset}: ${problem}`);
  }
}
