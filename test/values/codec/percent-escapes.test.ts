import t from 'tap';
import { decodeEscapes } from '../../../src/values/codec/percent-escapes.js';

const ROWS: readonly (readonly [title: string, text: string, decoded: string])[] = [
  ['nothing', '', ''],
  ['no escape', 'a+b', 'a+b'],
  ['digits and letters of both cases', '%41%7a%C3%aF', 'Az\xc3\xaf'],
  ['every kind of digit', '%09%af%AF%f0', '\x09\xaf\xaf\xf0'],
  ['an escaped percent sign is not read again', '%2541', '%41'],
  ['no digits', '%zz%g0%0g%/0%0:%@0', '%zz%g0%0g%/0%0:%@0'],
  ['digits with the highest bit', '%\xb4\xb1', '%\xb4\xb1'],
  ['cut off', 'a%', 'a%'],
  ['cut off within', 'a%4', 'a%4'],
  ['an escape behind a stray sign', '%%41', '%A'],
];

t.test('percent escapes', (t) => {
  for (const [title, text, decoded] of ROWS)
    t.equal(decodeEscapes(Buffer.from(text, 'latin1')).toString('latin1'), decoded, title);
  t.end();
});
