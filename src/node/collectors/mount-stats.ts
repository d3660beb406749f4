import { statfsSync } from 'node:fs';
import { errnoText } from '../../values/go/errno-text.js';

/** The result of statfs(2) for a file system. Numbers are exact up to 2^53, as with upstream's float64. */
export interface MountStats {
  readonly blockBytes: number;
  readonly blocks: number;
  readonly blocksFree: number;
  /** The blocks that are not reserved for root. */
  readonly blocksAvailable: number;
  readonly files: number;
  readonly filesFree: number;
}

/** The result for one mount. `error` becomes the label `device_error`. */
export type MountAnswer =
  { readonly kind: 'stats'; readonly stats: MountStats } | { readonly kind: 'error'; readonly error: string };

/** Calls statfs(2) synchronously, for mounts that answer from memory. */
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

/** The error of statfs(2) in Go's words for the same errno. */
export function statfsProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // Node writes `EACCES: permission denied, statfs '/mnt'`.
  return errnoText(error) ?? /^\w+: (.+), statfs/.exec(error.message)?.[1] ?? error.message;
}
