import { readFileSync } from 'node:fs';
import t from 'tap';
import { packTree, unpackTree } from '../../../src/config/yaml/packed-tree.js';
import { parseYaml } from '../../../src/config/yaml/parse-yaml.js';
import { readYaml } from '../../../src/config/yaml/read-yaml.js';
import type { YamlNode } from '../../../src/config/yaml/yaml-node.js';
import { atOnce } from '../../../src/values/in-slices.js';

const TEXTS = [
  { name: 'one scalar', text: 'a' },
  { name: 'an empty scalar', text: 'a:' },
  { name: 'plain, quoted and folded texts', text: 'a: b\nc: "d\\te"\nf: \'g\'\nh: >\n  i\n  j\n' },
  { name: 'lists in mappings in lists', text: '- a: [1, {b: [c, d]}]\n  e: []\n- {}\n- [[], {}]' },
  { name: 'tags', text: '!own {a: !!binary YQ==, b: !<tag:yaml.org,2002:str> 1, c: !own d}' },
  { name: 'characters beyond ASCII', text: 'é: "\\U0001F600 \u{1F600} ü"\n' },
  { name: 'the configuration of the repository', text: readFileSync('blackbox.yml', 'utf8') },
];

function rootOf(text: string): YamlNode {
  const parsed = parseYaml(text);
  if (parsed.kind !== 'document') throw new Error(`Cannot parse ${text}`);
  return parsed.root;
}

for (const { name, text } of TEXTS) {
  t.test(`a tree is the same behind another thread: ${name}`, async (t) => {
    const root = rootOf(text);
    t.strictSame(atOnce(unpackTree(structuredClone(packTree(root)))), root);
  });
}

t.test('what is named once and meant twice is one node', async (t) => {
  const root = atOnce(unpackTree(packTree(rootOf('a: &x [1]\nb: *x\nc: {<<: &y {d: e}}\nf: *y'))));
  t.equal(root.kind, 'mapping');
  const [a, b] = root.kind === 'mapping' ? root.pairs : [];
  t.ok(a?.value === b?.value);
});

/** How often others had their turn while `work` was under way. */
async function turnsDuring(work: Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    turns++;
    if (!isOver) setImmediate(count);
  };
  setImmediate(count);
  await work;
  isOver = true;
  return turns;
}

t.test('a long text is parsed in turns with other work', async (t) => {
  // It takes more than a tenth of a second, and a turn two milliseconds.
  const turns = await turnsDuring(readYaml(`a: [${'b,'.repeat(50_000)}]`));
  t.ok(turns > 10, `${turns} turns`);
});

const LONG = `a: [${'b,'.repeat(5000)}]`;

t.test('a long text has the same tree', async (t) => {
  t.strictSame(await readYaml(LONG), parseYaml(LONG));
});

t.test('what is wrong with a long text, and a long one of nothing', async (t) => {
  const malformed = `${LONG}\n"`;
  t.strictSame(await readYaml(malformed), parseYaml(malformed));
  t.equal(parseYaml(malformed).kind, 'malformed');
  t.same(await readYaml('\n'.repeat(100_000)), { kind: 'empty' });
});
