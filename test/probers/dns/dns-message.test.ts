import t from 'tap';
import { WireError } from '../../../src/net/dns/dns-format.js';
import { decodeMessage } from '../../../src/probers/dns/dns-message.js';
import { A_RECORD, uint16, wireName, wireRecord, wireReply } from '../../helpers/servers/dns-bytes.js';

const query = Buffer.concat([Buffer.from('abcd01000001000000000000', 'hex'), wireName('x.test'), uint16(1), uint16(1)]);
const CNAME = 5;

t.test('a whole message', (t) => {
  const opt = wireRecord({ owner: Buffer.of(0), type: 41, class: 1232, ttl: 0x0100_8000, rdata: Buffer.alloc(0) });
  const message = decodeMessage(wireReply(query, { flags: 0x8580, answer: [A_RECORD], additional: [opt] }));
  t.equal(message.id, 0xabcd);
  t.equal(message.flags, 0x8580);
  t.equal(message.rcode, 16, 'the upper bits are in the OPT record');
  t.strictSame(message.question, { name: 'x.test.', type: 1, class: 1 });
  t.equal(message.answer[0]?.text, 'x.test.\t300\tIN\tA\t192.0.2.1');
  t.match(message.additional[0]?.text, 'OPT PSEUDOSECTION');
  t.end();
});

t.test('what is accepted all the same, as in upstream', (t) => {
  const counts = (bytes: Buffer): readonly number[] => {
    const { answer, authority, additional } = decodeMessage(bytes);
    return [answer.length, authority.length, additional.length];
  };
  const header = wireReply(query, { question: Buffer.alloc(0) });
  t.strictSame(counts(header), [0, 0, 0], 'a header alone');
  header.fill(0xff, 4, 12);
  t.strictSame(counts(header), [0, 0, 0], 'a header alone that announces everything');
  t.strictSame(counts(wireReply(query, { counts: [1, 65535, 65535, 65535] })), [0, 0, 0], 'no records at all');
  t.strictSame(
    counts(wireReply(query, { answer: [A_RECORD], counts: [1, 3, 0, 0] })),
    [1, 0, 0],
    'fewer than announced',
  );
  t.strictSame(counts(wireReply(query, { answer: [A_RECORD, A_RECORD], counts: [1, 1, 0, 0] })), [1, 0, 0], 'more');
  t.strictSame(
    counts(wireReply(query, { trailer: Buffer.from('garbage') })),
    [0, 0, 0],
    'octets behind the last record',
  );
  t.strictSame(counts(wireReply(query, { answer: [A_RECORD], counts: [1, 0, 0, 1] })), [0, 0, 1], 'in another section');
  t.end();
});

const whole = wireReply(query, { answer: [A_RECORD] });
const BROKEN: readonly { name: string; bytes: Buffer; says: string }[] = [
  { name: 'nothing', bytes: Buffer.alloc(0), says: 'dns: short read' },
  { name: 'less than a header', bytes: whole.subarray(0, 11), says: 'dns: short read' },
  { name: 'cut in the question', bytes: whole.subarray(0, 15), says: 'dns: buffer size too small' },
  {
    name: 'two questions announced',
    bytes: wireReply(query, { counts: [2, 0, 0, 0] }),
    says: 'dns: buffer size too small',
  },
  { name: 'cut in a header', bytes: whole.subarray(0, whole.length - 8), says: 'dns: overflow unpacking uint16' },
  { name: 'cut in the data', bytes: whole.subarray(0, whole.length - 1), says: 'dns: overflowing header size' },
  {
    name: 'a pointer to itself',
    bytes: wireReply(query, { answer: [wireRecord({ type: CNAME, rdata: Buffer.of(0xc0, 36) })] }),
    says: 'dns: too many compression pointers',
  },
  {
    name: 'an owner that points to itself',
    bytes: wireReply(query, { answer: [wireRecord({ owner: Buffer.of(0xc0, 24), type: 1, rdata: Buffer.alloc(4) })] }),
    says: 'dns: too many compression pointers',
  },
  {
    name: 'labels and a pointer back to them',
    bytes: wireReply(query, { answer: [wireRecord({ type: CNAME, rdata: Buffer.of(2, 97, 98, 0xc0, 36) })] }),
    says: 'dns: domain name exceeded 255 wire-format octets',
  },
  {
    name: 'a pointer beyond the end',
    bytes: wireReply(query, { answer: [wireRecord({ type: CNAME, rdata: Buffer.of(0xff, 0xff) })] }),
    says: 'dns: buffer size too small',
  },
  {
    name: 'a reserved kind of label',
    bytes: wireReply(query, { answer: [wireRecord({ type: CNAME, rdata: Buffer.of(0x80, 0) })] }),
    says: 'dns: bad rdata',
  },
];

