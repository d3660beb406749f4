import t from 'tap';
import { frameMessage, unframeMessages } from '../../../src/probers/grpc/grpc-message.js';
import { decodeHealthResponse, encodeHealthRequest } from '../../../src/probers/grpc/health-message.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');

t.test('requests', async (t) => {
  t.same(Buffer.from(encodeHealthRequest('')), hex(''), 'an empty service is left out');
  t.same(Buffer.from(encodeHealthRequest('abc')), hex('0a 03 616263'), 'a service');
  t.same(Buffer.from(encodeHealthRequest('x'.repeat(200))).subarray(0, 3), hex('0a c8 01'), 'a long service');
  t.same(Buffer.from(encodeHealthRequest('é')), hex('0a 02 c3a9'), 'UTF-8');
  t.same(frameMessage(hex('0801')), hex('00 00000002 0801'), 'a frame');
});

const RESPONSES = [
  ['nothing is UNKNOWN', '', 'UNKNOWN'],
  ['SERVING', '08 01', 'SERVING'],
  ['NOT_SERVING', '08 02', 'NOT_SERVING'],
  ['SERVICE_UNKNOWN', '08 03', 'SERVICE_UNKNOWN'],
  ['a number without name', '08 2a', '42'],
  ['a negative number', '08 ffffffffffffffffff01', '-1'],
  ['a varint that is longer than it must be', '08 8100', 'SERVING'],
  ['the last one counts', '08 02 08 01', 'SERVING'],
  ['unknown fields are passed over', '10 05  1a 02 6869  25 00000000  29 0000000000000000  08 01', 'SERVING'],
  ['field 1 of another type is unknown', '0a 01 02', 'UNKNOWN'],
] as const;

const BROKEN = [
  ['a tag without value', '08'],
  ['a varint without end', '08 80'],
  ['a varint of eleven bytes', '08 8080808080808080808001'],
  ['field number zero', '00 01'],
  ['a length beyond the end', '12 05 00'],
  ['a length that is negative in 32 bits', '12 ffffffff0f 00'],
  ['a short fixed32', '15 0000'],
  ['a group', '0b'],
  ['wire type 7', '0f'],
] as const;

t.test('responses', async (t) => {
  for (const [name, bytes, status] of RESPONSES) t.equal(decodeHealthResponse(hex(bytes)), status, name);
  for (const [name, bytes] of BROKEN)
    t.throws(() => decodeHealthResponse(hex(bytes)), { name: 'ProtobufParseError' }, name);
});

t.test('frames', async (t) => {
  t.same(unframeMessages(hex('')), [], 'none');
  t.same(unframeMessages(hex('0000000000')), [hex('')], 'an empty message');
  t.same(unframeMessages(hex('00000000010a 00000000020b0c')), [hex('0a'), hex('0b0c')], 'two');
  t.same(unframeMessages(hex('000000')), [], 'half a prefix');
  t.same(unframeMessages(hex('00000000010a 01')), [hex('0a')], 'a byte behind a message');
  t.same(unframeMessages(hex('00000000010a 00000000')), [hex('0a')], 'four bytes behind a message');
  for (const [name, bytes] of [
    ['less than announced', '00 00000002 01'],
    ['more than there can be', '00 ffffffff 01'],
    ['compressed', '01 00000001 01'],
  ] as const) {
    t.throws(() => unframeMessages(hex(bytes)), { name: 'FramingError' }, name);
  }
});

t.test('a decoder survives whatever bytes come', async (t) => {
  // A linear congruential generator: the same bytes in every run.
  let state = 1;
  const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
  const verdicts = new Set<string>();
  for (let round = 0; round < 3000; round++) {
    const bytes = Uint8Array.from({ length: random(12) }, () => random(256));
    try {
      verdicts.add(typeof decodeHealthResponse(bytes));
    } catch (error) {
      verdicts.add((error as Error).name);
    }
  }
  t.same([...verdicts].sort(), ['ProtobufParseError', 'string']);
});
