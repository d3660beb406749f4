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
  /** Makes the stream below it read on; returns an error number. */
  readStart: () => number;
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
