import type { Socket } from 'node:net';
import { type FailureReason, ProbeFailure } from '../../probe/failure.js';
import { stepFailure } from '../../probe/step-failure.js';
import type { TlsFacts } from './certificate-facts.js';
import {
  type HandshakeOptions,
  PlainHttpAnswer,
  type TlsClient,
  type TlsConnection,
  TlsHandshakeError,
} from './tls-client.js';

/** A handshake as a step of a probe: whom it tells, and how it fails. */
export interface TlsStep extends HandshakeOptions {
  readonly client: TlsClient;
  /** The log line of a failure. */
  readonly message: string;
  /** The error text of a timeout; absent where Go has none, because the handshake is a part of dialling. */
  readonly timedOut?: string | undefined;
  /** The error text for a server that answers with plain HTTP; absent: the text for anything that is no TLS. */
  readonly ofPlainHttp?: string | undefined;
  /** Called with what the server presented, also where the handshake or the verification fails. */
  readonly onTls: (facts: TlsFacts) => void;
  /** Makes the failure of a handshake; absent: phase `tls`, with `err` as its only field. */
  readonly failure?: (reason: FailureReason, err: string) => ProbeFailure;
}

/**
 * The step `tls` of a probe: speaks TLS on a connected socket, which it takes over. Rejects with a ProbeFailure; the
 * socket is closed then.
 */
export async function tlsStep(socket: Socket, step: TlsStep): Promise<TlsConnection> {
  const { client, message, onTls, signal, timedOut } = step;
  try {
    const connection = await client.handshake(socket, step);
    onTls(connection.facts);
    return connection;
  } catch (error) {
    if (!(error instanceof TlsHandshakeError)) {
      throw stepFailure(error, { phase: 'tls', signal, message, timedOut, otherwise: 'tls_handshake_failed' });
    }
    if (error.facts !== undefined) onTls(error.facts);
    const err = error instanceof PlainHttpAnswer ? (step.ofPlainHttp ?? error.message) : error.message;
    throw step.failure?.(error.reason, err) ?? new ProbeFailure('tls', error.reason, message, { err });
  }
}
