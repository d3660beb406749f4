import t from 'tap';
import { bytesOf, escapeBytes, replacedText, textOfBytes, wellFormed, writable } from '../../src/values/byte-string.js';

const ROWS: readonly (readonly [name: string, bytes: readonly number[], text: string])[] = [
  ['nothing', [], ''],
  ['ASCII', [0x61, 0x00], 'a\0'],
  ['two, three and four bytes', [0xc3, 0xa9, 0xe2, 0x82, 0xac, 0xf0, 0x9d, 0x95, 0x8f], 'é€𝕏'],
  ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\ufeffa'],
  ['a lone byte', [0xff], '\udcff'],
  ['bytes among text', [0x61, 0x80, 0xc3, 0xa9, 0xfe], 'a\udc80é\udcfe'],
  ['a cut sequence', [0xe2, 0x82], '\udce2\udc82'],
  ['cut sequences before others', [0xf0, 0x9d, 0x95, 0xe3, 0xb3, 0x30], '\udcf0\udc9d\udc95\udce3\udcb30'],
  ['overlong forms', [0xc0, 0x80, 0xe0, 0x80, 0x80], '\udcc0\udc80\udce0\udc80\udc80'],
  ['an encoded surrogate', [0xed, 0xb3, 0xbf], '\udced\udcb3\udcbf'],
  ['above U+10FFFF', [0xf4, 0x90, 0x80, 0x80], '\udcf4\udc90\udc80\udc80'],
];

for (const [name, bytes, text] of ROWS) {
  t.test(name, async (t) => {
    t.equal(textOfBytes(Uint8Array.from(bytes)), text);
    t.same([...bytesOf(text)], bytes);
    t.equal(replacedText(Uint8Array.from(bytes)), wellFormed(text), 'as Go shows them');
  });
}

t.test('every byte comes back', async (t) => {
  const bytes = Uint8Array.from({ length: 256 }, (_, index) => index);
  t.same([...bytesOf(textOfBytes(bytes))], [...bytes]);
});

t.test('a character outside the basic plane is no escaped byte', async (t) => {
  // U+1F480 ends in the low surrogate U+DC80.
  t.same([...bytesOf('\u{1f480}')], [0xf0, 0x9f, 0x92, 0x80]);
});

t.test('how texts with bytes that are no UTF-8 are shown and written', async (t) => {
  const text = 'é\udce9\u{1f480}\udcff';
  t.equal(wellFormed(text), 'é\ufffd\u{1f480}\ufffd');
  t.equal(escapeBytes(text), 'é%E9\u{1f480}%FF');
  t.same([...Buffer.from(writable(text))], [0xc3, 0xa9, 0xe9, 0xf0, 0x9f, 0x92, 0x80, 0xff]);
  for (const same of [wellFormed, escapeBytes, writable]) t.equal(same('é\u{1f480}'), 'é\u{1f480}');
});
