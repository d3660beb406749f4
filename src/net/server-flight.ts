/** More than a handshake needs that OpenSSL accepts: two messages of 100 KiB (certificates, authorities) and small ones. */
const MOST_BYTES = 256 * 1024;

const SERVER_SECRET = 'SERVER_HANDSHAKE_TRAFFIC_SECRET ';

/**
 * What a server sent during one handshake, as it came over the wire, with the secret that opens its messages in TLS 1.3
 * (RFC 8446, 7.1). It lives as long as the handshake.
 */
export class ServerFlight {
  readonly #chunks: Buffer[] = [];
  #length = 0;
  #secret: Buffer | undefined;

  /** Keeps `bytes`, which the caller does not change any more; what comes after the first 256 KiB is not kept. */
  add(bytes: Buffer): void {
    const kept = bytes.subarray(0, MOST_BYTES - this.#length);
    if (kept.length === 0) return;
    this.#chunks.push(kept);
    this.#length += kept.length;
  }

  /** Takes a line in the format of NSS key logs: a label, the client's random and a secret, in hexadecimal. */
  addKeyLogLine(line: string): void {
    if (line.startsWith(SERVER_SECRET)) this.#secret = Buffer.from(line.slice(line.lastIndexOf(' ') + 1).trim(), 'hex');
  }

  /** Whether the server may have sent more than was kept. */
  get isFull(): boolean {
    return this.#length >= MOST_BYTES;
  }

  get bytes(): Buffer {
    const [only] = this.#chunks;
    return only !== undefined && this.#chunks.length === 1 ? only : Buffer.concat(this.#chunks);
  }

  /** Absent before TLS 1.3, and until the server has said hello. */
  get handshakeSecret(): Buffer | undefined {
    return this.#secret;
  }
}
