import type { GroupChange, PushedGroup } from '../pushed-group.js';

/** Storage for groups that survives a restart. */
export interface GroupPersistence {
  /**
   * Returns all groups as the last saved change left them. It is called once, before any change. Rejects if they cannot
   * be read.
   */
  load(): Promise<readonly PushedGroup[]>;
  /**
   * Resolves when the changes are as durable as configured. Changes are applied in the order of the calls; calls during
   * a write are written together. Rejects if the changes could not be saved; `problem` then says why.
   */
  save(changes: readonly GroupChange[]): Promise<void>;
  /** Why the last write or the load failed, in words for an operator; undefined if there is no problem. */
  readonly problem: string | undefined;
  /** Writes all pending changes. Nothing may be saved afterwards. */
  close(): Promise<void>;
}

/** The persistence of a pushgateway that stores nothing on disk (`--persistence.file` is empty, upstream's default). */
export const noPersistence: GroupPersistence = {
  load: () => Promise.resolve([]),
  save: () => Promise.resolve(),
  problem: undefined,
  close: () => Promise.resolve(),
};
