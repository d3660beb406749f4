import t from 'tap';
import { goQuote, goQuoteByte, isPrintable } from '../../../src/values/go/go-quote.js';

const cases: readonly (readonly [name: string, text: string, quoted: string])[] = [
  ['plain', 'nope', '"nope"'],
  ['empty', '', '""'],
  ['quote and control', 'no"pe\x01', '"no\\"pe\\x01"'],
  ['named escapes', '\x07\b\f\n\r\t\v\\', '"\\a\\b\\f\\n\\r\\t\\v\\\\"'],
  ['letters beyond ASCII stay', 'nöpe Ω 漢', '"nöpe Ω 漢"'],
  ['no-break space is not printable', 'a\u00a0b', '"a\\u00a0b"'],
  ['zero width space', '\u200b', '"\\u200b"'],
  ['delete', '\x7f', '"\\x7f"'],
  ['emoji stays', '😀', '"😀"'],
  ['tag character', '\u{e0001}', '"\\U000e0001"'],
];

for (const [name, text, quoted] of cases) {
  t.test(name, async (t) => {
    t.equal(goQuote(text), quoted);
  });
}

t.test('printable', async (t) => {
  t.ok(isPrintable('a b ä'));
  t.ok(isPrintable(''));
  t.notOk(isPrintable('a\tb'));
  t.notOk(isPrintable('a\u00a0b'));
});

t.test('bytes', async (t) => {
  t.equal(goQuote('a\udcff'), '"a\\xff"', 'one that is no UTF-8 keeps its number');
  for (const [byte, quoted] of [
    [0x61, "'a'"],
    [0x27, "'\\''"],
    [0x22, `'"'`],
    [0x0a, "'\\n'"],
    [0x00, "'\\x00'"],
    [0x80, "'\\u0080'"],
    [0xff, "'ÿ'"],
  ] as const) {
    t.equal(goQuoteByte(byte), quoted);
  }
});
