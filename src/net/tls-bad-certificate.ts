import { createCipheriv, createSecretKey } from 'node:crypto';
import type net from 'node:net';
import type tls from 'node:tls';
import { expandLabel } from './record-protection.js';

/** The secret of what the client sends, by connection, as the handshake showed it. */
const secrets = new WeakMap<tls.TLSSocket, Buffer>();

const SECRET_LINE = 'CLIENT_TRAFFIC_SECRET_0 ';

/** Keeps what `sendBadCertificate` needs of a handshake that has just begun. */
export function noteTrafficSecret(socket: tls.TLSSocket): void {
  const onLine = (line: Buffer): void => {
    // NSS key log format: the label, the client's random and the secret, in hexadecimal.
    if (!line.toString('latin1', 0, SECRET_LINE.length).startsWith(SECRET_LINE)) return;
    secrets.set(socket, Buffer.from(line.toString('latin1').trimEnd().split(' ')[2] ?? '', 'hex'));
    socket.removeListener('keylog', onLine);
  };
  socket.on('keylog', onLine);
}

/** The hash, the AEAD and the length of its key, by the IANA name of the suite (RFC 8446, B.4). */
const SUITES: ReadonlyMap<string, Suite> = new Map([
  ['TLS_AES_128_GCM_SHA256', { hash: 'sha256', cipher: 'aes-128-gcm', keyBytes: 16 }],
  ['TLS_AES_256_GCM_SHA384', { hash: 'sha384', cipher: 'aes-256-gcm', keyBytes: 32 }],
  ['TLS_CHACHA20_POLY1305_SHA256', { hash: 'sha256', cipher: 'chacha20-poly1305', keyBytes: 32 }],
]);

interface Suite {
  readonly hash: 'sha256' | 'sha384';
  readonly cipher: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305';
  readonly keyBytes: number;
}

/**
 * Tells a server that its certificate is refused, as a client that judges within the handshake does; servers take a connection that is
 * dropped without a word for an attack. Node has no call for it, so the record is made here: with TLS 1.3, where the secret is known, and
 * before anything else was sent over the connection. Older versions are closed without it. `raw` carries the connection.
 */
export async function sendBadCertificate(secured: tls.TLSSocket, raw: net.Socket): Promise<void> {
  const secret = secrets.get(secured);
  const suite = SUITES.get(secured.getCipher().standardName);
  if (secret === undefined || suite === undefined || secured.getProtocol() !== 'TLSv1.3') return;
  // What ends the handshake on our side leaves in this turn.
  await new Promise((resolve) => setImmediate(resolve));
  if (raw.writable && !secured.destroyed) raw.write(alertRecord(secret, suite));
}

const FATAL = 2;
const BAD_CERTIFICATE = 42;
const ALERT = 21;
/** Content type application_data, legacy version 1.2, and the length: alert, its type and the tag (RFC 8446, 5.2). */
const HEAD = Buffer.from([23, 3, 3, 0, 2 + 1 + 16]);

/** The first record under this secret, so that its number is 0 and the nonce is the static one. */
function alertRecord(secret: Buffer, { hash, cipher, keyBytes }: Suite): Buffer {
  const secretKey = createSecretKey(secret);
  const key = expandLabel(hash, secretKey, { label: 'key', length: keyBytes });
  const nonce = expandLabel(hash, secretKey, { label: 'iv', length: 12 });
  // Node's types know the two kinds of AEAD by different names.
  const sealing = createCipheriv(cipher as 'aes-128-gcm', key, nonce, { authTagLength: 16 });
  sealing.setAAD(HEAD);
  const sealed = Buffer.concat([sealing.update(Buffer.from([FATAL, BAD_CERTIFICATE, ALERT])), sealing.final()]);
  return Buffer.concat([HEAD, sealed, sealing.getAuthTag()]);
}
