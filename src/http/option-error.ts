import { messageOf } from '../values/as-error.js';
/** The value of a flag of the service that cannot be used. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
  /** Without its dashes, such as `web.external-url`. */
  readonly flag: string;

  constructor(flag: string, cause: unknown) {
    super(messageOf(cause), { cause });
    this.flag = flag;
  }
}

/** Runs what reads the value of a flag; throws an OptionError with what it throws. */
export function readingOption<T>(flag: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new OptionError(flag, error);
  }
}
