import { codeOf, textOf } from '../../../probe/error-text.js';
import type { FailureReason } from '../../../probe/failure.js';
import { alertNumberOf, alertText } from '../../../probe/tls-error-text.js';

/** The alerts of servers that miss a client certificate, or do not accept it, after they have shown their own. */
const ABOUT_CLIENT_CERTIFICATE: ReadonlySet<number> = new Set([40, 41, 42, 43, 44, 45, 46, 48, 49, 116]);

/** The server wanted another handshake over TLS 1.2 (RFC 5246, 7.4.1.1). In Go's words, which refuses it as well. */
export class RenegotiationRefused extends Error {
  constructor() {
    super('local error: tls: no renegotiation');
  }
}

/**
 * The reason behind an alert that came after the server's certificate, or that its wish to renegotiate is answered
 * with; undefined if `error` is none or the alert says nothing of use. With TLS 1.3 a server that demands a client
 * certificate ends the connection when the client already reads the answer.
 */
export function tlsAlertReason(error: unknown): FailureReason | undefined {
  if (error instanceof RenegotiationRefused) return 'tls_handshake_failed';
  const alert = error instanceof Error ? alertNumberOf(error.message) : undefined;
  return alert !== undefined && ABOUT_CLIENT_CERTIFICATE.has(alert) ? 'tls_client_certificate_required' : undefined;
}

/**
 * The error of a handshake that an alert has ended which no standard knows, in Go's words: OpenSSL has no name for it,
 * and Node says nothing where there is none, so that the connection would be silent. Undefined for all others.
 */
export function silentAlert(description: number | undefined): Error | undefined {
  if (description === undefined) return undefined;
  // close_notify is a goodbye, however grave.
  if (description === 0) return new Error('EOF');
  const text = alertText(description);
  return text === undefined ? new Error(`remote error: tls: alert(${description})`) : undefined;
}

const PLAIN_TEXT_CODES: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
]);

/** The error of a handshake in Go's words, as far as Go has any. */
export function goTlsError(error: unknown): string {
  if (PLAIN_TEXT_CODES.has(codeOf(error) ?? '')) return 'tls: first record does not look like a TLS handshake';
  return textOf(error);
}

/** Whether OpenSSL says that something is wrong with a connection. */
export function isTlsError(error: unknown): boolean {
  return codeOf(error)?.startsWith('ERR_SSL_') === true;
}