t.test('what is broken is refused', (t) => {
  for (const { name, bytes, says } of BROKEN) t.throws(() => decodeMessage(bytes), new WireError(says), name);
  t.end();
});

t.test('messages that decompress to megabytes are refused', (t) => {
  const label = Buffer.concat([Buffer.of(63), Buffer.alloc(63, 1)]);
  const name = Buffer.concat([label, label, label, Buffer.of(0)]);
  // Each rendezvous server of a HIP record (55) is another way into the same long name: a label of one octet and a
  // pointer.
  const entry = Buffer.of(1, 0x61, 0xc0, 0x0c);
  const rdata = Buffer.concat([Buffer.of(0, 0, 0, 0), ...Array<Buffer>(16_000).fill(entry)]);
  const question = Buffer.concat([name, uint16(1), uint16(1)]);
  const bytes = wireReply(query, { question, answer: [wireRecord({ type: 55, rdata })] });
  t.throws(() => decodeMessage(bytes), new WireError('dns: the message decompresses to too much'), 'names');
  const windows = Array.from({ length: 256 }, (_, window) =>
    Buffer.concat([Buffer.of(window, 32), Buffer.alloc(32, 255)]),
  );
  const nsec = wireRecord({ type: 47, rdata: Buffer.concat([Buffer.of(0), ...windows]) });
  t.throws(
    () => decodeMessage(wireReply(query, { answer: [nsec] })),
    new WireError('dns: the message decompresses to too much'),
    'types of a bitmap',
  );
  const parts = [
    { name: 'options', record: wireRecord({ type: 41, rdata: Buffer.alloc(4 * 4097) }) },
    { name: 'prefixes', record: wireRecord({ type: 42, rdata: Buffer.alloc(4 * 4097, Buffer.of(0, 1, 0, 0)) }) },
  ];
  for (const { name: what, record } of parts) {
    const reply = wireReply(query, { answer: [record] });
    t.throws(() => decodeMessage(reply), new WireError('dns: the message decompresses to too much'), what);
  }
  t.end();
});

/** Numbers that are the same in every run (mulberry32). */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Types with a form of their own; the mutations below reach all their fields. */
const TYPES = [
  1, 2, 6, 10, 13, 15, 16, 19, 26, 27, 28, 29, 33, 35, 37, 41, 42, 43, 45, 46, 47, 50, 51, 52, 55, 62, 63, 64, 65, 100,
  104, 105, 106, 108, 109, 249, 250, 255, 256, 257, 260, 65280,
];

t.test('octets at random cost nothing and break nothing', (t) => {
  const random = seeded(20260731);
  const below = (limit: number): number => Math.floor(random() * limit);
  let refused = 0;
  const rounds = 20_000;
  for (let round = 0; round < rounds; round++) {
    const answer = Array.from({ length: below(4) }, () => {
      // Small octets make lengths and pointers that nearly fit.
      const small = random() < 0.5;
      const rdata = Buffer.from(Array.from({ length: below(40) }, () => (small ? below(8) : below(256))));
      return wireRecord({ type: TYPES[below(TYPES.length)] ?? 1, rdata });
    });
    const bytes = wireReply(query, { answer });
    for (let flips = below(4); flips > 0; flips--) bytes[4 + below(bytes.length - 4)] = below(256);
    try {
      decodeMessage(random() < 0.2 ? bytes.subarray(0, below(bytes.length)) : bytes);
    } catch (error) {
      if (!(error instanceof WireError)) throw error;
      refused++;
    }
  }
  t.ok(refused > rounds / 10 && refused < rounds, `${refused} of ${rounds} are refused, the others read`);
  t.end();
});
