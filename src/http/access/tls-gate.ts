import { once } from 'node:events';
import type { Socket } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { asError } from '../../values/as-error.js';
import type { CancelTimer, Clock } from '../../values/clock.js';
import { LoopTurns } from '../../values/loop-turns.js';
import { clientProblem } from './client-certificate.js';
import type { TlsIdentity } from './tls-identity.js';
import { tlsOptions } from './tls-options.js';

/** Dependencies and callbacks of the TLS handshakes with clients. */
export interface TlsGateOptions {
  /** The configuration and certificate for the next handshake. Rejects if there is no usable certificate. */
  readonly identity: () => Promise<TlsIdentity>;
  readonly http2: boolean;
  readonly clock: Clock;
  /** Takes over the connections of clients that may come in. */
  readonly onSecure: (socket: TLSSocket) => void;
  /** Receives the error of a refused client. */
  readonly onRefused: (error: Error, client: string) => void;
}

/** Seconds that clients have for the handshake, from when they connected. */
const HANDSHAKE_SECONDS = 10;

/**
 * Most handshakes at once; above it the oldest is closed, so that clients who wait on purpose keep
 * nobody out.
 */
const MOST_HANDSHAKES = 512;

/** The beginning of a plain HTTP request, and Go's answer to it. */
const PLAIN_HTTP = /^(?:GET \/|HEAD |POST |PUT \/|OPTIO)/;
const PLAIN_HTTP_ANSWER = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';

interface Waiting {
  readonly raw: Socket;
  readonly cancelDeadline: CancelTimer;
}

/** Makes TLS connections of raw ones, with the certificate as it is now and a bounded patience. */
export class TlsGate {
  readonly #options: TlsGateOptions;
  /** Key: the addresses of both ends, which is all that a TLS connection and its raw one visibly share. */
  readonly #waiting = new Map<string, Waiting>();
  /** Of the handshakes alone, so that many of them keep no probe waiting. */
  readonly #turns = new LoopTurns();
  #server: { readonly identity: TlsIdentity; readonly tls: tls.Server } | undefined;

  constructor(options: TlsGateOptions) {
    this.#options = options;
  }

  /** Takes a raw connection over, which has to be TCP's. */
  admit(raw: Socket): void {
    const ends = endsOf(raw);
    const cancelDeadline = this.#options.clock.after(HANDSHAKE_SECONDS, () => {
      raw.destroy(new Error('the TLS handshake takes too long'));
    });
    this.#waiting.set(ends, { raw, cancelDeadline });
    raw.on('error', (error) => {
      this.#options.onRefused(error, ends);
    });
    raw.once('close', () => {
      this.#settle(ends);
    });
    this.#makeRoom();
    this.#shakeHands(raw).catch((error: unknown) => {
      raw.destroy(asError(error));
    });
  }

  /** Drops all who have not finished. */
  close(): void {
    for (const { raw } of this.#waiting.values()) raw.destroy();
  }

  #settle(ends: string): void {
    this.#waiting.get(ends)?.cancelDeadline();
    this.#waiting.delete(ends);
  }

  #makeRoom(): void {
    const [oldest] = this.#waiting.values();
    if (this.#waiting.size > MOST_HANDSHAKES) oldest?.raw.destroy(new Error('too many TLS handshakes at once'));
  }

  async #shakeHands(raw: Socket): Promise<void> {
    const first = await firstBytes(raw);
    if (first === undefined) {
      raw.destroy();
    } else if (PLAIN_HTTP.test(first.toString('latin1'))) {
      raw.end(PLAIN_HTTP_ANSWER);
    } else {
      raw.unshift(first);
      const server = await this.#currentServer();
      // A handshake is signed as soon as it begins, which takes up to a millisecond: those that come together begin one
      // a turn.
      await this.#turns.next();
      // Injecting a connection is what Node documents this event for.
      if (!raw.destroyed) server.emit('connection', raw);
    }
  }

  async #currentServer(): Promise<tls.Server> {
    const identity = await this.#options.identity();
    if (this.#server?.identity !== identity) this.#server = { identity, tls: this.#makeServer(identity) };
    return this.#server.tls;
  }

  /** A server that never listens: it only knows how to shake hands. */
  #makeServer(identity: TlsIdentity): tls.Server {
    const { http2, onSecure, onRefused } = this.#options;
    const server = tls.createServer(tlsOptions(identity, http2 ? ['h2', 'http/1.1'] : ['http/1.1']));
    server.on('secureConnection', (socket) => {
      const ends = endsOf(socket);
      this.#settle(ends);
      const problem = clientProblem(socket, identity.config);
      if (problem === undefined) {
        onSecure(socket);
        return;
      }
      onRefused(new Error(problem), ends);
      socket.destroy();
    });
    server.on('tlsClientError', (error, socket) => {
      onRefused(error, endsOf(socket));
      socket.destroy();
    });
    return server;
  }
}

function endsOf({ remoteAddress, remotePort, localAddress, localPort }: Socket): string {
  return `${remoteAddress ?? ''}:${remotePort ?? ''} to ${localAddress ?? ''}:${localPort ?? ''}`;
}

/** The first bytes that a client sends; undefined if it disconnects before. Rejects if the connection breaks. */
async function firstBytes(raw: Socket): Promise<Buffer | undefined> {
  // Rejects with the error of a connection that breaks.
  await once(raw, 'readable');
  const bytes: unknown = raw.read();
  return Buffer.isBuffer(bytes) ? bytes : undefined;
}
