import type net from 'node:net';
import type tls from 'node:tls';
import type { FailureReason } from '../probe/failure.js';
import type { TlsFacts } from './certificate-facts.js';

/** The judgement on the server's certificate; the message is in Go's words. */
export type Verification =
  { readonly ok: true } | { readonly ok: false; readonly reason: FailureReason; readonly message: string };

/** A finished handshake; whoever got it owns the socket. */
export interface TlsConnection {
  readonly socket: tls.TLSSocket;
  readonly facts: TlsFacts;
  readonly verification: Verification;
}

export interface HandshakeOptions {
  /** The name that is sent (unless it is an address) and that the certificate has to be for. */
  readonly serverName: string;
  readonly alpn?: readonly string[];
  readonly signal: AbortSignal;
}

/** A handshake that did not finish; facts are there if the server had presented its certificate by then. */
export class TlsHandshakeError extends Error {
  override readonly name = 'TlsHandshakeError';
  readonly reason: FailureReason;
  readonly facts: TlsFacts | undefined;

  constructor(reason: FailureReason, message: string, facts?: TlsFacts) {
    super(message);
    this.reason = reason;
    this.facts = facts;
  }
}

/** The TLS side of one module. */
export interface TlsClient {
  readonly serverName: string | undefined;
  readonly insecure: boolean;
  /** Reads the files that the module names, where they are new; throws the ProbeFailure of phase `setup` that handshake would throw. */
  readonly prepare: () => Promise<void>;
  /**
   * Speaks TLS on a connected socket, which it takes over: it is destroyed when this rejects.
   * Rejects with TlsHandshakeError, with ProbeFailure (see prepare), or with the signal's reason. A certificate that does not verify
   * is no rejection: see `verification`.
   */
  readonly handshake: (socket: net.Socket, options: HandshakeOptions) => Promise<TlsConnection>;
}
