import type { UnservedFlag } from '../unserved-flags.js';

/** The flags of postgres_exporter 0.19 that have no effect, with what they would do. */
export const POSTGRES_UNSERVED: readonly UnservedFlag[] = [
  { name: 'dumpmaps', kind: 'switch', does: 'refuse', reason: 'there are no maps to show' },
];
