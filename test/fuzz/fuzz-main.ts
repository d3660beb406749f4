import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { BranchGuide } from './branch-guide.js';
import { fuzz } from './fuzz-target.js';
import { FUZZ_TARGETS } from './fuzz-targets.js';

// npm run fuzz -- --seconds N [--target NAME] [--seed S] [--blind]: feeds every parser of foreign bytes with changed
// inputs. What it finds is written to fuzz-findings/, to be copied to test/fixtures/fuzz/.

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    target: { type: 'string' },
    // Guided by outcomes alone: ten times as many inputs.
    blind: { type: 'boolean', default: false },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
  },
});
const seconds = Number(values.seconds);
const seed = Number(values.seed);
const targets = FUZZ_TARGETS.filter(({ name }) => values.target === undefined || name === values.target);
if (!(seconds > 0) || !Number.isInteger(seed) || targets.length === 0) {
  console.error(
    `usage: npm run fuzz -- --seconds N [--seed S] [--target NAME] [--blind], one of: ${FUZZ_TARGETS.map(({ name }) => name).join(' ')}`,
  );
  process.exit(2);
}

// Only Sonde's own scripts: what the libraries and the tests do is not looked at.
const guide = values.blind ? undefined : new BranchGuide('/dist/src/');
let inputs = 0;
let found = 0;
for (const target of targets) {
  const result = await fuzz(target, seed, performance.now() + (seconds * 1000) / targets.length, guide);
  inputs += result.inputs;
  console.log(
    `${target.name}: ${result.inputs} inputs, ${result.kinds} kinds of outcome${guide === undefined ? '' : `, ${guide.size} branches so far`}`,
  );
  for (const [index, { what, input }] of result.findings.entries()) {
    found++;
    mkdirSync('fuzz-findings', { recursive: true });
    const file = path.join('fuzz-findings', `${target.name}-${seed}-${index}.bin`);
    writeFileSync(file, input);
    console.log(`  ${file}: ${what}`);
  }
}
console.log(`${inputs} inputs in ${seconds} seconds with seed ${seed}, ${found} findings`);
process.exit(found === 0 ? 0 : 1);
