import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

/** The cipher of an AEAD by itself, with one key: it decrypts from any place on, and verifies nothing. */
export interface KeyedStream {
  /** Decrypts a record's content under its nonce. */
  readonly decrypt: (nonce: Buffer, content: Buffer) => Buffer;
  /** The octet that the one at `offset` of the content is combined with. */
  readonly octetAt: (nonce: Buffer, offset: number) => number;
}

/** Keys the cipher of a suite. */
export type StreamCipher = (key: KeyObject) => KeyedStream;

const BLOCK_BYTES = 16;
const COUNTER_AT = 12;
/** The first block of the counter is that of the tag (NIST SP 800-38D, 7.1). */
const FIRST_BLOCK = 2;

/** Up to here, encrypting the counters by themselves takes less than an object for each content, and no garbage. */
const SHORT_BYTES = 256;

/** AES as in GCM. */
export function aesStream(bits: 128 | 256): StreamCipher {
  return (key) => {
    // One object for all records, since making one takes five times as long as using it.
    const blocks = createCipheriv(`aes-${bits}-ecb`, key, null).setAutoPadding(false);
    const counter = Buffer.alloc(BLOCK_BYTES);
    const countFrom = (nonce: Buffer, block: number): Buffer => {
      nonce.copy(counter);
      counter.writeUInt32BE(block, COUNTER_AT);
      return counter;
    };
    return {
      decrypt: (nonce, content) =>
        content.length > SHORT_BYTES
          ? createDecipheriv(`aes-${bits}-ctr`, key, countFrom(nonce, FIRST_BLOCK)).update(content)
          : combined(content, blocks.update(countersFor(content.length, nonce))),
      octetAt: (nonce, offset) =>
        blocks.update(countFrom(nonce, FIRST_BLOCK + (offset >>> 4)))[offset % BLOCK_BYTES] ?? 0,
    };
  };
}

/** The counters of all blocks of a content. */
function countersFor(length: number, nonce: Buffer): Buffer {
  const counters = Buffer.alloc(BLOCK_BYTES * Math.ceil(length / BLOCK_BYTES));
  for (let at = 0, block = FIRST_BLOCK; at < counters.length; at += BLOCK_BYTES, block++) {
    nonce.copy(counters, at);
    counters.writeUInt32BE(block, at + COUNTER_AT);
  }
  return counters;
}

function combined(content: Buffer, stream: Buffer): Buffer {
  for (let at = 0; at < content.length; at++) stream[at] = (stream[at] ?? 0) ^ (content[at] ?? 0);
  return stream.subarray(0, content.length);
}

const CHACHA_BLOCK_BYTES = 64;
const NOTHING = Buffer.alloc(CHACHA_BLOCK_BYTES);

/** ChaCha20 as with Poly1305, of which the first block is that of the tag (RFC 8439, 2.8). */
export const chachaStream: StreamCipher = (key) => {
  const counter = Buffer.alloc(BLOCK_BYTES);
  const begin = (nonce: Buffer, block: number) => {
    // OpenSSL wants the counter before the nonce.
    counter.writeUInt32LE(1 + block);
    nonce.copy(counter, 4);
    return createDecipheriv('chacha20', key, counter);
  };
  return {
    decrypt: (nonce, content) => begin(nonce, 0).update(content),
    octetAt: (nonce, offset) => begin(nonce, offset >>> 6).update(NOTHING)[offset % CHACHA_BLOCK_BYTES] ?? 0,
  };
};
