/** What the operating system says, in the words of Go's syscall package, which upstream's users know from their logs. */
const SYSTEM_TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EAFNOSUPPORT: 'address family not supported by protocol',
  ECONNABORTED: 'software caused connection abort',
  ECONNREFUSED: 'connection refused',
  ECONNRESET: 'connection reset by peer',
  EHOSTUNREACH: 'no route to host',
  EINVAL: 'invalid argument',
  EISDIR: 'is a directory',
  EMFILE: 'too many open files',
  EMSGSIZE: 'message too long',
  ENETUNREACH: 'network is unreachable',
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EPERM: 'operation not permitted',
  EPIPE: 'broken pipe',
  ETIMEDOUT: 'connection timed out',
};

/** The `code` of an error of Node's, such as ECONNREFUSED. */
export function codeOf(error: unknown): string | undefined {
  return textField(error, 'code');
}

/** The message of anything that can be thrown; errors of the operating system as Go words them: `dial tcp 127.0.0.1:1: connect: connection refused`. */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = SYSTEM_TEXTS[codeOf(error) ?? ''];
  const syscall = textField(error, 'syscall');
  if (text === undefined || syscall === undefined) return error.message;
  if (syscall === 'connect') return `dial ${destinationOf(error)}: connect: ${text}`;
  const path = textField(error, 'path');
  return path === undefined ? `${syscall}: ${text}` : `${syscall} ${path}: ${text}`;
}

function destinationOf(error: Error): string {
  const address = textField(error, 'address') ?? '';
  if (!('port' in error) || typeof error.port !== 'number') return `unix ${address}`;
  return `tcp ${address.includes(':') ? `[${address}]` : address}:${error.port}`;
}

function textField(error: unknown, name: 'code' | 'syscall' | 'address' | 'path'): string | undefined {
  if (!(error instanceof Error) || !(name in error)) return undefined;
  // `name` is in the error, of whatever type; what is no text does not count.
  const value = (error as unknown as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}
