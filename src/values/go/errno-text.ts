import { constants } from 'node:os';

/** The error texts of Linux as Go's syscall package has them (zerrors_linux_amd64.go), by the name of the error. */
const TEXTS: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    EACCES: 'permission denied',
    EADDRINUSE: 'address already in use',
    EADDRNOTAVAIL: 'cannot assign requested address',
    EAFNOSUPPORT: 'address family not supported by protocol',
    EAGAIN: 'resource temporarily unavailable',
    ECONNABORTED: 'software caused connection abort',
    ECONNREFUSED: 'connection refused',
    ECONNRESET: 'connection reset by peer',
    EHOSTDOWN: 'host is down',
    EHOSTUNREACH: 'no route to host',
    EINVAL: 'invalid argument',
    EIO: 'input/output error',
    EISDIR: 'is a directory',
    ELOOP: 'too many levels of symbolic links',
    EMFILE: 'too many open files',
    EMSGSIZE: 'message too long',
    ENAMETOOLONG: 'file name too long',
    ENETUNREACH: 'network is unreachable',
    ENODEV: 'no such device',
    ENOENT: 'no such file or directory',
    ENOTCONN: 'transport endpoint is not connected',
    ENOTDIR: 'not a directory',
    ENXIO: 'no such device or address',
    EPERM: 'operation not permitted',
    EPIPE: 'broken pipe',
    EPROTOTYPE: 'protocol wrong type for socket',
    EREMOTEIO: 'remote I/O error',
    ESTALE: 'stale NFS file handle',
    ETIMEDOUT: 'connection timed out',
    EWOULDBLOCK: 'resource temporarily unavailable',
  }),
);

/** Names by the kernel's numbers: Node has no `code` for some errors, but always an `errno`, which is negative. */
const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(constants.errno).map(([name, number]) => [number, name]),
);

/** Returns Go's text for an error of a system call; undefined for any other error and for one that has no text here. */
export function errnoText(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined;
  const named = 'code' in error ? TEXTS.get(String(error.code)) : undefined;
  if (named !== undefined || !('errno' in error)) return named;
  return TEXTS.get(NAMES.get(Math.abs(Number(error.errno))) ?? '');
}
