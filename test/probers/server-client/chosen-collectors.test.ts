import t from 'tap';
import { chosenCollectors } from '../../../src/probers/server-client/run-collectors.js';

const ALL = [
  { name: 'usual', isDefault: true },
  { name: 'rare', isDefault: false },
];

t.test('the collectors that run', async (t) => {
  const names = (given: Record<string, boolean>): readonly string[] => chosenCollectors(ALL, given).map((c) => c.name);
  t.same(names({}), ['usual']);
  t.same(names({ rare: true }), ['usual', 'rare']);
  t.same(names({ usual: false, rare: true }), ['rare']);
});

t.test('a name that there is none of', async (t) => {
  const message = 'unknown collector; there are usual, rare';
  for (const name of ['odd', 'constructor', 'toString'])
    t.throws(() => chosenCollectors(ALL, { [name]: true }), { message, path: ['collectors', name] }, name);
});
