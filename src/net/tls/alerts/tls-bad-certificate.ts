import { createCipheriv } from 'node:crypto';
import type net from 'node:net';
import { serverHelloOf } from '../handshake-messages.js';
import { expandLabel } from '../records/record-protection.js';
import type { Shaken } from '../tls-handshake.js';
import { tls12Alert } from './tls12-alert.js';

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
 * Tells a server that its certificate is refused, as a client that judges within the handshake does; servers take a
 * connection that is dropped without a word for an attack. Node has no call for it, so the record is made here, from
 * the secrets of the handshake and before anything else was sent over the connection. TLS 1.1 and older are closed
 * without it. `raw` carries the connection.
 */
export async function sendBadCertificate(shaken: Shaken, raw: net.Socket): Promise<void> {
  // A connection that has ended has forgotten its cipher.
  const record = shaken.socket.destroyed ? undefined : alertRecord(shaken);
  if (record === undefined) return;
  // The last messages of our side of the handshake leave within this turn of the event loop; the alert follows them.
  await new Promise((resolve) => setImmediate(resolve));
  if (raw.writable && !shaken.socket.destroyed) raw.write(record);
}

const FATAL = 2;
const BAD_CERTIFICATE = 42;
const ALERT = 21;
const REFUSAL = Buffer.from([FATAL, BAD_CERTIFICATE]);

/** The record of the alert; undefined for a version or a suite that cannot be spoken here. */
function alertRecord({ socket, flight }: Shaken): Buffer | undefined {
  const { standardName } = socket.getCipher();
  const { clientSecret, master } = flight;
  switch (socket.getProtocol()) {
    case 'TLSv1.3': {
      const suite = SUITES.get(standardName);
      return clientSecret === undefined || suite === undefined ? undefined : tls13Alert(clientSecret, suite);
    }
    case 'TLSv1.2': {
      const hello = serverHelloOf(flight);
      return master === undefined || hello === undefined
        ? undefined
        : tls12Alert(REFUSAL, { master, hello, suite: standardName });
    }
    default:
      return undefined;
  }
}

/** Content type application_data, legacy version 1.2, and the length: alert, its type and the tag (RFC 8446, 5.2). */
const HEAD = Buffer.from([23, 3, 3, 0, 2 + 1 + 16]);

/**
 * The record of the alert in TLS 1.3. It is the first under this secret, so its number is 0 and its nonce is the static
 * one.
 */
function tls13Alert(secret: Buffer, { hash, cipher, keyBytes }: Suite): Buffer {
  const key = expandLabel(hash, secret, { label: 'key', length: keyBytes });
  const nonce = expandLabel(hash, secret, { label: 'iv', length: 12 });
  // Node's types know the two kinds of AEAD by different names.
  const sealing = createCipheriv(cipher as 'aes-128-gcm', key, nonce, { authTagLength: 16 });
  sealing.setAAD(HEAD);
  const sealed = Buffer.concat([sealing.update(Buffer.concat([REFUSAL, Buffer.of(ALERT)])), sealing.final()]);
  return Buffer.concat([HEAD, sealed, sealing.getAuthTag()]);
}
