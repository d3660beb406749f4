import t from 'tap';
import { formatGoDuration, parseGoDuration } from '../../src/values/duration.js';

const VALID: readonly (readonly [text: string, seconds: number, formatted: string])[] = [
  ['1h30m', 5400, '1h30m0s'],
  ['1.5h', 5400, '1h30m0s'],
  ['.5s', 0.5, '500ms'],
  ['1.s', 1, '1s'],
  ['1500us', 0.0015, '1.5ms'],
  ['1µs', 1e-6, '1µs'],
  ['1μs', 1e-6, '1µs'],
  ['10ns', 1e-8, '10ns'],
  ['-5s', -5, '-5s'],
  ['+5s', 5, '5s'],
  ['0', 0, '0s'],
  ['-0', 0, '0s'],
  ['1h2m3.5s', 3723.5, '1h2m3.5s'],
  ['100ms100ms', 0.2, '200ms'],
  ['9223372036s', 9223372036, '2562047h47m16s'],
];
for (const [text, seconds, formatted] of VALID) {
  t.test(`reads ${text}`, async (t) => {
    t.equal(parseGoDuration(text), seconds);
    t.equal(formatGoDuration(seconds), formatted);
  });
}

for (const text of [
  '',
  '5',
  '1d',
  '1w',
  '1y',
  '5S',
  '5 s',
  ' 5s',
  '.s',
  '+-5s',
  '1s1',
  '1.5.5s',
  '1e3s',
  '9223372037s',
  's',
]) {
  t.test(`refuses "${text}"`, async (t) => {
    t.throws(() => parseGoDuration(text), { message: /^invalid duration/ });
  });
}
