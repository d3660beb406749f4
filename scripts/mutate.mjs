// Tells which lines of a folder no test minds: `npm run mutate -- src/values [--limit 100]`. Changes one operator,
// number or condition of one file at a time, runs the tests that mirror the folder (src/values → test/values), and
// prints the changes that all of them passed: the survivors. It works in a copy of dist below the folder for temporary
// files; the repository is only read. The exit code is 0 unless the tests fail without any change.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from './build-inputs.mjs';
import { compileMutant, mutationsOf, sample } from './mutations.mjs';

/** How many changes are tried unless the command line says otherwise. */
const DEFAULT_LIMIT = 100;
/** A change may make a loop endless: its tests get this much longer than they took, and at least this time. */
const PATIENCE = 3;
const LEAST_MS = 10_000;
const LONGEST_TEST_MS = 120_000;

function filesBelow(folder, ending) {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(ending))
    .map((name) => join(folder, name))
    .sort();
}

/** A folder like the repository, whose dist may be changed: everything else leads to the original. */
function makeCopy() {
  const copy = mkdtempSync(join(tmpdir(), 'sonde-mutate-'));
  for (const name of readdirSync(root)) {
    if (name !== 'dist' && name !== '.git' && name !== '.tap') symlinkSync(join(root, name), join(copy, name));
  }
  cpSync(join(root, 'dist'), join(copy, 'dist'), { recursive: true });
  return copy;
}

function runTest(file, copy, timeout) {
  const startedAt = performance.now();
  const { status } = spawnSync(process.execPath, [file], {
    cwd: copy,
    stdio: 'ignore',
    timeout,
    killSignal: 'SIGKILL',
  });
  return { passed: status === 0, ms: performance.now() - startedAt };
}

/** The tests of a folder with the time that each may take, if all of them pass without any change. */
function measureTests(copy, folder) {
  const tests = filesBelow(join(copy, 'dist/test', folder), '.test.js');
  return tests.map((file) => {
    const { passed, ms } = runTest(file, copy, LONGEST_TEST_MS);
    if (!passed) throw new Error(`${relative(copy, file)} fails without any change`);
    return { file, timeout: Math.max(LEAST_MS, Math.ceil(ms * PATIENCE)) };
  });
}

/** The test that bears the file's name is the likeliest to fail, so it comes first. */
function inOrder(tests, sourceFile) {
  const name = basename(sourceFile, '.ts');
  const isNamesake = ({ file }) => (basename(file).startsWith(`${name}.`) ? 0 : 1);
  return [...tests].sort((one, other) => isNamesake(one) - isNamesake(other));
}

function survives(mutant, copy, tests) {
  const { file, text } = mutant;
  const compiled = join(copy, 'dist', file.replace(/\.ts$/, '.js'));
  const original = readFileSync(compiled);
  writeFileSync(compiled, compileMutant(file, text, mutant.mutation));
  try {
    return inOrder(tests, file).every((test) => runTest(test.file, copy, test.timeout).passed);
  } finally {
    writeFileSync(compiled, original);
  }
}

function readArguments() {
  const { values, positionals } = parseArgs({ options: { limit: { type: 'string' } }, allowPositionals: true });
  const [given = ''] = positionals;
  const folder = relative(root, join(root, given));
  const limit = values.limit === undefined ? DEFAULT_LIMIT : Number(values.limit);
  const isOurs = folder.startsWith('src/') && existsSync(join(root, folder.replace(/^src/, 'test')));
  if (positionals.length !== 1 || !isOurs || !Number.isInteger(limit) || limit < 1) {
    console.error('usage: npm run mutate -- src/FOLDER [--limit COUNT]; the folder must have tests in test/FOLDER');
    process.exit(2);
  }
  return { folder, limit };
}

function mutantsOf(folder, limit) {
  const all = filesBelow(join(root, folder), '.ts').flatMap((path) => {
    const file = relative(root, path);
    const text = readFileSync(path, 'utf8');
    return mutationsOf(file, text).map((mutation) => ({ file, text, mutation }));
  });
  return { mutants: sample(all, limit), total: all.length };
}

function describe({ file, mutation: { line, column, from, text } }) {
  return `${file}:${line}:${column}: \`${from.slice(0, 60)}\` became \`${text.slice(0, 60)}\``;
}

const { folder, limit } = readArguments();
const { mutants, total } = mutantsOf(folder, limit);
const copy = makeCopy();
try {
  const tests = measureTests(copy, folder.replace(/^src\//, ''));
  console.log(`${mutants.length} of ${total} changes in ${folder}, ${tests.length} files of tests`);
  const survivors = mutants.filter((mutant) => {
    const isAlive = survives(mutant, copy, tests);
    if (isAlive) console.log(`survived: ${describe(mutant)}`);
    return isAlive;
  });
  console.log(`${mutants.length - survivors.length} were noticed, ${survivors.length} survived`);
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true, force: true });
}
