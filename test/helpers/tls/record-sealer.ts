import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { expandLabel } from '../../../src/net/tls/records/record-protection.js';
import { make } from './certificate-writer.js';

/** Suites by OpenSSL's names, and how a server protects its records in them. */
const SUITES = {
  TLS_AES_128_GCM_SHA256: { cipher: 'aes-128-gcm', hash: 'sha256', keyBytes: 16, hashBytes: 32 },
  TLS_AES_256_GCM_SHA384: { cipher: 'aes-256-gcm', hash: 'sha384', keyBytes: 32, hashBytes: 48 },
  TLS_CHACHA20_POLY1305_SHA256: { cipher: 'chacha20-poly1305', hash: 'sha256', keyBytes: 32, hashBytes: 32 },
} as const;

export type SealerSuite = keyof typeof SUITES;
export const SEALER_SUITES = Object.keys(SUITES) as readonly SealerSuite[];

/** What a server protects its records with, from one secret on (RFC 8446, 7.3). */
export class Sealer {
  readonly #suite: (typeof SUITES)[SealerSuite];
  #secret: Uint8Array;
  #sequence: number;
  #key: Uint8Array = new Uint8Array();
  #iv: Uint8Array = new Uint8Array();

  constructor(secret: Uint8Array, sequence: number, suite: SealerSuite = 'TLS_AES_128_GCM_SHA256') {
    this.#suite = SUITES[suite];
    this.#secret = secret;
    this.#sequence = sequence;
    this.#derive();
  }

  #derive(): void {
    const { hash, keyBytes } = this.#suite;
    this.#key = expandLabel(hash, this.#secret, { label: 'key', length: keyBytes });
    this.#iv = expandLabel(hash, this.#secret, { label: 'iv', length: 12 });
  }

  seal(content: Buffer, type: number): Buffer {
    const head = Buffer.from([23, 3, 3, 0, 0]);
    head.writeUInt16BE(content.length + 1 + 16, 3);
    const nonce = Buffer.from(this.#iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence++) >>> 0, 8);
    // Node's types know the two kinds of AEAD by different names.
    const cipher = createCipheriv(this.#suite.cipher as 'aes-128-gcm', this.#key, nonce, { authTagLength: 16 });
    cipher.setAAD(head);
    const body = Buffer.concat([cipher.update(Buffer.concat([content, Buffer.from([type])])), cipher.final()]);
    return Buffer.concat([head, body, cipher.getAuthTag()]);
  }

  /** Says that other keys follow, and goes on with them. */
  update(isAnswerAsked: boolean): Buffer {
    const record = this.seal(Buffer.from([24, 0, 0, 1, isAnswerAsked ? 1 : 0]), HANDSHAKE);
    const { hash, hashBytes } = this.#suite;
    this.#secret = expandLabel(hash, this.#secret, { label: 'traffic upd', length: hashBytes });
    this.#sequence = 0;
    this.#derive();
    return record;
  }
}

export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
/** A ticket of an octet: a life of an hour, no nonce, no extensions (RFC 8446, 4.6.1). */
export const TICKET = Buffer.from(['0400000e', '00000e10', '00000000', '00', '0001', 'aa', '0000'].join(''), 'hex');
/** Tickets that Node sends before. */
const TICKETS = 2;

/**
 * A server that shakes hands as Node does, and then sends these records; resolves to where it listens. One that `ends`
 * ends the connection behind them.
 */
export async function behindHandshake(
  records: (sealer: Sealer) => Buffer,
  { ends = false, suite = 'TLS_AES_128_GCM_SHA256' }: { readonly ends?: boolean; readonly suite?: SealerSuite } = {},
): Promise<net.Server> {
  const { key, cert } = make();
  const context = tls.createSecureContext({ key, cert, minVersion: 'TLSv1.3', ciphers: suite });
  const server = net.createServer((raw: Socket) => {
    const secured = new tls.TLSSocket(raw, { isServer: true, secureContext: context });
    let secret: Buffer | undefined;
    secured.on('keylog', (line: Buffer) => {
      const [label, , hex = ''] = line.toString().trim().split(' ');
      if (label === 'SERVER_TRAFFIC_SECRET_0') secret = Buffer.from(hex, 'hex');
    });
    for (const each of [raw, secured]) each.on('error', () => raw.destroy());
    secured.once('secure', () => {
      setTimeout(() => {
        if (secret === undefined) return;
        const bytes = records(new Sealer(secret, TICKETS, suite));
        if (ends) raw.end(bytes);
        else raw.write(bytes);
      }, 50);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
