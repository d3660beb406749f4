import type { PathStep } from '../../values/config-error.js';

/** A mistake in loaded values, before its place in the file is known. */
export interface Finding {
  /** The path through the loaded values. */
  readonly path: readonly PathStep[];
  /** Whether the key at the end of the path is wrong, or its value. */
  readonly at: 'key' | 'value';
  readonly message: string;
}
