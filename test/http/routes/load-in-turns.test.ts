import { mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import t from 'tap';
import { loadInTurns } from '../../../src/http/routes/load-in-turns.js';

/**
 * Packages that say when they are loaded: `top` needs `one` and `two`, both need `leaf`, and `broken` cannot be loaded.
 */
const PACKAGES: Readonly<Record<string, readonly string[]>> = {
  top: ['one', 'two', 'broken', 'missing'],
  one: ['leaf'],
  two: ['leaf', 'one'],
  leaf: [],
  broken: [],
};

t.test('each package, and each part that is named, in a turn of its own, what it depends on first', async (t) => {
  const folder = t.testdir({});
  for (const [name, needs] of Object.entries(PACKAGES)) {
    const path = join(folder, 'node_modules', name);
    mkdirSync(path, { recursive: true });
    const dependencies = Object.fromEntries(needs.map((need) => [need, '*']));
    writeFileSync(join(path, 'package.json'), JSON.stringify({ name, dependencies }));
    const source = name === 'broken' ? 'throw new Error()' : `exports.turn = process.env.TURN_OF_TEST;`;
    for (const file of ['index.js', 'part.js']) writeFileSync(join(path, file), source);
  }
  let turn = 0;
  let timer = setImmediate(function next() {
    process.env['TURN_OF_TEST'] = String(++turn);
    timer = setImmediate(next);
  });
  t.teardown(() => {
    clearImmediate(timer);
  });
  const from = join(folder, 'index.js');
  await loadInTurns('top', { from, parts: ['part', 'no-such-part'] });
  const require = createRequire(from);
  const turns = ['leaf', 'one', 'two', 'top/part', 'top'].map((name) =>
    Number((require(name) as { turn: string }).turn),
  );
  t.equal(new Set(turns).size, turns.length);
  t.same(
    turns,
    [...turns].sort((a, b) => a - b),
  );
});

t.test('a package that is not there is left to the import that needs it', async (t) => {
  await t.resolves(loadInTurns('not-there', { from: join(t.testdir({}), 'index.js') }));
});
