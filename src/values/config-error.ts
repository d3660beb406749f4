/** One step into a YAML document: a key of a mapping or an index of a list. */
export type PathStep = string | number;

/**
 * A mistake in a configuration that was found while its values were compiled.
 * `path` leads from the value that was being compiled to the wrong value inside it. The code that knows the file turns
 * it into file, line and column.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly path: readonly PathStep[];

  constructor(message: string, path: readonly PathStep[] = []) {
    super(message);
    this.path = path;
  }

  /** Returns the same error with `steps` put before its path. */
  within(...steps: PathStep[]): ConfigError {
    return new ConfigError(this.message, [...steps, ...this.path]);
  }
}

/** Runs `compile`. If it throws a ConfigError, `steps` are put before its path. */
export function within<T>(steps: readonly PathStep[], compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof ConfigError) throw error.within(...steps);
    throw error;
  }
}
