import t from 'tap';
import { nativeBound } from '../../../src/metrics/native/native-bounds.js';

const ROWS: readonly (readonly [index: number, schema: number, bound: number])[] = [
  [0, 0, 1],
  [1, 0, 2],
  [-1, 0, 0.5],
  [10, 0, 1024],
  [1, 8, 1.0027112750502025],
  [-255, 8, 0.5013556375251013],
  [-1, 8, 0.9972960560854698],
  [1, 1, 1.414213562373095],
  [3, 2, 1.6817928305074288],
  [1, -1, 4],
  [1, -4, 65536],
  [-1, -4, 2 ** -16],
  [1024, 0, Number.MAX_VALUE],
  [64, -4, Number.MAX_VALUE],
  [1024 * 8, 3, Number.MAX_VALUE],
  [-1074, 0, 2 ** -1074],
];

for (const [index, schema, bound] of ROWS) {
  t.test(`bucket ${index} of schema ${schema}`, async (t) => {
    t.equal(nativeBound(index, schema), bound);
  });
}

t.test('bounds are as good as powers of two', async (t) => {
  for (let index = -256; index <= 512; index++) {
    t.ok(Math.abs(nativeBound(index, 8) / 2 ** (index / 256) - 1) < 1e-14, String(index));
  }
});
