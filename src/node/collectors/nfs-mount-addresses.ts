import { linesOf } from '../lines.js';
import type { NfsMount } from './nfs-mounts.js';

/** A line of /proc/self/mountinfo. */
interface InfoLine {
  readonly device: string;
  readonly mountpoint: string;
  readonly address: string;
}

/**
 * The addresses of servers, which mountinfo has in the options of a mount. Both files have the mounts in one order, but
 * they are read one after the other, so that a line must also be for the same mount.
 */
export class MountAddresses {
  readonly #lines: readonly (InfoLine | undefined)[];
  readonly #byMount = new Map<string, string>();

  constructor(mountinfo: string) {
    this.#lines = linesOf(mountinfo).map(readLine);
    for (const line of this.#lines) {
      if (line !== undefined) this.#byMount.set(keyOf(line), line.address);
    }
  }

  /** Returns the address of the server of a mount, or "" if it is not told. */
  of(mount: NfsMount): string {
    const line = this.#lines[mount.index];
    if (line !== undefined && keyOf(line) === keyOf(mount)) return line.address;
    return this.#byMount.get(keyOf(mount)) ?? '';
  }
}

function keyOf({ device, mountpoint }: Pick<InfoLine, 'device' | 'mountpoint'>): string {
  return `${device}\0${mountpoint}`;
}

/** `194 21 0:42 / /mnt rw shared:144 - nfs4 192.168.1.1:/srv rw,vers=4.0,addr=192.168.1.1`. */
function readLine(line: string): InfoLine | undefined {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [, device, options] = dash < 0 ? [] : fields.slice(dash + 1);
  const mountpoint = fields[4];
  if (device === undefined || options === undefined || mountpoint === undefined) return undefined;
  const address = options.split(',').find((option) => option.startsWith('addr='));
  return { device, mountpoint, address: address?.slice('addr='.length) ?? '' };
}
