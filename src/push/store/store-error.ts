/** A store cannot be used. The message says what to do about it. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: 'damaged' | 'in use' | 'unusable';

  constructor(kind: StoreError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** The store is not as it was left. Nothing in it has been changed. */
export function damagedStore(folder: string, why: string): StoreError {
  return new StoreError(
    'damaged',
    `the store "${folder}" is damaged: ${why}; nothing in it was changed. Bring back a copy of it, or move it away to begin with an empty one, ` +
      'or start once with --persistence.repair to go on with what can be read of it',
  );
}

/** The end of LevelDB's message for a file that is missing or shorter than it was. */
const FILE_IS_NOT_WHOLE = /: (?:No such file or directory|Invalid argument)$/;

/** The error for LevelDB's failure to read a copy of the store, which should have all of its files. */
export function readingError(folder: string, copy: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, text } = innermost(error);
  const why = text.replaceAll(copy, folder);
  const isDamage = code === 'LEVEL_CORRUPTION' || FILE_IS_NOT_WHOLE.test(text);
  return isDamage ? damagedStore(folder, why) : unusableStore(folder, why, error);
}

/** The error for a failure of LevelDB or of the file system, in words for an operator. */
export function storeError(folder: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, text } = innermost(error);
  if (code === 'LEVEL_LOCKED') {
    const message = `the store "${folder}" is in use by another process; stop that one, or give each its own --persistence.file`;
    return new StoreError('in use', message, { cause: error });
  }
  if (code === 'LEVEL_CORRUPTION') return damagedStore(folder, text);
  return unusableStore(folder, text, error);
}

function unusableStore(folder: string, why: string, cause: unknown): StoreError {
  const message = `cannot use the store "${folder}": ${why}; nothing can be pushed until it can be read and written`;
  return new StoreError('unusable', message, { cause });
}

/** LevelDB's own error is the cause of the one that says that the database is not open. */
function innermost(error: unknown): { code: string; text: string } {
  if (!(error instanceof Error)) return { code: '', text: String(error) };
  if (error.cause instanceof Error) return innermost(error.cause);
  return { code: 'code' in error ? String(error.code) : '', text: error.message };
}
