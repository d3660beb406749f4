import type { PathStep } from '../values/config-error.js';

/** A mistake in loaded values, not yet brought to its place in the file. */
export interface Finding {
  /** Leads through the loaded values. */
  readonly path: readonly PathStep[];
  /** Whether the key at the end of the path is at fault, or its value. */
  readonly at: 'key' | 'value';
  readonly message: string;
}
