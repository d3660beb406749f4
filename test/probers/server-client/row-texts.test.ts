import t from 'tap';
import { RowTexts } from '../../../src/probers/server-client/row-texts.js';

const VALUES = [
  '',
  '0',
  '-12.5',
  'public',
  'größe',
  '表',
  '\u{1f600}',
  'x'.repeat(64),
  'x'.repeat(65),
  'é'.repeat(100),
];

t.test('values are UTF-8, whatever stands beside them', async (t) => {
  for (const more of [0, 5000]) {
    const parts = VALUES.map((value) => Buffer.from(value));
    const texts = new RowTexts(Buffer.concat([...parts, Buffer.alloc(more, 0xff)]));
    let at = 0;
    for (const [index, part] of parts.entries()) {
      t.equal(texts.text(at, at + part.length), VALUES[index], `${VALUES[index]}, with ${more} bytes more`);
      at += part.length;
    }
  }
});

t.test('bytes that are no UTF-8', async (t) => {
  t.equal(new RowTexts(Buffer.from([0x61, 0xff, 0x62])).text(0, 3), 'a\ufffdb');
});
