import { wordsOf } from '../lines.js';

/** A connection of a mount, as its line `xprt:` has it. */
export interface NfsTransport {
  /** `tcp`, `udp` or `rdma`. */
  readonly protocol: string;
  readonly numbers: readonly string[];
}

/** A mount of NFS in /proc/self/mountstats; numbers are as written there. */
export interface NfsMount {
  /** The server and what it exports: `192.168.1.1:/srv/test`. */
  readonly device: string;
  /** The mount point as the kernel writes it, with blanks in octal. */
  readonly mountpoint: string;
  /** The index of the mount in the file, from 0 up; mounts of other kinds count as well. */
  readonly index: number;
  readonly age: string | undefined;
  readonly bytes: readonly string[];
  readonly events: readonly string[];
  readonly transports: readonly NfsTransport[];
  readonly operations: readonly { readonly operation: string; readonly numbers: readonly string[] }[];
}

/** `device 192.168.1.1:/srv mounted on /mnt with fstype nfs4 statvers=1.1`; other kinds end before statvers. */
const DEVICE_LINE = /^device (\S+) mounted on (\S+) with fstype (\S+)(?: (statvers=\S+))?\s*$/;

/** Yields the mounts of NFS that have statistics, and skips other lines. */
export function* nfsMounts(text: string): Generator<NfsMount> {
  let index = 0;
  for (const block of text.split(/^(?=device )/m)) {
    const end = block.indexOf('\n');
    const [, device, mountpoint, fstype, version] = DEVICE_LINE.exec(end < 0 ? block : block.slice(0, end)) ?? [];
    const isNfs = (fstype === 'nfs' || fstype === 'nfs4') && version !== undefined;
    if (isNfs && device !== undefined && mountpoint !== undefined) {
      yield { device, mountpoint, index, ...readBlock(block.slice(end + 1)) };
    }
    if (block.startsWith('device ')) index += 1;
  }
}

function readBlock(text: string): Omit<NfsMount, 'device' | 'mountpoint' | 'index'> {
  let age: string | undefined;
  let [bytes, events]: readonly [readonly string[], readonly string[]] = [[], []];
  const transports: NfsTransport[] = [];
  const operations: NfsMount['operations'][number][] = [];
  let isOfOperations = false;
  for (const words of text.split('\n').map(wordsOf)) {
    const [first = '', ...rest] = words;
    if (first === 'per-op') isOfOperations = true;
    else if (isOfOperations && first.endsWith(':')) operations.push({ operation: first.slice(0, -1), numbers: rest });
    else if (first === 'age:') age = rest[0];
    else if (first === 'bytes:') bytes = rest;
    else if (first === 'events:') events = rest;
    else if (first === 'xprt:' && rest[0] !== undefined) transports.push({ protocol: rest[0], numbers: rest.slice(1) });
  }
  return { age, bytes, events, transports, operations };
}
