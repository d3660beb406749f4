/** One step into a YAML document: a mapping key or a list index. */
export type PathStep = string | number;

/**
 * A mistake in a configuration, found while its values were being compiled.
 *
 * `path` leads from the value that the thrower was given to the offending one; whoever knows the file turns it into file, line and column.
 */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly path: readonly PathStep[];

  constructor(message: string, path: readonly PathStep[] = []) {
    super(message);
    this.path = path;
  }

  /** The same mistake, seen from `steps` further out. */
  within(...steps: PathStep[]): ConfigError {
    return new ConfigError(this.message, [...steps, ...this.path]);
  }
}

/** Runs `compile` and puts `steps` before the path of a ConfigError that it throws. */
export function within<T>(steps: readonly PathStep[], compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    if (error instanceof ConfigError) throw error.within(...steps);
    throw error;
  }
}
