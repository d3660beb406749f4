import { errnoText } from '../values/go/errno-text.js';
import { tlsErrorText } from './tls-error-text.js';

/** The property of an error of reading or writing that names its connection. */
const CONNECTION = 'connection';

/** Adds to an error of reading or writing a connection which one that was: `tcp 127.0.0.1:40000->127.0.0.1:80`. */
export function nameConnection(error: Error, ends: string): void {
  const syscall = textField(error, 'syscall');
  if (syscall === 'read' || syscall === 'write') Object.assign(error, { [CONNECTION]: ends });
}

/**
 * Node's HTTP client says ECONNRESET ("socket hang up") also where the peer only closed: then no call of the system
 * failed.
 */
export function isHangUp(error: unknown): boolean {
  return codeOf(error) === 'ECONNRESET' && textField(error, 'syscall') === undefined;
}

/** The `code` of an error of Node's, such as ECONNREFUSED. */
export function codeOf(error: unknown): string | undefined {
  return textField(error, 'code');
}

/**
 * The message of anything that can be thrown; errors of the operating system and of TLS as Go words them: `dial tcp
 * 127.0.0.1:1: connect: connection refused`.
 */
export function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const text = errnoText(error);
  const syscall = textField(error, 'syscall');
  if (text === undefined || syscall === undefined) return tlsErrorText(error.message, codeOf(error)) ?? error.message;
  const ends = textField(error, CONNECTION);
  if (ends !== undefined) return `${syscall} ${ends}: ${syscall}: ${text}`;
  if (syscall === 'connect') return `dial ${destinationOf(error)}: connect: ${text}`;
  const path = textField(error, 'path');
  return path === undefined ? `${syscall}: ${text}` : `${syscall} ${path}: ${text}`;
}

function destinationOf(error: Error): string {
  const address = textField(error, 'address') ?? '';
  if (!('port' in error) || typeof error.port !== 'number') return `unix ${address}`;
  return `tcp ${address.includes(':') ? `[${address}]` : address}:${error.port}`;
}

function textField(
  error: unknown,
  name: 'code' | 'syscall' | 'address' | 'path' | typeof CONNECTION,
): string | undefined {
  if (!(error instanceof Error) || !(name in error)) return undefined;
  // The property may have any type; only texts count.
  const value = (error as unknown as Record<string, unknown>)[name];
  return typeof value === 'string' ? value : undefined;
}
