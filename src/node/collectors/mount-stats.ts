import { statfsSync } from 'node:fs';
import { errnoText } from '../../values/go/errno-text.js';

/** What statfs(2) tells of a file system; exact to 2^53, which is upstream's float as well. */
export interface MountStats {
  readonly blockBytes: number;
  readonly blocks: number;
  readonly blocksFree: number;
  /** The blocks that are not reserved for root. */
  readonly blocksAvailable: number;
  readonly files: number;
  readonly filesFree: number;
}

/** What a mount answered. `error` is the text of the label `device_error`. */
export type MountAnswer =
  { readonly kind: 'stats'; readonly stats: MountStats } | { readonly kind: 'error'; readonly error: string };

/** Asks a mount here and now: for those that answer out of memory. */
export function askMountNow(path: string): MountAnswer {
  try {
    const { bsize, blocks, bfree, bavail, files, ffree } = statfsSync(path);
    return {
      kind: 'stats',
      stats: {
        blockBytes: bsize,
        blocks,
        blocksFree: bfree,
        blocksAvailable: bavail,
        files,
        filesFree: ffree,
      },
    };
  } catch (error) {
    return { kind: 'error', error: statfsProblem(error) };
  }
}

/** What is wrong, in the words that Go has for the same number. */
export function statfsProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node writes `EACCES: permission denied, statfs '/mnt'`.
  return errnoText(error) ?? /^\w+: (.+), statfs/.exec(error.message)?.[1] ?? error.message;
}
