import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../values/clock.js';

export interface RawHandshake {
  readonly socket: net.Socket;
  readonly context: tls.SecureContext;
  readonly serverName: string;
  readonly alpn: readonly string[] | undefined;
  readonly signal: AbortSignal;
  readonly clock: Clock;
}

/** Like net/http's, for a server that accepts the connection and then says nothing. */
const LIMIT_SECONDS = 10;

/** A handshake that took longer than ten seconds. */
export class HandshakeTimeout extends Error {
  override readonly name = 'HandshakeTimeout';
}

/** The server closed the connection, without an alert, before the handshake was done. */
export class EarlyEnd extends Error {
  override readonly name = 'EarlyEnd';
}

/**
 * Does the handshake without judging the certificate. `whenFailed` sees the connection while it still has what the server presented; its
 * error is what this rejects with. Rejects with the signal's reason when that fires first. A connection that failed is destroyed.
 */
export function shakeHands(
  raw: RawHandshake,
  whenFailed: (socket: tls.TLSSocket, error: Error) => Error,
): Promise<tls.TLSSocket> {
  const { signal, clock } = raw;
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      raw.socket.destroy();
      reject(asError(signal.reason));
      return;
    }
    const socket = startOrDestroy(raw);
    const stopTimer = clock.after(LIMIT_SECONDS, () => {
      onError(new HandshakeTimeout('net/http: TLS handshake timeout'));
    });
    const settle = (): void => {
      stopTimer();
      signal.removeEventListener('abort', onAbort);
      socket.removeListener('secureConnect', onSecure);
      socket.removeListener('error', onError);
      socket.removeListener('end', onEnd);
      Reflect.deleteProperty(socket, 'getPeerCertificate');
    };
    const fail = (error: Error): void => {
      settle();
      // A late error of a connection that is over anyway is nobody's business.
      socket.on('error', ignore);
      socket.destroy();
      raw.socket.destroy();
      reject(error);
    };
    const onSecure = (): void => {
      settle();
      resolve(socket);
    };
    const onError = (error: Error): void => {
      Reflect.deleteProperty(socket, 'getPeerCertificate');
      fail(whenFailed(socket, error));
    };
    // Before Node's own listener, which destroys the connection, and with it what the server had presented.
    const onEnd = (): void => {
      onError(new EarlyEnd('EOF'));
    };
    const onAbort = (): void => {
      fail(asError(signal.reason));
    };
    socket.once('secureConnect', onSecure);
    socket.once('error', onError);
    socket.prependOnceListener('end', onEnd);
    signal.addEventListener('abort', onAbort);
  });
}

function startOrDestroy(raw: RawHandshake): tls.TLSSocket {
  try {
    return startTls(raw);
  } catch (error) {
    raw.socket.destroy();
    throw error;
  }
}

function startTls({ socket, context, serverName, alpn }: RawHandshake): tls.TLSSocket {
  // An address is no server name (RFC 6066, 3); Go sends names without final dots.
  const name = net.isIP(serverName) === 0 ? serverName.replace(/\.+$/, '') : '';
  const secured = tls.connect({
    socket,
    secureContext: context,
    // The certificate is judged by us, because what was presented is of interest in any case.
    rejectUnauthorized: false,
    checkServerIdentity: accept,
    ...(name === '' ? undefined : { servername: name }),
    ...(alpn === undefined ? undefined : { ALPNProtocols: [...alpn] }),
  });
  // Node reads the whole chain for checkServerIdentity, by a call that takes up to a millisecond; ours needs nothing of it.
  return Object.assign(secured, { getPeerCertificate: noCertificate });
}

function accept(): undefined {
  return undefined;
}

function noCertificate(): Record<string, never> {
  return {};
}

function ignore(): void {
  // See where it is used.
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(String(reason));
}
