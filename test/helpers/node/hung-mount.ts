import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { findInPath } from '../peer.js';

/** A FUSE mount whose server never answers, in a mount namespace of its own. */
export interface HungMount {
  /** The mount as it is reached from outside of its namespace; whoever asks it hangs. */
  readonly path: string;
  /** Ends it; whoever hangs gets an error. */
  readonly release: () => Promise<void>;
}

/** Opens the device, mounts and serves nothing, until its input ends. */
const SERVER = `
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = os.open('/dev/fuse', os.O_RDWR)
options = f'fd={fd},rootmode=40000,user_id=0,group_id=0'.encode()
if libc.mount(b'hung', sys.argv[1].encode(), b'fuse.hung', 0, options) != 0:
    sys.exit('cannot mount: ' + os.strerror(ctypes.get_errno()))
print(os.getpid(), flush=True)
sys.stdin.read()
`;

/** Why tests with a mount that hangs are left out; false if they can run. */
export const withoutHungMounts: string | false =
  process.getuid?.() === 0 &&
  existsSync('/dev/fuse') &&
  findInPath('python3') !== undefined &&
  findInPath('unshare') !== undefined
    ? false
    : 'a mount that hangs needs root, /dev/fuse, python3 and unshare';

/** Mounts over `folder`; undefined where the kernel does not let us, in a container for example. */
export async function mountHung(folder: string): Promise<HungMount | undefined> {
  const server = spawn('unshare', ['--mount', 'python3', '-c', SERVER, folder], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(server, 'exit');
  const [pid] = await Promise.race([once(createInterface(server.stdout), 'line'), ended.then(() => [undefined])]);
  if (typeof pid !== 'string') return undefined;
  return {
    path: `/proc/${pid}/root${folder}`,
    release: async () => {
      server.stdin.end();
      await ended;
    },
  };
}
