import t from 'tap';
import { frameRecord, unframeRecord } from '../../../src/push/store/record-frame.js';

const KEY = 'job\0x';
const PAYLOAD = Buffer.from('what was pushed');

t.test('a record comes back as it was', (t) => {
  for (const sequence of [0, 1, 2 ** 48 - 1]) {
    t.strictSame(unframeRecord(KEY, frameRecord(KEY, { sequence, payload: PAYLOAD })), { sequence, payload: PAYLOAD });
  }
  t.end();
});

t.test('a record of which any bit has changed is none', (t) => {
  const framed = frameRecord(KEY, { sequence: 7, payload: PAYLOAD });
  for (let bit = 0; bit < framed.length * 8; bit++) {
    const changed = Buffer.from(framed);
    changed.writeUInt8(changed.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
    if (unframeRecord(KEY, changed) !== undefined) t.fail(`bit ${bit}`);
  }
  for (let length = 0; length < framed.length; length++) {
    if (unframeRecord(KEY, framed.subarray(0, length)) !== undefined) t.fail(`cut to ${length} bytes`);
  }
  t.equal(unframeRecord(`${KEY}x`, framed), undefined, 'a record under the key of another');
  t.end();
});
