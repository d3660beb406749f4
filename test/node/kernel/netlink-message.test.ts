import t from 'tap';
import {
  attributeText,
  attributeU32,
  attributeU64,
  netlinkAttributes,
  netlinkMessages,
  netlinkRequest,
} from '../../../src/node/kernel/netlink-message.js';
import { attribute, DONE, message, number, refusal } from '../../helpers/node/kernel-bytes.js';

t.test('a request', async (t) => {
  const bytes = netlinkRequest(18, Buffer.from([1, 2, 3, 4]), true);
  t.equal(bytes.toString('hex'), '14000000' + '1200' + '0103' + '00000000' + '00000000' + '01020304');
  t.equal(netlinkRequest(18, Buffer.alloc(0), false).readUInt16LE(6), 1);
});

t.test('messages up to the one that ends them', async (t) => {
  const answer = Buffer.concat([message(16, number(8, 7)), message(17, number(32, 8)), DONE, message(18)]);
  t.same(
    [...netlinkMessages(answer)].map(({ type, body }) => [type, body.toString('hex')]),
    [
      [16, '07'],
      [17, '08000000'],
    ],
  );
  t.same([...netlinkMessages(refusal(0))], [], 'an acknowledgement');
  t.throws(() => [...netlinkMessages(refusal(2))], { name: 'NetlinkRefusal', errno: 2 });
});

t.test('messages and attributes that are cut off', async (t) => {
  const whole = message(16, attribute(3, 'eth0\0'));
  for (const length of [0, 4, 15]) t.same([...netlinkMessages(whole.subarray(0, length))], [], `${length} bytes`);
  for (const length of [16, 20, whole.length - 4]) {
    t.throws(() => [...netlinkMessages(whole.subarray(0, length))], /cut off/, `${length} bytes`);
  }
  const short = Buffer.from(whole);
  short.writeUInt32LE(15, 0);
  t.throws(() => [...netlinkMessages(short)], /cut off/, 'shorter than its header');
  for (const length of [0, 3, 12, 0xffff]) {
    const odd = attribute(3, 'eth0\0');
    odd.writeUInt16LE(length, 0);
    if (length === 12) t.equal(netlinkAttributes(odd).get(3)?.length, 8, 'what fills it up');
    else t.throws(() => netlinkAttributes(odd), /cut off/, `an attribute of ${length} bytes`);
  }
});

t.test('values of attributes', async (t) => {
  const attributes = netlinkAttributes(
    Buffer.concat([
      Buffer.alloc(12),
      attribute(1, 'wlan0\0junk'),
      attribute(2, number(32, 4_294_967_295)),
      attribute(3, number(64, 2n ** 63n)),
      attribute(4, number(8, 1)),
      attribute(0x8000 | 5, number(32, 6)),
      attribute(6, 'no end'),
    ]),
    12,
  );
  t.equal(attributeText(attributes, 1), 'wlan0');
  t.equal(attributeText(attributes, 6), 'no end');
  t.equal(attributeText(attributes, 9), undefined);
  t.equal(attributeU32(attributes, 2), 4_294_967_295);
  t.equal(attributeU32(attributes, 4), undefined, 'too short');
  t.equal(attributeU32(attributes, 5), 6, 'a bit says that it is nested');
  t.equal(attributeU64(attributes, 3), 2 ** 63);
  t.equal(attributeU64(attributes, 2), undefined);
});
