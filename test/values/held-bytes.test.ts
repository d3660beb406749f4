import { randomBytes } from 'node:crypto';
import t from 'tap';
import { HeldBytes, joined } from '../../src/values/held-bytes.js';

const CASES = [
  { name: 'nothing', sizes: [] },
  { name: 'one piece', sizes: [10] },
  { name: 'an empty one first', sizes: [0, 10] },
  { name: 'many small ones', sizes: Array<number>(1000).fill(7) },
  { name: 'of the wire', sizes: Array<number>(40).fill(65_536) },
  { name: 'larger than a block', sizes: [3, 3_000_000, 1, 0, 1_500_000] },
];

for (const { name, sizes } of CASES) {
  t.test(`bytes in pieces: ${name}`, async (t) => {
    const pieces = sizes.map((size) => randomBytes(size));
    const held = new HeldBytes();
    for (const piece of pieces) held.add(piece);
    const all = Buffer.concat(pieces);
    t.equal(held.length, all.length);
    t.ok(held.all.equals(all));
    t.ok(joined(held.pieces).equals(all));
  });
}

t.test('what is more than one piece is read by other threads without a copy', async (t) => {
  const held = new HeldBytes();
  held.add(Buffer.alloc(100));
  for (let count = 0; count < 300; count++) held.add(Buffer.alloc(65_536));
  const [first, ...others] = held.pieces;
  t.equal(first?.length, 100);
  t.ok(others.every(({ buffer }) => buffer instanceof SharedArrayBuffer));
  t.ok(others.length < 30, `${others.length} blocks`);
});
