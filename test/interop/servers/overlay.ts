import { spawnSync } from 'node:child_process';
import type { Found } from './real-server.js';

/** Lays the unpacked tree $0 over /usr, for this process only, and runs the rest. */
const SCRIPT = 'mount -t overlay overlay -o "lowerdir=$0/usr:/usr" /usr && exec "$@"';
const AS_NOBODY = ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'];
const isRoot = process.getuid?.() === 0;

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
}

/**
 * The command that runs an unpacked program as if it were installed, for those that look for their own files at fixed
 * places below /usr. The mount is in a namespace of its own: no other process sees it, and it ends with the program.
 */
export function overlaid({ path, root }: Found, args: readonly string[], asRoot: boolean): Command {
  const words = [...(isRoot && !asRoot ? AS_NOBODY : []), path.slice(root.length), ...args];
  const [command = '', ...rest] =
    root === '' ? words : ['unshare', ...(isRoot ? [] : ['-r']), '-m', 'sh', '-c', SCRIPT, root, ...words];
  return { command, args: rest };
}

/** Why a program that needs an overlay cannot be run here; false if it can. */
export function noOverlay(found: Found): string | false {
  if (found.root === '') return false;
  const { command, args } = overlaid({ path: `${found.root}/usr/bin/true`, root: found.root }, [], true);
  const { status } = spawnSync(command, args);
  return status === 0
    ? false
    : 'this server runs only where it is installed, or where unshare and an overlay mount are allowed';
}
