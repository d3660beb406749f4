import t from 'tap';
import {
  matchText,
  readLongText,
  readText,
  type ReceivedText,
  withoutRawBytes,
} from '../../../src/probers/query-response/received-text.js';
import { bytesOf } from '../../../src/values/byte-string.js';
import { compileGoRegexp } from '../../../src/values/go/go-regexp.js';

const { signal } = new AbortController();

t.test('bytes that are no UTF-8 are U+FFFD to patterns, and themselves in groups', async (t) => {
  const rows = [
    ['c3a4', '^(.)$', 'c3a4'],
    ['61ff62', '^a(.)b$', 'ff'],
    ['61ff62', '^a(\\x{fffd})b$', 'ff'],
    ['61fffe62', '^a(..)b$', 'fffe'],
    ['f09f9880ff', '^(.)(.)$', 'f09f9880'],
    ['e282', '^(..)$', 'e282'],
    ['efbfbd', '^(.)$', 'efbfbd'],
    ['6100', '^a(\\x00)$', '00'],
  ] as const;
  for (const [hex, pattern, group] of rows) {
    const match = await matchText(readText(Buffer.from(hex, 'hex')), compileGoRegexp(pattern), signal);
    t.equal(Buffer.from(bytesOf(match?.groups[1] ?? 'no match')).toString('hex'), group, `${hex} by ${pattern}`);
    t.equal(match?.endByte(), hex.length / 2, `${hex} by ${pattern}: where it ends`);
  }
});

t.test('no match, and groups that took no part', async (t) => {
  t.equal(await matchText(readText(Buffer.from('abc')), compileGoRegexp('x'), signal), undefined);
  const match = await matchText(readText(Buffer.from('abc')), compileGoRegexp('(x)?b'), signal);
  t.strictSame(match?.groups, ['b', undefined]);
  t.equal(match?.endByte(), 2);
});

t.test('raw bytes in labels', async (t) => {
  t.equal(withoutRawBytes('a\udcffb😀'), 'a\ufffdb😀');
});

t.test('a long text is decoded in parts, others have their turn, and it is the same', async (t) => {
  const units = ['aé', '\u20ac', '\u{1f600}', 'ab\u{1f600}c'].map((text) => Buffer.from(text));
  const broken = [
    Buffer.of(0xff),
    Buffer.of(0xc3),
    Buffer.of(0x80, 0x80, 0x80, 0x80, 0x80),
    Buffer.of(0xf0, 0x9f, 0x98),
  ];
  for (const unit of [...units, ...broken]) {
    for (const shift of [0, 1, 2, 3]) {
      const bytes = Buffer.concat([Buffer.alloc(shift, 'x'), Buffer.alloc(300_000, unit)]);
      t.ok(sameText(await readLongText(bytes), readText(bytes)), `${unit.toString('hex')} after ${shift}`);
    }
  }
});

function sameText(a: ReceivedText, b: ReceivedText): boolean {
  return a.text === b.text && a.exact === b.exact;
}
