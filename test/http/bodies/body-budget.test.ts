import t from 'tap';
import { BodyBudget } from '../../../src/http/bodies/body-budget.js';

const MIB = 1024 * 1024;

t.test('large bodies have a bound together, and crowd out no small ones', (t) => {
  const budget = new BodyBudget({ largeBytes: 4 * MIB, smallBytes: 8 * MIB });
  const [first, second, small] = [budget.open(), budget.open(), budget.open()];
  t.ok(first.add(4 * MIB), 'the first MiB is free, three are large');
  t.ok(second.add(2 * MIB), 'the fourth');
  t.notOk(second.add(1), 'one byte more than the bound');
  t.notOk(small.add(MIB + 1), 'another large one');
  t.ok(small.add(MIB), 'a small one has room');
  first.close();
  t.ok(second.add(3 * MIB), 'what was given back can be had again');
  t.notOk(second.add(1), 'and no more than that');
  t.end();
});

t.test('small bodies have a bound together', (t) => {
  const budget = new BodyBudget({ largeBytes: 100 * MIB, smallBytes: 2 * MIB });
  const shares = [budget.open(), budget.open()];
  for (const share of shares) t.ok(share.add(MIB));
  t.notOk(budget.open().add(1));
  t.ok(shares[0]?.add(50 * MIB), 'whoever has its free bytes can have large ones');
  shares[0]?.close();
  t.ok(budget.open().add(MIB));
  t.end();
});

t.test('a body that comes in pieces counts as one that comes at once', (t) => {
  const budget = new BodyBudget({ largeBytes: MIB, smallBytes: 8 * MIB });
  const share = budget.open();
  for (let piece = 0; piece < 8; piece++) t.ok(share.add(MIB / 4));
  t.notOk(share.add(1));
  share.close();
  t.ok(budget.open().add(2 * MIB), 'all of it is given back');
  t.end();
});
