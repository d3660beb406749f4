/** A state of the store. */
export interface StorePosition {
  /** Grows by one with every record that changes. */
  readonly version: number;
  /** The id of the commit that led to it; "" before the first. */
  readonly commit: string;
  /** The id of the first commit; another one after the store was emptied. */
  readonly epoch: string;
}

/** The state of a store in which nothing was ever put. */
export const BEGINNING: StorePosition = { version: 0, commit: '', epoch: '' };

/** A record as it is now; without payload it is gone. */
export interface ChangedRecord {
  readonly key: string;
  readonly payload: Buffer | undefined;
}

/** Some of the changes after a position. */
export type Changes = {
  /** The requested commits that were done. */
  readonly done: readonly string[];
} & (
  | {
      readonly kind: 'changes';
      readonly records: readonly ChangedRecord[];
      /** The next changes are behind this. It is a state of the store only if there are no more. */
      readonly position: StorePosition;
      readonly hasMore: boolean;
    }
  /** The store has no such position: it lost changes or was emptied, or the position is too old. */
  | { readonly kind: 'reload' }
);

/** Records to change in one step, if the store is still at the position. */
export interface Commit {
  readonly id: string;
  readonly at: StorePosition;
  /** Commits of which it is not known whether they were done. If one of them was, this one is not done. */
  readonly doubtful: readonly string[];
  /** Key: that of the record. */
  readonly put: ReadonlyMap<string, Buffer>;
  readonly remove: readonly string[];
}

/** The result of a commit. */
export type Committed =
  | { readonly kind: 'done'; readonly position: StorePosition }
  /** Nothing was done, since somebody else has changed something. */
  | { readonly kind: 'behind' }
  /** The commit, or one of the doubtful ones, had been done before. */
  | { readonly kind: 'already'; readonly id: string };

/** The store did not answer, or not as it should. The message is for operators. */
export class StoreProblem extends Error {
  override readonly name = 'StoreProblem';
  /** Whether what was asked may have been done. */
  readonly isDoubtful: boolean;

  constructor(
    message: string,
    { isDoubtful = false, ...options }: ErrorOptions & { readonly isDoubtful?: boolean } = {},
  ) {
    super(message, options);
    this.isDoubtful = isDoubtful;
  }
}

/** Records that several instances share. All methods reject with StoreProblem. */
export interface SharedStore {
  readonly changes: (behind: StorePosition, doubtful: readonly string[]) => Promise<Changes>;
  readonly commit: (commit: Commit) => Promise<Committed>;
  /** Returns by how many seconds the store's wall clock is ahead of this host's monotonic one, by the last answer. */
  readonly aheadSeconds: () => number;
  readonly close: () => void;
}
