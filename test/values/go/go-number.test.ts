import t from 'tap';
import { parseGoFloat, parseGoUint } from '../../../src/values/go/go-number.js';

const floats: readonly (readonly [text: string, value: number])[] = [
  ['10', 10],
  ['0.5', 0.5],
  ['.5', 0.5],
  ['5.', 5],
  ['-3', -3],
  ['+3', 3],
  ['1e3', 1000],
  ['1_0', 10],
  ['0x1p4', 16],
  ['0x1.8p1', 3],
  ['-0x1p-1', -0.5],
  ['inf', Infinity],
  ['-Infinity', -Infinity],
  ['NaN', NaN],
  ['1e-999', 0],
];
for (const [text, value] of floats) {
  t.test(`float ${text}`, async (t) => {
    t.ok(Object.is(parseGoFloat(text), value), `${parseGoFloat(text)}`);
  });
}

const wrongFloats: readonly (readonly [text: string, problem: string])[] = [
  ['abc', 'invalid syntax'],
  ['', 'invalid syntax'],
  ['1__0', 'invalid syntax'],
  ['_1', 'invalid syntax'],
  ['1s', 'invalid syntax'],
  ['0x1', 'invalid syntax'],
  ['0xp1', 'invalid syntax'],
  ['+nan', 'invalid syntax'],
  ['1 ', 'invalid syntax'],
  ['1e999', 'value out of range'],
];
for (const [text, problem] of wrongFloats) {
  t.test(`no float "${text}"`, async (t) => {
    t.throws(() => parseGoFloat(text), { message: `strconv.ParseFloat: parsing "${text}": ${problem}` });
  });
}

const uints: readonly (readonly [text: string, value: number])[] = [
  ['0', 0],
  ['100', 100],
  ['0x10', 16],
  ['010', 8],
  ['0b11', 3],
  ['0o17', 15],
  ['1_000', 1000],
  ['4294967296', 4_294_967_296],
];
for (const [text, value] of uints) {
  t.test(`uint ${text}`, async (t) => {
    t.equal(parseGoUint(text), value);
  });
}

for (const text of ['', '-1', '+1', '1.5', 'x', '08', '1_', ' 1']) {
  t.test(`no uint "${text}"`, async (t) => {
    t.throws(() => parseGoUint(text), { message: `strconv.ParseUint: parsing "${text}": invalid syntax` });
  });
}

t.test('a uint beyond 64 bits is out of range', async (t) => {
  const text = '18446744073709551616';
  t.throws(() => parseGoUint(text), { message: `strconv.ParseUint: parsing "${text}": value out of range` });
});
