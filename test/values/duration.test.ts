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
  ['00000000000000000000000000000001s', 1, '1s'],
  ['0.00000000000000000000000000000000001s', 0, '0s'],
  ['-9223372036.854775808s', -9223372036.854775808, '-2562047h47m16.854775808s'],
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
  '-',
  '+',
  '100000000000000000000000ns',
  '9999999999999999999ns',
  `${'1'.repeat(199)}s`,
]) {
  t.test(`refuses "${text}"`, async (t) => {
    t.throws(() => parseGoDuration(text), { message: /^invalid duration/ });
  });
}

t.test('says what is wrong', async (t) => {
  t.throws(() => parseGoDuration('5'), { message: 'invalid duration: the unit is missing' });
  t.throws(() => parseGoDuration('1d'), { message: 'invalid duration: there is no unit for days or more' });
  t.throws(() => parseGoDuration('-'), { message: 'invalid duration' });
  t.throws(() => parseGoDuration('1m'.repeat(101)), { message: 'invalid duration: longer than 200 characters' });
  t.throws(() => parseGoDuration('9999999999999999999ns'), { message: 'invalid duration: longer than 292 years' });
});

t.test('takes linear work for what is nearly one', async (t) => {
  // A pattern that tries every way to cut this apart would not come back.
  t.throws(() => parseGoDuration(`${'11h'.repeat(66)}x`), { message: 'invalid duration' });
  t.throws(() => parseGoDuration(`${'1m1ms'.repeat(39)}x`), { message: 'invalid duration' });
});
