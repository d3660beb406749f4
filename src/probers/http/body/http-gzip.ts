import zlib from 'node:zlib';
import { gzipHeaderLength } from '../../../values/codec/gzip-header.js';
import { loopTurns } from '../../../values/loop-turns.js';
import {
  type DecodedSink,
  DECODER_OPTIONS,
  DecompressionError,
  type Decompressor,
  StreamDecoder,
} from './http-stream-decoder.js';

/** CRC-32 and length of the data, four bytes each (RFC 1952 §2.3.1). */
const TRAILER_BYTES = 8;
const NO_BYTES = Buffer.alloc(0);

/**
 * The most small members of one file: every member needs a decompressor of its own, of 50 KB. Block gzip has some 60 KB
 * in each member.
 */
const MOST_SMALL_MEMBERS = 10_000;
const SMALL_MEMBER_BYTES = 1024;
/** The chunk size of a member's decompressor, in bytes, if the member before was small. */
const SMALL_STEP = { chunkSize: 2 * SMALL_MEMBER_BYTES } as const;

/** A member of a gzip file whose data is being decompressed, or whose trailer is awaited. */
interface Member {
  readonly decoder: StreamDecoder;
  /** The CRC-32 of the data so far. */
  crc: number;
  /** Modulo 2^32. */
  lengthBytes: number;
  dataEnded: boolean;
}

/**
 * gzip by Go's rules (RFC 1952, strictly): members follow one another to the end of the body, and bytes after a member
 * must be another one. Framing and checksums are done here, since zlib's own gzip drops the last output before an error
 * and accepts trailing zeroes.
 */
export class GzipDecompressor implements Decompressor {
  readonly #sink: DecodedSink;
  readonly #signal: AbortSignal;
  /** A header or trailer that has not come completely. */
  #pending: Buffer = NO_BYTES;
  #member: Member | undefined;
  #anyMember = false;
  #smallMembers = 0;
  #turns = 0;
  #wasSmall = false;

  constructor(sink: DecodedSink, signal: AbortSignal) {
    this.#sink = sink;
    this.#signal = signal;
  }

  get hasBegun(): boolean {
    return this.#anyMember;
  }

  async write(chunk: Buffer): Promise<boolean> {
    let rest: Buffer | undefined = chunk;
    while (rest !== undefined && rest.length > 0) {
      if (loopTurns.isOver()) await loopTurns.next(this.#turns++);
      rest = await this.#step(rest);
    }
    return true;
  }

  end(): Promise<void> {
    if (this.#member !== undefined) return Promise.reject(new DecompressionError('unexpected EOF'));
    if (this.#pending.length > 0) return Promise.reject(new DecompressionError('unexpected EOF'));
    return this.#anyMember ? Promise.resolve() : Promise.reject(new DecompressionError('EOF'));
  }

  close(): void {
    this.#member?.decoder.close();
  }

  /** Works on the next part of the file; gives what follows it, undefined where more has to come first. */
  async #step(bytes: Buffer): Promise<Buffer | undefined> {
    const member = this.#member;
    if (member === undefined) return this.#begin(bytes);
    if (member.dataEnded) return this.#finish(member, bytes);
    const rest = await member.decoder.write(bytes);
    member.dataEnded = rest !== undefined;
    return rest;
  }

  #begin(bytes: Buffer): Buffer | undefined {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    const headerLength = gzipHeaderLength(all);
    if (headerLength === 'invalid') throw new DecompressionError('gzip: invalid header');
    if (headerLength === 'incomplete') {
      this.#pending = all;
      return undefined;
    }
    this.#pending = NO_BYTES;
    this.#anyMember = true;
    this.#member = this.#openMember();
    return all.subarray(headerLength);
  }

  #openMember(): Member {
    const take = (chunk: Buffer): boolean => {
      member.crc = zlib.crc32(chunk, member.crc);
      member.lengthBytes = (member.lengthBytes + chunk.length) >>> 0;
      return this.#sink.take(chunk);
    };
    const decoder = new StreamDecoder(
      zlib.createInflateRaw(this.#wasSmall ? SMALL_STEP : DECODER_OPTIONS),
      { take },
      this.#signal,
    );
    const member: Member = { decoder, crc: 0, lengthBytes: 0, dataEnded: false };
    return member;
  }

  #finish(member: Member, bytes: Buffer): Buffer | undefined {
    const all = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    if (all.length < TRAILER_BYTES) {
      this.#pending = all;
      return undefined;
    }
    if (all.readUInt32LE(0) !== member.crc || all.readUInt32LE(4) !== member.lengthBytes) {
      throw new DecompressionError('gzip: invalid checksum');
    }
    member.decoder.close();
    this.#countMember(member);
    this.#member = undefined;
    this.#pending = NO_BYTES;
    return all.subarray(TRAILER_BYTES);
  }

  #countMember({ lengthBytes }: Member): void {
    this.#wasSmall = lengthBytes < SMALL_MEMBER_BYTES;
    if (this.#wasSmall && ++this.#smallMembers > MOST_SMALL_MEMBERS) {
      throw new DecompressionError(
        `gzip: more than ${MOST_SMALL_MEMBERS} members of less than ${SMALL_MEMBER_BYTES} bytes`,
      );
    }
  }
}
