import { statfsSync } from 'node:fs';

/** What statfs(2) tells of a file system; exact to 2^53, which is upstream's float as well. */
export interface MountStats {
  readonly blockBytes: number;
  readonly blocks: number;
  readonly blocksFree: number;
  /** Those that are not kept for root. */
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

/** By the kernel's numbers, where Node has another text than Go, or none. */
const GO_TEXTS: Readonly<Record<number, string>> = {
  5: 'input/output error',
  19: 'no such device',
  107: 'transport endpoint is not connected',
  110: 'connection timed out',
  111: 'connection refused',
  112: 'host is down',
  113: 'no route to host',
  116: 'stale NFS file handle',
  121: 'remote I/O error',
};

/** What is wrong, in the words that Go has for the same number. */
export function statfsProblem(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const errno = 'errno' in error ? Math.abs(Number(error.errno)) : 0;
  // Node writes `EACCES: permission denied, statfs '/mnt'`.
  return GO_TEXTS[errno] ?? /^\w+: (.+), statfs/.exec(error.message)?.[1] ?? error.message;
}
