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

t.test('another thread gets the memory itself', async (t) => {
  const held = new HeldBytes();
  const first = Buffer.alloc(100, 'a');
  held.add(first);
  for (let count = 0; count < 300; count++) held.add(Buffer.alloc(65_536));
  const all = Buffer.from(held.all);
  const copy = await held.copied();
  const blocks = held.pieces.slice(1);
  const given = held.handOver();
  t.ok(joined(given).equals(all));
  t.ok(
    blocks.every((block, index) => block.buffer === given[index + 1]?.buffer),
    'blocks are not copied',
  );
  t.ok(given.length < 30, `${given.length} pieces`);
  t.equal(held.length, 0, 'nothing is held any more');
  t.same(held.handOver(), []);
  structuredClone(given, { transfer: given.map(({ buffer }) => buffer) });
  t.equal(first.length, 100, 'what came stays with whoever else has it');
  t.ok(copy.all.equals(all), 'a copy stays');
});
