/** Why a store cannot be used. The message says what to do about it. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  readonly kind: 'damaged' | 'in use' | 'unusable';

  constructor(kind: StoreError['kind'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.kind = kind;
  }
}

/** The store is not as it was left. Nothing in it has been touched. */
export function damagedStore(folder: string, why: string): StoreError {
  return new StoreError(
    'damaged',
    `the store "${folder}" is damaged: ${why}; nothing in it was changed. Bring back a copy of it, or move it away to begin with an empty one, ` +
      'or start once with --persistence.repair to go on with what can be read of it',
  );
}

/** What LevelDB or the file system said, in words for an operator. */
export function storeError(folder: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error;
  const { code, text } = innermost(error);
  if (code === 'LEVEL_LOCKED') {
    const message = `the store "${folder}" is in use by another process; stop that one, or give each its own --persistence.file`;
    return new StoreError('in use', message, { cause: error });
  }
  if (code === 'LEVEL_CORRUPTION') return damagedStore(folder, text);
  const message = `cannot use the store "${folder}": ${text}; nothing can be pushed until it can be read and written`;
  return new StoreError('unusable', message, { cause: error });
}

/** LevelDB's own error stands behind the one that says that the database is not open. */
function innermost(error: unknown): { code: string; text: string } {
  if (!(error instanceof Error)) return { code: '', text: String(error) };
  if (error.cause instanceof Error) return innermost(error.cause);
  return { code: 'code' in error ? String(error.code) : '', text: error.message };
}
