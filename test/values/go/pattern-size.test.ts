import t from 'tap';
import { patternSize } from '../../../src/values/go/pattern-size.js';

const rows: readonly (readonly [pattern: string, size: number])[] = [
  ['', 0],
  ['abc', 3],
  ['a{3}', 3],
  ['a{3,}', 3],
  ['a{2,5}', 5],
  ['a{0}', 1],
  ['(?:ab){3}', 15],
  ['(ab){3}c', 10],
  ['((a{10}){10}){10}', 1110],
  ['[abc]{4}', 4],
  ['[]a]{4}', 4],
  ['[^]a]{4}', 4],
  ['[\\]{9}]', 1],
  ['[[:alpha:]{9}]{2}', 2],
  ['\\d{4}', 4],
  ['\\pL{4}', 105],
  ['\\p{Greek}{4}', 104],
  ['\\x{10FFFF}{4}', 4],
  ['a{,5}', 5],
  ['a{b}', 4],
  ['a\\{5}', 4],
  ['(((', 0],
  ['a)b', 3],
  ['[\\pL\\PN]{4}', 204],
  ['(?i)[^\\pL]', 104],
  ['[k-\\x{10FFFF}]', 1],
  ['(?i)[k-\\x{10FFFF}]', 2506],
  ['(?i)[k-\\x{10FFFF}l-\u{10ffff}]', 5008],
  ['(?si:[\u00e0-\u00ff])', 6],
  ['(?i)k-\\x{10FFFF}', 6],
  ['[', 1],
  ['\\', 1],
];
for (const [pattern, size] of rows) {
  t.test(pattern, async (t) => {
    t.equal(patternSize(pattern), size);
  });
}
