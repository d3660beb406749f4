import { linesOf } from '../lines.js';

/** A mounted file system. */
export interface Mount {
  readonly device: string;
  readonly fstype: string;
  /** In the namespace of the host's first process. */
  readonly mountpoint: string;
  readonly major: string;
  readonly minor: string;
  readonly isReadOnly: boolean;
}

/** Reads /proc/<pid>/mountinfo (proc(5)), and skips malformed lines. */
export function parseMounts(mountinfo: string): Mount[] {
  return linesOf(mountinfo).flatMap((line) => parseMount(line) ?? []);
}

/**
 * `36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue`; there may be any number of fields
 * like `master:1`. The device is empty for `mount -t tmpfs "" /mnt`.
 */
function parseMount(line: string): Mount | undefined {
  const fields = line.split(' ');
  const dash = fields.indexOf('-', 6);
  const [, , numbers = '', , mountpoint = '', mountOptions = ''] = fields;
  const [fstype, device, superOptions] = fields.slice(dash + 1);
  if (dash < 0 || superOptions === undefined || device === undefined || fstype === undefined) return undefined;
  const [major = '', minor = ''] = numbers.split(':');
  return {
    device,
    fstype,
    mountpoint: unescapeBlanks(mountpoint),
    major,
    minor,
    isReadOnly: isReadOnly(mountOptions) || isReadOnly(superOptions),
  };
}

/**
 * The kernel writes blanks in octal, since they would end a field. Other octal escapes stay as they are, as with
 * upstream.
 */
function unescapeBlanks(text: string): string {
  return text.replaceAll('\\040', ' ').replaceAll('\\011', '\t');
}

/** The kernel also makes a broken file system read-only on its own. */
function isReadOnly(options: string): boolean {
  return options.split(',').some((option) => option === 'ro' || option === 'emergency_ro');
}
