import { open, readlink, realpath, stat } from 'node:fs/promises';
import { platform } from 'node:os';
import { processGuard } from './process-guard.js';

/**
 * The file or folder that a path led to at one moment. It stays the same when its names change. The caller closes it.
 */
export interface OpenedPath {
  /** The path after following all links, when it was opened. */
  readonly real: string;
  /** A path that leads to this very thing until it is closed. */
  readonly path: string;
  readonly close: () => Promise<void>;
}

/** Linux: opens a name, not what it is the name of (open(2)). Nothing is read, and no device notices. */
const O_PATH = 0o10_000_000;
const HAS_OPEN_PATHS = platform() === 'linux';

/**
 * Opens the file or folder that a path leads to, so that the path that was judged is the path that is used. Systems
 * without O_PATH use the path with all links resolved instead. Rejects with the error of the operating system.
 */
export function openPath(path: string): Promise<OpenedPath> {
  return processGuard.run(
    path,
    () => (HAS_OPEN_PATHS ? openNow(path) : resolved(path)),
    ({ close }) => void close(),
  );
}

async function openNow(path: string): Promise<OpenedPath> {
  const handle = await open(path, O_PATH);
  try {
    const through = `/proc/self/fd/${handle.fd}`;
    const real = await readlink(through);
    const [own, named] = await Promise.all([handle.stat(), stat(real)]);
    // The kernel's text for what has lost its name meanwhile is no name.
    if (own.ino !== named.ino || own.dev !== named.dev) throw notThere(path);
    return { real, path: through, close: () => handle.close() };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

async function resolved(path: string): Promise<OpenedPath> {
  const real = await realpath(path);
  return { real, path: real, close: () => Promise.resolve() };
}

function notThere(path: string): Error {
  return Object.assign(new Error(`ENOENT: no such file or directory, open '${path}'`), { code: 'ENOENT' });
}
