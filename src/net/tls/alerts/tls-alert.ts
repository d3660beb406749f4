import { codeOf, textOf } from '../../../probe/error-text.js';
import type { FailureReason } from '../../../probe/failure.js';

/** The alerts of TLS (RFC 8446, 6.2) in Go's words. */
const ALERTS: ReadonlyMap<number, string> = new Map([
  [10, 'unexpected message'],
  [20, 'bad record MAC'],
  [21, 'decryption failed'],
  [22, 'record overflow'],
  [30, 'decompression failure'],
  [40, 'handshake failure'],
  [42, 'bad certificate'],
  [43, 'unsupported certificate'],
  [44, 'revoked certificate'],
  [45, 'expired certificate'],
  [46, 'unknown certificate'],
  [47, 'illegal parameter'],
  [48, 'unknown certificate authority'],
  [49, 'access denied'],
  [50, 'error decoding message'],
  [51, 'error decrypting message'],
  [60, 'export restriction'],
  [70, 'protocol version not supported'],
  [71, 'insufficient security level'],
  [80, 'internal error'],
  [86, 'inappropriate fallback'],
  [90, 'user canceled'],
  [100, 'no renegotiation'],
  [109, 'missing extension'],
  [110, 'unsupported extension'],
  [111, 'certificate unobtainable'],
  [112, 'unrecognized name'],
  [113, 'bad certificate status response'],
  [114, 'bad certificate hash value'],
  [115, 'unknown PSK identity'],
  [116, 'certificate required'],
  [120, 'no application protocol'],
]);

/** The alerts of servers that miss a client certificate, or do not accept it, after they have shown their own. */
const ABOUT_CLIENT_CERTIFICATE: ReadonlySet<number> = new Set([40, 41, 42, 43, 44, 45, 46, 48, 49, 116]);

/** The number of the alert that the peer ended the connection with, if that is what `error` of a TLS socket says. */
function alertNumberOf(error: unknown): number | undefined {
  const found = error instanceof Error ? /SSL alert number (\d+)/.exec(error.message) : null;
  return found === null ? undefined : Number(found[1]);
}

/**
 * The reason behind an alert that came after the server's certificate; undefined if `error` is none or the alert says
 * nothing of use. With TLS 1.3 a server that demands a client certificate ends the connection when the client already
 * reads the answer.
 */
export function tlsAlertReason(error: unknown): FailureReason | undefined {
  const alert = alertNumberOf(error);
  return alert !== undefined && ABOUT_CLIENT_CERTIFICATE.has(alert) ? 'tls_client_certificate_required' : undefined;
}

const PLAIN_TEXT_CODES: ReadonlySet<string> = new Set([
  'ERR_SSL_WRONG_VERSION_NUMBER',
  'ERR_SSL_PACKET_LENGTH_TOO_LONG',
  'ERR_SSL_HTTP_REQUEST',
  'ERR_SSL_HTTPS_PROXY_REQUEST',
]);

/** The error of a TLS socket in Go's words, as far as Go has any. */
export function goTlsError(error: unknown): string {
  const alert = alertNumberOf(error);
  if (alert !== undefined) return `remote error: tls: ${ALERTS.get(alert) ?? `alert(${alert})`}`;
  const code = codeOf(error) ?? '';
  if (PLAIN_TEXT_CODES.has(code)) return 'tls: first record does not look like a TLS handshake';
  if (!code.startsWith('ERR_SSL_')) return textOf(error);
  return `tls: ${code.slice('ERR_SSL_'.length).toLowerCase().replaceAll('_', ' ')}`;
}
