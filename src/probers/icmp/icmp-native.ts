import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { PACKAGE_ROOT } from '../../files/package-root.js';
import { codeOf, textOf } from '../../probe/error-text.js';

/** How a socket is opened. */
export interface SocketOptions {
  readonly family: 4 | 6;
  /** A raw socket, which needs CAP_NET_RAW; otherwise a datagram socket, which needs net.ipv4.ping_group_range. */
  readonly raw: boolean;
  /** Time to live or hop limit; 0 leaves the system's default. */
  readonly ttl: number;
  readonly dontFragment: boolean;
  /** The address to send from; "" for any. */
  readonly source: string;
}

/** A socket of the addon; it means nothing elsewhere. */
export type NativeSocket = object & { readonly brand: 'icmp socket' };

/** The index in `facts` of each fact that `receive` reports beside the bytes. */
export const FACTS = {
  atSeconds: 0,
  hopLimit: 1,
  truncated: 2,
  scope: 3,
  isError: 4,
  errorOrigin: 5,
  errorType: 6,
  errorCode: 7,
  errorNumber: 8,
  errorInfo: 9,
  offenderFamily: 10,
} as const;

/** The addon of src/native. No call blocks; those that fail throw an Error with `code` and `syscall`. */
export interface IcmpAddon {
  /** `onReadable` is called whenever something is there to be received. */
  readonly open: (options: SocketOptions, onReadable: () => void) => NativeSocket;
  /** Returns the moment right before sending, in seconds on the time line of `receive`. */
  readonly send: (socket: NativeSocket, address: string, packet: Uint8Array) => number;
  /**
   * Takes one packet or one ICMP error. Returns its length, -1 if there is nothing. `facts` has a place for each of
   * FACTS; `peers` takes two addresses of 16 bytes: who sent it (of an error: whom the quoted packet was for), and who
   * sent the error.
   */
  readonly receive: (socket: NativeSocket, bytes: Uint8Array, facts: Float64Array, peers: Uint8Array) => number;
  readonly close: (socket: NativeSocket) => void;
}

/** The addon, or why there is none. */
export type IcmpAddonOrNot = { readonly addon: IcmpAddon } | { readonly missing: string };

/** The folder in which scripts/build-native.mjs writes the addon, or the reason why it could not build it. */
const FOLDER = new URL('dist/native/', PACKAGE_ROOT);
const BUILD_SCRIPT = fileURLToPath(new URL('scripts/build-native.mjs', PACKAGE_ROOT));

/** Loads the addon; a missing one is an answer, not an error, since everything but ICMP works without it. */
export function loadIcmpAddon(folder: URL = FOLDER): IcmpAddonOrNot {
  try {
    // The functions are those of src/native/icmp.c, which is built from the same source tree.
    return { addon: createRequire(import.meta.url)(fileURLToPath(new URL('icmp.node', folder))) as IcmpAddon };
  } catch (error) {
    if (codeOf(error) !== 'MODULE_NOT_FOUND') return { missing: textOf(error) };
    return { missing: whyNotBuilt(folder) };
  }
}

function whyNotBuilt(folder: URL): string {
  try {
    return readFileSync(new URL('icmp.missing', folder), 'utf8').trim();
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? `it was not built: run \`node ${BUILD_SCRIPT}\`` : textOf(error);
  }
}
