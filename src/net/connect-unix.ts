import { realpath } from 'node:fs/promises';
import net from 'node:net';
import { dirname, join, relative } from 'node:path';
import { type OpenedPath, openPath } from '../files/opened-path.js';
import type { TargetPolicy } from '../probe/policy/target-policy.js';
import { asError } from '../values/as-error.js';
import { connected } from './connect.js';
import { rememberUnixEnds } from './connection-ends.js';

/** The policy that decides whether a path may be opened. */
export type PathPolicy = Pick<TargetPolicy, 'judgesPaths' | 'assertMayOpen'>;

interface UnixAsker {
  readonly policy: PathPolicy;
  /** Aborts the attempt to connect. */
  readonly signal: AbortSignal;
}

/**
 * Connects to a unix socket, an abstract one if `path` begins with a NUL. Rejects, and hands over, as connectTcp does.
 * The socket that was judged is the one that is dialled, even if names change meanwhile.
 */
export async function connectUnix(path: string, asker: UnixAsker): Promise<net.Socket> {
  const { policy } = asker;
  if (policy.judgesPaths && !path.startsWith('\0')) return connectJudged(path, asker);
  policy.assertMayOpen(path, path);
  return dial(path, path, asker.signal);
}

async function connectJudged(path: string, { policy, signal }: UnixAsker): Promise<net.Socket> {
  const opened = await untilAborted(openJudged(path, policy), signal);
  try {
    return await dial(opened.path, path, signal);
  } finally {
    await opened.close();
  }
}

/** A path that leads nowhere is judged as it is, so that the answer does not tell whether there is something. */
async function openJudged(path: string, policy: PathPolicy): Promise<OpenedPath> {
  let opened: OpenedPath;
  try {
    opened = await openPath(path);
  } catch (error) {
    policy.assertMayOpen(path, path);
    policy.assertMayOpen(path, await nearestPathOf(path));
    throw asConnectError(error, path);
  }
  try {
    policy.assertMayOpen(path, opened.real);
    assertNotCut(opened.path);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** The nearest existing folder above a path that does not exist, with the rest of the path. */
async function nearestPathOf(path: string): Promise<string> {
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    const real = await realpath(folder).catch(() => undefined);
    if (real !== undefined) return join(real, relative(folder, path));
  }
  return path;
}

/** `shown` is the path that was asked for. */
async function dial(path: string, shown: string, signal: AbortSignal): Promise<net.Socket> {
  try {
    return await connected(
      signal,
      () => net.connect({ path }),
      (socket) => {
        rememberUnixEnds(socket, shown);
      },
    );
  } catch (error) {
    throw signal.aborted || path === shown ? error : asConnectError(error, shown);
  }
}

/** An error of opening the path, as the error of connecting: the log does not tell the two steps apart. */
function asConnectError(error: unknown, path: string): Error {
  const { code, errno } = asError(error) as NodeJS.ErrnoException;
  if (code === undefined) return asError(error);
  const fields = { code, syscall: 'connect', address: path, ...(errno !== undefined && { errno }) };
  return Object.assign(new Error(`connect ${code} ${path}`), fields);
}

/** The size of `sun_path`, without the zero at its end (unix(7)). */
const LONGEST_PATH_BYTES = 107;

/** A longer one would be cut, and what is then dialled is not what was judged. */
function assertNotCut(path: string): void {
  if (Buffer.byteLength(path) <= LONGEST_PATH_BYTES) return;
  throw asConnectError(Object.assign(new Error('too long'), { code: 'ENAMETOOLONG' }), path);
}

/** A file system may be slow. A path that opens after the abort is closed. */
async function untilAborted(opening: Promise<OpenedPath>, signal: AbortSignal): Promise<OpenedPath> {
  let onAbort = (): void => undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(asError(signal.reason));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
  try {
    return await Promise.race([opening, aborted]);
  } catch (error) {
    if (signal.aborted) opening.then(({ close }) => close()).catch(() => undefined);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}
