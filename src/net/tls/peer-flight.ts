/**
 * More than a handshake needs that OpenSSL accepts: two messages of 100 KiB (certificates, authorities) and small ones.
 */
const MOST_BYTES = 256 * 1024;

/** TLS 1.3 makes five secrets, TLS 1.2 one. */
const MOST_LINES = 16;

const BLANK = 0x20;

/** A secret of a TLS connection, as Node's `keylog` event gives it. */
export interface LoggedSecret {
  readonly clientRandom: Buffer;
  readonly secret: Buffer;
}

/**
 * The bytes that a server or a client sent during one handshake, as they came over the wire, with the secrets of the
 * connection. It lives as long as the handshake.
 */
export class PeerFlight {
  readonly peer: 'server' | 'client';
  #chunks: Buffer[] = [];
  #length = 0;
  readonly #lines: Buffer[] = [];

  /** `begin`: the first bytes, where they are there already. */
  constructor(peer: 'server' | 'client', begin?: Buffer) {
    this.peer = peer;
    if (begin !== undefined) this.add(begin);
  }

  /** Keeps `bytes`, which the caller does not change any more; what comes after the first 256 KiB is not kept. */
  add(bytes: Buffer): void {
    const kept = bytes.subarray(0, MOST_BYTES - this.#length);
    if (kept.length === 0) return;
    this.#chunks.push(kept);
    this.#length += kept.length;
  }

  /**
   * Takes a line in the format of NSS key logs: a label, the client's random and a secret, in hexadecimal. Read only
   * where it is asked for.
   */
  addKeyLogLine(line: Buffer): void {
    if (this.#lines.length < MOST_LINES) this.#lines.push(line);
  }

  /** The certificates in it, in DER, once they have been found. */
  certificates: readonly Buffer[] | undefined;

  /** The length of what was kept, in bytes. */
  get length(): number {
    return this.#length;
  }

  /** Whether the peer may have sent more than was kept. */
  get isFull(): boolean {
    return this.#length >= MOST_BYTES;
  }

  get bytes(): Buffer {
    const [first] = this.#chunks;
    const all = first !== undefined && this.#chunks.length === 1 ? first : Buffer.concat(this.#chunks);
    this.#chunks = [all];
    return all;
  }

  /**
   * The secret that protects the peer's handshake messages; absent before TLS 1.3, and until the server has said hello.
   */
  get handshakeSecret(): Buffer | undefined {
    return this.#logged(`${this.peer.toUpperCase()}_HANDSHAKE_TRAFFIC_SECRET`)?.secret;
  }

  /** The secret that protects the peer's data at first; absent before TLS 1.3, and until the handshake is over. */
  get dataSecret(): Buffer | undefined {
    return this.#logged(`${this.peer.toUpperCase()}_TRAFFIC_SECRET_0`)?.secret;
  }

  /** The secret that protects the client's data; absent before TLS 1.3, and until the handshake is over. */
  get clientSecret(): Buffer | undefined {
    return this.#logged('CLIENT_TRAFFIC_SECRET_0')?.secret;
  }

  /** The master secret of older versions (RFC 5246, 8.1). */
  get master(): LoggedSecret | undefined {
    return this.#logged('CLIENT_RANDOM');
  }

  #logged(label: string): LoggedSecret | undefined {
    for (const line of this.#lines) {
      const text = line.toString('latin1');
      if (text.charCodeAt(label.length) !== BLANK || !text.startsWith(label)) continue;
      const [, random = '', secret = ''] = text.trimEnd().split(' ');
      return { clientRandom: Buffer.from(random, 'hex'), secret: Buffer.from(secret, 'hex') };
    }
    return undefined;
  }
}
