/** Octets of DNS messages from what they mean, for servers that say exactly these octets. */

/** A name on the wire without compression; `.` is the root. Bytes are Latin-1 characters, labels end at dots. */
export function wireName(text: string): Buffer {
  const labels = text.replace(/\.$/, '').split('.').filter(Boolean);
  return Buffer.concat([...labels.map((label) => wireString(label)), Buffer.of(0)]);
}

/** A character string behind its length. */
export function wireString(text: string): Buffer {
  const bytes = Buffer.from(text, 'latin1');
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

export function uint16(value: number): Buffer {
  return Buffer.of(value >> 8, value & 0xff);
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0, 0);
  return bytes;
}

export interface WireRecord {
  /** A pointer to the question's name where absent. */
  readonly owner?: Buffer;
  readonly type: number;
  readonly class?: number;
  readonly ttl?: number;
  readonly rdata: Buffer;
}

export function wireRecord({ owner, type, class: number = 1, ttl = 300, rdata }: WireRecord): Buffer {
  return Buffer.concat([
    owner ?? Buffer.of(0xc0, 0x0c),
    uint16(type),
    uint16(number),
    uint32(ttl),
    uint16(rdata.length),
    rdata,
  ]);
}

export interface WireReply {
  /** QR and AA where absent. */
  readonly flags?: number;
  readonly answer?: readonly Buffer[];
  readonly authority?: readonly Buffer[];
  readonly additional?: readonly Buffer[];
  /** In place of the true counts, in the order of the header. */
  readonly counts?: readonly [questions: number, answer: number, authority: number, additional: number];
  /** In place of the question that was asked. */
  readonly question?: Buffer;
  readonly id?: number;
  /** After the last record. */
  readonly trailer?: Buffer;
}

/** The question section of a query without compression. */
export function questionOf(query: Buffer): Buffer {
  let at = 12;
  while ((query[at] ?? 0) !== 0) at += 1 + (query[at] ?? 0);
  return query.subarray(12, at + 5);
}

/** A reply to `query`; everything that is not said is as it should be. */
export function wireReply(query: Buffer, reply: WireReply = {}): Buffer {
  const { flags = 0x8400, answer = [], authority = [], additional = [], trailer = Buffer.alloc(0) } = reply;
  const question = reply.question ?? questionOf(query);
  const counts = reply.counts ?? [question.length === 0 ? 0 : 1, answer.length, authority.length, additional.length];
  return Buffer.concat([
    uint16(reply.id ?? query.readUInt16BE(0)),
    uint16(flags),
    ...counts.map(uint16),
    question,
    ...answer,
    ...authority,
    ...additional,
    trailer,
  ]);
}

/** An A record of the question's name. */
export const A_RECORD = wireRecord({ type: 1, rdata: Buffer.of(192, 0, 2, 1) });
