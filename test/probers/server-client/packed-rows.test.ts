import t from 'tap';
import { PackedRows } from '../../../src/probers/server-client/packed-rows.js';

function rowsOf(messages: readonly Buffer[]): { readonly rows: PackedRows; readonly read: () => number } {
  let count = 0;
  const rows = new PackedRows((message) => {
    count++;
    return message.toString().split(',');
  });
  for (const message of messages) rows.add(message);
  return { rows, read: () => count };
}

t.test('rows are read only by whoever comes to them, and again by the next one', (t) => {
  const come = Buffer.from('a,b|c,d|e,f');
  const { rows, read } = rowsOf([come.subarray(0, 3), come.subarray(4, 7), Buffer.from('other bytes')]);
  t.equal(read(), 0, 'tens of thousands of texts are none until then');
  t.equal(rows.length, 3);
  t.equal(rows.bytes, 17);
  const [first] = rows;
  t.same(first, ['a', 'b']);
  t.equal(read(), 1);
  t.same([...rows], [['a', 'b'], ['c', 'd'], ['other bytes']]);
  t.same([...rows], [...rows]);
  t.end();
});

t.test('a copy has bytes of its own', (t) => {
  const come = Buffer.from('a,b|c,d||');
  const { rows } = rowsOf([come.subarray(4, 7), come.subarray(0, 3), come.subarray(8, 8)]);
  const copy = rows.copy();
  come.fill('x');
  t.same([...copy], [['c', 'd'], ['a', 'b'], ['']]);
  t.equal(copy.bytes, rows.bytes);
  t.end();
});
