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

/** What was wrong with a record, for which Go has words of its own, by the rest of the code. */
const RECORD_ERRORS: ReadonlyMap<string, string> = new Map([
  ['DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'bad record MAC'],
  ['DATA_LENGTH_TOO_LONG', 'record overflow'],
  ['ENCRYPTED_LENGTH_TOO_LONG', 'record overflow'],
  // An alert that is no pair of a level and a description.
  ['INVALID_ALERT', 'unexpected message'],
  ['UNKNOWN_ALERT_TYPE', 'unexpected message'],
]);

/** The beginning of the codes of OpenSSL's errors. */
const CODE_START = 'ERR_SSL_';

/** What an alert says; undefined for one that no standard has. */
export function alertText(description: number): string | undefined {
  return ALERTS.get(description);
}

/** The number of the alert that the peer ended the connection with, if that is what the message of an error says. */
export function alertNumberOf(message: string): number | undefined {
  const found = /SSL alert number (\d+)/.exec(message);
  return found === null ? undefined : Number(found[1]);
}

/**
 * The error of a TLS connection in Go's words, as far as Go has any; undefined for other errors. OpenSSL's own name its
 * source files, and where in memory it was.
 */
export function tlsErrorText(message: string, code: string | undefined): string | undefined {
  if (code?.startsWith(CODE_START) !== true) return undefined;
  const alert = alertNumberOf(message);
  if (alert !== undefined) return `remote error: tls: ${alertText(alert) ?? `alert(${alert})`}`;
  const what = code.slice(CODE_START.length);
  const local = RECORD_ERRORS.get(what);
  return local === undefined ? `tls: ${what.toLowerCase().replaceAll('_', ' ')}` : `local error: tls: ${local}`;
}
