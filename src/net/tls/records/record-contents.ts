import { createSecretKey } from 'node:crypto';
import { type CipherSuite, expandLabel } from './record-protection.js';
import type { KeyedStream } from './stream-cipher.js';

const NONCE_BYTES = 12;
const SEQUENCE_AT = NONCE_BYTES - 4;

/** The content of a record, without padding, and its type (RFC 8446, 5.1); 0 if there is none. */
export interface RecordContent {
  readonly type: number;
  readonly bytes: Buffer;
}

/**
 * Looks into the records that a peer protects with one traffic secret and those that follow from it, in the order in
 * which it sent them (RFC 8446, 5.2 and 7.2). It does not look whether they are genuine, as OpenSSL does afterwards,
 * and so need not decrypt a record to know its last octet.
 */
export class RecordContents {
  readonly #suite: CipherSuite;
  #secret: Buffer;
  #stream: KeyedStream;
  /** The static one. */
  #iv: Buffer;
  /** That of the present record. */
  readonly #nonce = Buffer.alloc(NONCE_BYTES);
  #sequence = 0;

  constructor(suite: CipherSuite, secret: Buffer) {
    this.#suite = suite;
    this.#secret = secret;
    this.#stream = streamOf(suite, secret);
    this.#iv = ivOf(suite, secret);
    this.#number(0);
  }

  /** The last octet of the present record before its tag, at `offset` of it: the type, or 0 where it is padded. */
  lastOctet(sealed: number, offset: number): number {
    return sealed ^ this.#stream.octetAt(this.#nonce, offset);
  }

  /** Goes on to the next record. */
  skip(): void {
    this.#number(this.#sequence + 1);
  }

  /** The content of the present record, which is given without its header and tag; goes on to the next one. */
  open(sealed: Buffer): RecordContent {
    const bytes = sealed.length === 0 ? sealed : this.#stream.decrypt(this.#nonce, sealed);
    this.skip();
    // What is behind the type is padding.
    let typeAt = bytes.length - 1;
    while (typeAt > 0 && bytes[typeAt] === 0) typeAt--;
    return { type: bytes[typeAt] ?? 0, bytes: bytes.subarray(0, Math.max(0, typeAt)) };
  }

  /** What follows is protected with the next secret. */
  update(): void {
    const { hash } = this.#suite;
    this.#secret = expandLabel(hash, this.#secret, { label: 'traffic upd', length: this.#secret.length });
    this.#stream = streamOf(this.#suite, this.#secret);
    this.#iv = ivOf(this.#suite, this.#secret);
    this.#number(0);
  }

  /** The sequence number fits 32 bits: so many records are never read. */
  #number(sequence: number): void {
    this.#sequence = sequence;
    this.#iv.copy(this.#nonce);
    this.#nonce.writeUInt32BE((this.#iv.readUInt32BE(SEQUENCE_AT) ^ sequence) >>> 0, SEQUENCE_AT);
  }
}

// A key object, because Node 24 takes 10 µs longer for each use of a key in a buffer.
function streamOf({ hash, keyBytes, stream }: CipherSuite, secret: Buffer): KeyedStream {
  return stream(createSecretKey(expandLabel(hash, secret, { label: 'key', length: keyBytes })));
}

function ivOf({ hash }: CipherSuite, secret: Buffer): Buffer {
  return expandLabel(hash, secret, { label: 'iv', length: NONCE_BYTES });
}
