import type net from 'node:net';
import type tls from 'node:tls';

/** Node's stream of a connection, in C++. */
export interface NativeStream {
  readonly readStart: () => number;
  readonly readStop: () => number;
}

/** The TLS half of a TLSSocket. */
export interface NativeTls {
  /** Takes bytes as if they had come over the wire. */
  receive: (bytes: Buffer) => void;
  /** The bytes of data that it has given to its reader. */
  readonly bytesRead: number;
  /** Makes the stream below it read on; returns an error number. */
  readStart: () => number;
  /** OpenSSL's verdict on the peer's certificates; absent where it accepts them. */
  readonly verifyError: () => { readonly code: string } | null | undefined;
}

/**
 * From now on the errors of the handshake are events of the socket, as those of `tls.connect` are. Node's types do not
 * have it; it is in every version from 20 to 24, which a test holds.
 */
export function releaseControl(socket: tls.TLSSocket): void {
  (socket as unknown as { readonly _releaseControl: () => void })._releaseControl();
}

/**
 * Says that the handshake of a server's socket is over, as a tls.Server does: HTTP/2 waits for it. Node's types do not
 * have it either.
 */
export function endSecureConnecting(socket: tls.TLSSocket): void {
  (socket as unknown as { secureConnecting: boolean }).secureConnecting = false;
}

/** The stream that a socket reads; null where it is closed. */
export function streamOf(socket: net.Socket): NativeStream | null {
  return handleOf(socket) as NativeStream | null;
}

/** The TLS half of a socket; null where it is closed. */
export function tlsOf(socket: tls.TLSSocket): NativeTls | null {
  return handleOf(socket) as NativeTls | null;
}

function handleOf(socket: net.Socket): unknown {
  return (socket as unknown as { readonly _handle: unknown })._handle;
}
