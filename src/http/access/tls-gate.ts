import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createSecureContext, TLSSocket, type TLSSocketOptions } from 'node:tls';
import { passClientCertificates } from '../../net/tls/certificate-gate.js';
import { HandshakeTap } from '../../net/tls/handshake-tap.js';
import { endSecureConnecting, releaseControl } from '../../net/tls/native-streams.js';
import { PeerFlight } from '../../net/tls/peer-flight.js';
import { PresentedChains } from '../../net/tls/presented-chain.js';
import { tls13SuiteNamed } from '../../net/tls/records/record-protection.js';
import { asError } from '../../values/as-error.js';
import type { CancelTimer, Clock } from '../../values/clock.js';
import { LoopTurns } from '../../values/loop-turns.js';
import { requestTurns } from '../heads/request-turns.js';
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

/** The bytes of clients' certificates that are kept. */
const MOST_CHAIN_BYTES = 1024 * 1024;

/** The options of the TLS sockets for an identity. */
interface Side {
  readonly identity: TlsIdentity;
  readonly options: TLSSocketOptions;
}

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
  readonly #turns = new LoopTurns({ turnMs: 0 });
  readonly #chains = new PresentedChains(MOST_CHAIN_BYTES);
  #side: Side | undefined;

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
    requestTurns.watch(raw);
    raw.on('error', (error) => {
      this.#options.onRefused(error, ends);
    });
    raw.once('close', () => {
      this.#settle(ends);
    });
    this.#makeRoom();
    this.#shakeHands(raw, ends).catch((error: unknown) => {
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

  async #shakeHands(raw: Socket, ends: string): Promise<void> {
    const first = await firstBytes(raw);
    if (first === undefined) {
      raw.destroy();
    } else if (PLAIN_HTTP.test(first.toString('latin1'))) {
      raw.end(PLAIN_HTTP_ANSWER);
    } else {
      raw.unshift(first);
      const side = await this.#currentSide();
      // A handshake is signed as soon as it begins, which takes up to a millisecond: those that come together begin one
      // a turn.
      await this.#turns.next();
      if (!raw.destroyed) this.#begin(raw, side, ends);
    }
  }

  async #currentSide(): Promise<Side> {
    const identity = await this.#options.identity();
    if (this.#side?.identity !== identity) this.#side = sideOf(identity, this.#options.http2);
    return this.#side;
  }

  /**
   * Does what a tls.Server does with a connection. It would show the TLSSocket only after the handshake, when OpenSSL
   * has checked whatever a client presents.
   */
  #begin(raw: Socket, { identity, options }: Side, ends: string): void {
    const { onSecure, onRefused } = this.#options;
    const secured = serverSide(raw, options);
    const refuse = (error: Error): void => {
      onRefused(error, ends);
      endBoth(secured, raw);
    };
    const onClose = (): void => {
      onRefused(new Error('the client disconnected'), ends);
    };
    const onError = (error: Error): void => {
      secured.off('error', onError);
      secured.off('close', onClose);
      refuse(error);
    };
    const tap = identity.config.clientAuth === 'none' ? undefined : this.#tap(raw, secured, onError);
    secured.once('error', onError);
    secured.once('close', onClose);
    secured.once('secure', () => {
      this.#settle(ends);
      tap?.onlyGuard(false);
      endSecureConnecting(secured);
      secured.off('error', onError);
      secured.off('close', onClose);
      const problem = clientProblem(secured, identity.config);
      if (problem === undefined) onSecure(secured);
      else refuse(new Error(problem));
    });
  }

  #tap(raw: Socket, secured: TLSSocket, onRefused: (error: Error) => void): HandshakeTap {
    const flight = new PeerFlight('client');
    const gate = passClientCertificates(flight, this.#chains, () => tls13SuiteNamed(secured.getCipher().standardName));
    const tap = new HandshakeTap(raw, secured, { flight, gate, onRefused });
    secured.once('close', () => {
      tap.release();
    });
    return tap;
  }
}

function serverSide(raw: Socket, options: TLSSocketOptions): TLSSocket {
  const secured = new TLSSocket(raw, options);
  requestTurns.watch(secured, raw);
  // The clients of a crowd may end their handshakes together.
  secured.once('secure', requestTurns.brake);
  releaseControl(secured);
  return secured;
}

/** A late error of a connection that is over needs no answer, and without a listener it would end the process. */
function endBoth(secured: TLSSocket, raw: Socket): void {
  secured.on('error', () => undefined);
  secured.destroy();
  raw.destroy();
}

function sideOf(identity: TlsIdentity, http2: boolean): Side {
  const { requestCert, rejectUnauthorized, ...context } = tlsOptions(identity);
  const secureContext = createSecureContext(context);
  const ALPNProtocols = http2 ? ['h2', 'http/1.1'] : ['http/1.1'];
  return { identity, options: { isServer: true, secureContext, requestCert, rejectUnauthorized, ALPNProtocols } };
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
