import t from 'tap';
import { BusFormatError, BusReader, type BusValue, splitSignature } from '../../../src/node/bus/bus-values.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');

t.test('values', async (t) => {
  const rows: readonly { signature: string; hex: string; big?: true; values: readonly BusValue[] }[] = [
    { signature: 'y', hex: '07', values: [7] },
    { signature: 'yu', hex: '07 000000 2a000000', values: [7, 42] },
    { signature: 'u', hex: '0000002a', big: true, values: [42] },
    { signature: 'n', hex: 'feff', values: [-2] },
    { signature: 'q', hex: 'feff', values: [65_534] },
    { signature: 'i', hex: 'feffffff', values: [-2] },
    { signature: 'x', hex: 'feffffffffffffff', values: [-2n] },
    { signature: 't', hex: 'feffffffffffffff', values: [18_446_744_073_709_551_614n] },
    { signature: 'd', hex: '000000000000f83f', values: [1.5] },
    { signature: 'b', hex: '01000000', values: [true] },
    { signature: 's', hex: '02000000 6869 00', values: ['hi'] },
    { signature: 'g', hex: '02 6173 00', values: ['as'] },
    { signature: 'v', hex: '01 75 00 00 2a000000', values: [42] },
    { signature: 'as', hex: '0f000000 01000000 6100 0000 02000000 626300', values: [['a', 'bc']] },
    { signature: 'ay', hex: '00000000', values: [[]] },
    {
      signature: 'a(uy)',
      hex: '0d000000 00000000 01000000 02 000000 03000000 04',
      values: [
        [
          [1, 2],
          [3, 4],
        ],
      ],
    },
    { signature: 'a{sv}', hex: '0a000000 00000000 01000000 6b00 01 79 00 05', values: [[['k', 5]]] },
  ];
  for (const { signature, hex, big = false, values } of rows) {
    t.same(new BusReader(bytes(hex), !big).read(signature), values, `${signature} ${hex}`);
  }
});

t.test('bytes that are no values', async (t) => {
  const rows = [
    { signature: 'u', hex: '2a0000', message: 'a value is longer than its message' },
    { signature: 's', hex: 'ffffffff 61', message: 'a value is longer than its message' },
    { signature: 's', hex: '01000000 6161', message: 'a text does not end with a zero byte' },
    { signature: 'as', hex: 'ffffff7f', message: 'an array of 2147483647 bytes is longer than 67108864' },
    { signature: 'ay', hex: '05000000 01', message: 'an array is longer than its message' },
    { signature: 'au', hex: '02000000 01000000', message: 'the last element of an array is longer than the array' },
    { signature: 'v', hex: '00 00', message: 'a variant has the signature ""' },
    { signature: 'v', hex: '02 7575 00', message: 'a variant has the signature "uu"' },
    { signature: 'z', hex: '00', message: 'there is no type "z"' },
    { signature: 'a', hex: '00000000', message: 'there is no type ""' },
    { signature: '(s', hex: '00', message: 'the signature "(s" does not close its brackets' },
    { signature: '()', hex: '00', message: 'the signature "()" does not close its brackets' },
    { signature: '(s}', hex: '00', message: 'the signature "(s}" does not close its brackets' },
    { signature: 'v', hex: '01 76 00 '.repeat(80), message: 'containers are nested more than 64 deep' },
  ];
  for (const { signature, hex, message } of rows) {
    t.throws(
      () => new BusReader(bytes(hex), true).read(signature),
      { name: 'BusFormatError', message },
      `${signature} ${hex.slice(0, 30)}`,
    );
  }
});

t.test('signatures', async (t) => {
  t.same(splitSignature('sa{sv}(i(ii))aas'), ['s', 'a{sv}', '(i(ii))', 'aas']);
  t.same(splitSignature(''), []);
});

t.test('whatever the bytes are, reading ends', async (t) => {
  // A generator of its own, so that a failure can be had again.
  let state = 1;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
    return state % below;
  };
  const kinds = 'ybnqiuxtdsoghav({)}';
  let values = 0;
  for (let round = 0; round < 3000; round++) {
    const signature = Array.from({ length: 1 + next(6) }, () => kinds[next(kinds.length)]).join('');
    const content = Buffer.from(Array.from({ length: next(80) }, () => (next(3) === 0 ? next(256) : next(4))));
    try {
      new BusReader(content, next(2) === 0).read(signature);
      values++;
    } catch (error) {
      if (!(error instanceof BusFormatError)) t.fail(`${signature} ${content.toString('hex')}: ${String(error)}`);
    }
  }
  t.ok(values > 0, 'some are values');
});
