import { createCipheriv } from 'node:crypto';
import { once } from 'node:events';
import net, { type Socket } from 'node:net';
import tls from 'node:tls';
import { expandLabel } from '../../../src/net/tls/record-protection.js';
import { make } from './certificate-writer.js';

/** What a server protects its records with, from one secret on (RFC 8446, 7.3). */
export class Sealer {
  #secret: Uint8Array;
  #sequence: number;
  #key: Uint8Array = new Uint8Array();
  #iv: Uint8Array = new Uint8Array();

  constructor(secret: Uint8Array, sequence: number) {
    this.#secret = secret;
    this.#sequence = sequence;
    this.#derive();
  }

  #derive(): void {
    this.#key = expandLabel('sha256', this.#secret, { label: 'key', length: 16 });
    this.#iv = expandLabel('sha256', this.#secret, { label: 'iv', length: 12 });
  }

  seal(content: Buffer, type: number): Buffer {
    const head = Buffer.from([23, 3, 3, 0, 0]);
    head.writeUInt16BE(content.length + 1 + 16, 3);
    const nonce = Buffer.from(this.#iv);
    nonce.writeUInt32BE((nonce.readUInt32BE(8) ^ this.#sequence++) >>> 0, 8);
    const cipher = createCipheriv('aes-128-gcm', this.#key, nonce);
    cipher.setAAD(head);
    const body = Buffer.concat([cipher.update(Buffer.concat([content, Buffer.from([type])])), cipher.final()]);
    return Buffer.concat([head, body, cipher.getAuthTag()]);
  }

  /** Says that other keys follow, and goes on with them. */
  update(isAnswerAsked: boolean): Buffer {
    const record = this.seal(Buffer.from([24, 0, 0, 1, isAnswerAsked ? 1 : 0]), HANDSHAKE);
    this.#secret = expandLabel('sha256', this.#secret, { label: 'traffic upd', length: 32 });
    this.#sequence = 0;
    this.#derive();
    return record;
  }
}

export const HANDSHAKE = 22;
export const APPLICATION_DATA = 23;
/** Tickets that Node sends before. */
const TICKETS = 2;

/**
 * A server that shakes hands as Node does, and then sends these records; resolves to where it listens. One that `ends`
 * ends the connection behind them.
 */
export async function behindHandshake(
  records: (sealer: Sealer) => Buffer,
  { ends = false }: { readonly ends?: boolean } = {},
): Promise<net.Server> {
  const { key, cert } = make();
  const context = tls.createSecureContext({ key, cert, minVersion: 'TLSv1.3', ciphers: 'TLS_AES_128_GCM_SHA256' });
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
        const bytes = records(new Sealer(secret, TICKETS));
        if (ends) raw.end(bytes);
        else raw.write(bytes);
      }, 50);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}
