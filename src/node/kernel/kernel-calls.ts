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
}

/** The calls, or why they are missing. */
export type LoadedCalls = { readonly calls: KernelCalls } | { readonly missing: string };

/** Returns the calls; `folder` is where the addons are, unless it is the usual one. */
export function loadKernelCalls(folder?: URL): LoadedCalls {
  const loaded = loadAddon('kernel', folder);
  // The functions are those of src/native/kernel.c, which is built from the same source tree.
  return 'missing' in loaded ? loaded : { calls: loaded.addon as KernelCalls };
}
