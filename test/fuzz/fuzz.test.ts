import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import t from 'tap';
import { seededRandom } from '../helpers/hostile/seeded-random.js';
import { BranchGuide } from './branch-guide.js';
import { fuzz, type FuzzTarget, tryInput } from './fuzz-target.js';
import { FUZZ_TARGETS } from './fuzz-targets.js';
import { mutate } from './mutate.js';

/** For each target; hours of it run by `npm run fuzz`. */
const SECONDS = 0.2;
const SEED = 11;

const coverage = process.env['NODE_V8_COVERAGE'] !== undefined;
const FIXTURES = fileURLToPath(new URL('../../../test/fixtures/fuzz', import.meta.url));

t.test('what was found once', async (t) => {
  const files = existsSync(FIXTURES) ? readdirSync(FIXTURES) : [];
  for (const file of files) {
    const target = FUZZ_TARGETS.find(({ name }) => file.startsWith(`${name}-`));
    if (target === undefined) t.fail(`${file} is of no target`);
    else t.equal((await tryInput(target, readFileSync(path.join(FIXTURES, file)))).problem, undefined, file);
  }
});

for (const target of FUZZ_TARGETS) {
  t.test(target.name, async (t) => {
    const { inputs, kinds, findings } = await fuzz(target, SEED, performance.now() + SECONDS * 1000);
    for (const { what, input } of findings) t.fail(`${what}\n${input.toString('base64')}`);
    t.ok(inputs >= 50, `${inputs} inputs`);
    t.ok(kinds > 1, `${kinds} kinds of outcome`);
  });
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

t.test('a fault is found', async (t) => {
  const broken: FuzzTarget = {
    name: 'broken',
    seeds: ['abc'],
    parse: (bytes) => {
      if (bytes.includes(0xff)) throw new TypeError('a bug');
      return bytes.length;
    },
    mayThrow: (error) => !(error instanceof TypeError),
  };
  const { findings } = await fuzz(broken, 1, performance.now() + 5000);
  t.match(findings[0]?.what, /TypeError: a bug/);
  const slow: FuzzTarget = {
    ...broken,
    parse: (bytes) => {
      // By the processor's time, which is what is counted.
      const end = cpuMs() + bytes.length;
      while (cpuMs() < end);
    },
  };
  t.match((await tryInput(slow, Buffer.alloc(100))).problem, /it took \d+ ms/);
});

/** Each branch is met only by an input that took the one before it; what comes back tells nothing of that. */
function unlock(bytes: Buffer): string {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = bytes;
  if (a > 0x80) if (b > 0x80) if (c < 0x20) if (d > 0x80) if (e < 0x20) throw new TypeError('open');
  return 'closed';
}

const skip = coverage && 'the coverage report counts the same blocks';

t.test('branches guide where outcomes tell nothing', { skip }, async (t) => {
  const target: FuzzTarget = { name: 'locked', seeds: ['abcdefgh'], parse: unlock, mayThrow: () => false };
  const guide = new BranchGuide('/fuzz.test.js');
  t.teardown(() => guide.stop());
  const { findings, inputs } = await fuzz(target, 3, performance.now() + 60_000, guide);
  t.match(findings[0]?.what, /TypeError: open/, `${inputs} inputs`);
  t.ok(guide.size > 3, `${guide.size} branches`);
});

t.test('the same seed gives the same inputs', async (t) => {
  const all = (): readonly string[] => {
    const random = seededRandom(5);
    return Array.from({ length: 50 }, () => mutate(Buffer.from('hello world'), random, []).toString('hex'));
  };
  t.same(all(), all());
  t.ok(new Set(all()).size > 40);
});
