import { loadAddon } from './native-addon.js';

/**
 * Requests to the kernel that only the addon src/native/kernel.c can make. A failed call rejects with an Error with
 * `code`.
 */
export interface KernelCalls {
  /** Sends a request by netlink and resolves with all messages of the answer, at most 64 MiB. */
  readonly netlink: (protocol: number, request: Uint8Array) => Promise<Buffer>;
  /** Resolves with the answer of ethtool, which stands in the place of the request. */
  readonly ethtool: (device: string, request: Uint8Array) => Promise<Buffer>;
  /** Makes the ioctl of btrfs with this number on a mounted folder, if it is one that only reads. */
  readonly btrfs: (folder: string, number: number, request: Uint8Array) => Promise<Buffer>;
  /**
   * Reads regular files of one folder, as many as have room in 1 MiB; each name ends with a null byte. Resolves with
   * each file in this order: its length, the seconds of its last change, eight bytes each, and what is in it. The
   * length is below zero for what Node is to read: other files, long ones and those that are being written.
   */
  readonly files: (folder: string, names: Uint8Array) => Promise<Buffer>;
}

/** The calls, or why they are missing. */
export type LoadedCalls = { readonly calls: KernelCalls } | { readonly missing: string };

/** Returns the calls; `folder` is where the addons are, unless it is the usual one. */
export function loadKernelCalls(folder?: URL): LoadedCalls {
  const loaded = loadAddon('kernel', folder);
  // The functions are those of src/native/kernel.c, which is built from the same source tree.
  return 'missing' in loaded ? loaded : { calls: loaded.addon as KernelCalls };
}

/** The addon's calls that read the many small files of /proc and /sys, for less than Node's own do. */
export interface SmallFileCalls {
  /**
   * Reads a file in place, as UTF-8. A number is that of an error (errno(3)), negative if opening failed, positive if
   * reading did. Undefined for what Node is to read: 2 MiB and more, paths with a null character or of 4 KiB.
   * `endsShort`: a read of less than a page is the last one, as in /sys and for regular files, but not in /proc.
   */
  readonly text: (path: string, endsShort: boolean) => string | number | undefined;
  /**
   * Reads files of one folder, which slashes separate in `names`, each with a result as that of `text`. Looking up the
   * folder once saves most of what a file of /sys costs. Undefined if the folder cannot be opened.
   */
  readonly texts: (
    folder: string,
    names: string,
    endsShort: boolean,
  ) => readonly (string | number | undefined)[] | undefined;
}

/** Returns these calls, or undefined where there is no addon: then Node reads the files. */
export function loadSmallFileCalls(folder?: URL): SmallFileCalls | undefined {
  const loaded = loadAddon('kernel', folder);
  return 'missing' in loaded ? undefined : (loaded.addon as SmallFileCalls);
}
