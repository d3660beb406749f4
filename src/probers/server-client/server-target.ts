import { joinHostPort, parsePort, splitHostPort } from '../../net/host-port.js';
import { textOf } from '../../probe/error-text.js';
import { ProbeFailure } from '../../probe/failure.js';

/** The address of a server: host and port, or a path on this machine. */
export type ServerTarget =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  | { readonly kind: 'unix'; readonly path: string };

/** The longest path in sockaddr_un without the NUL at its end, in bytes (unix(7)). */
const LARGEST_PATH_BYTES = 107;

/** The longest target, in characters; a longer one is no address. */
const LONGEST_TARGET = 2048;

/** The failure of a target that makes no sense. `message` is the log line. */
export function invalidTarget(message: string, err: string): ProbeFailure {
  return new ProbeFailure('setup', 'invalid_target', message, { err });
}

/** Reads the path of a unix socket; `@name` is an abstract one. Throws the ProbeFailure invalid_target. */
export function unixTarget(path: string, message: string): ServerTarget {
  if (path === '') throw invalidTarget(message, 'the path of the socket is missing');
  if (path.includes('\0')) throw invalidTarget(message, 'a path cannot have a NUL in it');
  if (Buffer.byteLength(path) > LARGEST_PATH_BYTES) {
    throw invalidTarget(message, `the path has more than ${LARGEST_PATH_BYTES} bytes`);
  }
  return { kind: 'unix', path };
}

/** Reads `host:port`, or `host` where there is a default port. Throws the ProbeFailure invalid_target. */
export function tcpTarget(text: string, defaultPort: number, message: string): ServerTarget {
  checkLength(text, message);
  try {
    const { host, port } = splitHostPort(withPort(text, defaultPort));
    if (host === '' || /[\s/@]/.test(host)) throw new Error(`invalid host ${JSON.stringify(host)}`);
    return { kind: 'tcp', host, port: parsePort(port) };
  } catch (error) {
    throw invalidTarget(message, textOf(error));
  }
}

/** Throws the ProbeFailure invalid_target for a target that is too long to be one. */
export function checkLength(text: string, message: string): void {
  if (text.length > LONGEST_TARGET) {
    throw invalidTarget(message, `the target has more than ${LONGEST_TARGET} characters`);
  }
}

/** An address of IPv6 without brackets has colons, but no port. */
function withPort(text: string, defaultPort: number): string {
  const colons = text.split(':').length - 1;
  if (colons === 0) return `${text}:${defaultPort}`;
  if (text.startsWith('[')) return text.endsWith(']') ? `${text}:${defaultPort}` : text;
  return colons === 1 ? text : joinHostPort(text, defaultPort);
}

/** The target in words: `host:port`, or the path. */
export function shownTarget(target: ServerTarget): string {
  return target.kind === 'unix' ? target.path : joinHostPort(target.host, target.port);
}
