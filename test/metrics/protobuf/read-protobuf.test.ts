import t from 'tap';
import { ProtobufParseError } from '../../../src/metrics/protobuf/protobuf-reader.js';
import { InconsistentFamilyError, readDelimitedProtobuf } from '../../../src/metrics/protobuf/read-protobuf.js';
import { writeDelimitedProtobuf } from '../../../src/metrics/protobuf/write-protobuf.js';
import { FULL_FAMILIES } from '../full-families.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
/** A family behind its length, made of these fields. */
const family = (hex: string): Buffer => Buffer.concat([Buffer.of(bytes(hex).length), bytes(hex)]);
/** `g`, of type gauge, with one metric of these fields. */
const gauge = (hex: string): Buffer => {
  const metric = bytes(hex);
  return family(`0a 01 67 18 01 22 ${Buffer.of(metric.length).toString('hex')} ${metric.toString('hex')}`);
};
const ONE = '00 00 00 00 00 00 f0 3f';

t.test('what was written is read', async (t) => {
  t.strictSame(readDelimitedProtobuf(writeDelimitedProtobuf(FULL_FAMILIES)), FULL_FAMILIES);
});

t.test('of families with one name the last counts', async (t) => {
  const [first, second] = FULL_FAMILIES;
  const body = writeDelimitedProtobuf([first!, second!, { ...first!, samples: [] }]);
  t.strictSame(readDelimitedProtobuf(body), [{ ...first!, samples: [] }, second]);
});

t.test('the ways of writing that other programs use', async (t) => {
  const rows: readonly (readonly [name: string, body: Buffer, families: unknown])[] = [
    ['nothing', Buffer.alloc(0), []],
    ['no type is a counter', family('0a 01 63'), [{ name: 'c', type: 'counter', samples: [] }]],
    ['a type that is none', family('0a 01 63 18 09'), [{ name: 'c', type: 'counter', samples: [] }]],
    ['unknown fields of every kind', gauge(`f8 07 01 f9 07 ${ONE} fa 07 01 61 fd 07 01 02 03 04 12 09 09 ${ONE}`), 1],
    ['an unknown group within another', gauge(`fb 07 0b 08 01 0c fc 07 12 09 09 ${ONE}`), 1],
    ['a known field of another wire type', gauge(`10 05 12 09 09 ${ONE}`), 1],
    ['a gauge without a value', gauge('12 00'), 0],
    ['a name that is no UTF-8', family('0a 01 ff'), [{ name: '\udcff', type: 'counter', samples: [] }]],
  ];
  for (const [name, body, expected] of rows) {
    const value =
      typeof expected === 'number'
        ? [{ name: 'g', type: 'gauge', samples: [{ labels: [], kind: 'value', value: expected }] }]
        : expected;
    t.strictSame(readDelimitedProtobuf(body), value, name);
  }
});

t.test('packed and unpacked counts', async (t) => {
  const histogram = (fields: string): Buffer => {
    const value = bytes(fields);
    const metric = Buffer.concat([Buffer.of(0x3a, value.length), value]);
    return family(`0a 01 68 18 04 22 ${Buffer.of(metric.length).toString('hex')} ${metric.toString('hex')}`);
  };
  // A span of three buckets, and the deltas 2, -1, 1.
  for (const deltas of ['6a 03 04 01 02', '68 04 68 01 68 02', '68 04 6a 02 01 02']) {
    const [read] = readDelimitedProtobuf(histogram(`62 04 08 01 10 03 ${deltas}`));
    const [sample] = read?.samples ?? [];
    t.strictSame(sample?.kind === 'histogram' && sample.native?.positive, {
      spans: [{ offset: -1, length: 3 }],
      counts: [2, 1, 2],
    });
  }
  t.throws(() => readDelimitedProtobuf(histogram('62 04 08 01 10 04 6a 03 04 01 02')), {
    message: 'native histogram "h" has spans for 4 buckets, but 3 counts',
  });
  t.throws(() => readDelimitedProtobuf(histogram('62 0b 10 ff ff ff ff ff ff ff ff ff 01')), ProtobufParseError);
});

const MALFORMED = 'proto: cannot parse invalid wire-format data';

t.test('refused', async (t) => {
  const rows: readonly (readonly [name: string, body: Buffer, message: string])[] = [
    ['a message that is cut', bytes('05 0a 01'), 'unexpected EOF'],
    ['a length that is cut', bytes('80'), 'unexpected EOF'],
    ['a length above all', bytes('ff ff ff ff ff ff ff ff ff 01'), 'unexpected EOF'],
    ['a length of eleven bytes', bytes('ff ff ff ff ff ff ff ff ff ff 01'), MALFORMED],
    ['garbage', bytes('05 68 65 6c 6c 6f'), MALFORMED],
    ['a field that is cut', bytes('02 0a 05'), MALFORMED],
    ['a number that is cut', bytes('02 18 80'), MALFORMED],
    ['a float that is cut', gauge('12 02 09 00'), MALFORMED],
    ['field 0', bytes('02 00 00'), MALFORMED],
    ['wire type 6', bytes('01 0e'), MALFORMED],
    ['a group that has no end', bytes('01 7b'), MALFORMED],
    ['a group that has no begin', bytes('01 7c'), MALFORMED],
    ['a group with the end of another', bytes('02 7b 74'), MALFORMED],
  ];
  for (const [name, body, message] of rows) t.throws(() => readDelimitedProtobuf(body), { message }, name);
});

t.test('families that contradict themselves', async (t) => {
  const message = 'collected metric "c" { label:{name:"a" value:"b"} gauge:{}} is not a COUNTER';
  const body = family(`0a 01 63 18 00 22 13 0a 06 0a 01 61 12 01 62 12 09 09 ${ONE}`);
  t.throws(() => readDelimitedProtobuf(body), new InconsistentFamilyError(message));
  t.throws(() => readDelimitedProtobuf(bytes('00')), new InconsistentFamilyError('a metric family has no name'));
});

t.test('whatever is cut or changed is read or refused, and costs no more', async (t) => {
  const whole = writeDelimitedProtobuf(FULL_FAMILIES);
  const outcomes = { read: 0, refused: 0 };
  const attempt = (body: Buffer): void => {
    try {
      readDelimitedProtobuf(body);
      outcomes.read++;
    } catch (error) {
      if (!(error instanceof ProtobufParseError || error instanceof InconsistentFamilyError)) throw error;
      outcomes.refused++;
    }
  };
  for (let length = 0; length < whole.length; length++) attempt(whole.subarray(0, length));
  for (let at = 0; at < whole.length; at++) {
    for (const byte of [0x00, 0x7f, 0x80, 0xff]) {
      const changed = Buffer.from(whole);
      changed[at] = byte;
      attempt(changed);
    }
  }
  t.ok(outcomes.read > 100 && outcomes.refused > 1000, JSON.stringify(outcomes));
  attempt(bytes('7b'.repeat(100_000)));
});
