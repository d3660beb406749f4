import type { GroupChange, PushedGroup } from './pushed-group.js';

/** Where groups outlive the process. */
export interface GroupPersistence {
  /** Everything that was saved, in the state that the last change left it in. Called once, before any change. Rejects where it cannot be read. */
  load(): Promise<readonly PushedGroup[]>;
  /**
   * Resolves when the changes are kept as durably as its owner asked for. Changes are applied in the order of the calls; calls that come while
   * a write is under way are written together. Rejects where they could not be kept; then `problem` says why.
   */
  save(changes: readonly GroupChange[]): Promise<void>;
  /** Why the last write or the load failed, in words for an operator; undefined while all is well. */
  readonly problem: string | undefined;
  /** Writes what is still to be written. Nothing is saved afterwards. */
  close(): Promise<void>;
}

/** For a pushgateway that forgets (`--persistence.file` empty, as is upstream's default). */
export const noPersistence: GroupPersistence = {
  load: () => Promise.resolve([]),
  save: () => Promise.resolve(),
  problem: undefined,
  close: () => Promise.resolve(),
};
