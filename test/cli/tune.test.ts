import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { REPOSITORY } from '../helpers/peer.js';

const MEMORY_ADDON = join(REPOSITORY, 'dist/native/memory.node');

const BUNDLE = `(function(exports,require,module,__filename,__dirname,moduleUrl){
exports.started = Promise.resolve();
})\n`;

/**
 * Loads the bundle as a process that goes on does, and prints as JSON what `facts` says. Intervals are called by
 * hand: `look` is the last one.
 */
const runOf = (options: string, facts: string): string => `
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const timers = require('node:timers');
const { getHeapSpaceStatistics } = require('node:v8');
let look = () => {};
timers.setInterval = (callback) => {
  look = callback;
  return { unref: () => {} };
};
const mappedKib = () => Number(/RssFile:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]);
const youngMib = () => getHeapSpaceStatistics().find(({ space_name }) => space_name === 'new_space').space_size / 2 ** 20;
const before = mappedKib();
const { loadTuned } = require('./bin/tune.js');
const { started } = loadTuned(join(__dirname, 'dist/bundle/main.js')${options});
started.then(() => setImmediate(() => process.stdout.write(JSON.stringify(${facts}))));
`;

/** Has what is young survive, so that V8 wants more room for it; looks after each MiB. Gives the most that it had. */
const GROW = `(() => {
  const kept = [];
  let most = 0;
  for (let round = 0; round < 300; round++) {
    kept[round % 24] = Array.from({ length: 20_000 }, (_, index) => ({ index }));
    look();
    most = Math.max(most, youngMib());
  }
  return most;
})()`;

function run(t: Test, options: string, facts: string, service = 'serve'): unknown {
  const root = t.testdir({ 'run.cjs': runOf(options, facts), bin: {}, dist: { bundle: { 'main.code.js': BUNDLE } } });
  cpSync(join(REPOSITORY, 'bin'), join(root, 'bin'), { recursive: true });
  if (existsSync(MEMORY_ADDON)) cpSync(MEMORY_ADDON, join(root, 'dist/native/memory.node'), { recursive: true });
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'run.cjs'), service], {
    encoding: 'utf8',
  });
  t.equal(stderr, '');
  t.equal(status, 0);
  const entries = readdirSync(join(root, 'dist/code-cache'));
  t.equal(entries.length, 1, 'what was compiled is kept');
  t.match(entries[0], `-${service}-`);
  return JSON.parse(stdout);
}

t.test('a process that has started gives back pages of its program, and goes on', (t) => {
  const [before, after] = run(t, '', '[before, mappedKib()]') as readonly [number, number];
  if (!existsSync(MEMORY_ADDON)) t.comment('the addon is not built, so nothing is given back');
  else t.ok(after < before * 0.75, `${before} KiB of files were mapped, and now ${after}`);
  t.end();
});

t.test('the young generation grows to what is wanted', (t) => {
  const mib = Number(run(t, ', 2', GROW));
  // V8 13 (Node 24) sometimes doubles it once more before the first look, and takes a page more for a moment.
  t.ok(mib > 2 && mib <= 16, `${mib} MiB, both halves`);
  t.end();
});

t.test('the young generation is not held where nothing is wanted', (t) => {
  const mib = Number(run(t, '', GROW));
  t.ok(mib > 16, `${mib} MiB, both halves`);
  t.end();
});

t.test('V8 knows the flags of each service, and what is compiled is kept for each', (t) => {
  // What it does not know, it says on stderr.
  for (const service of ['serve', 'node', 'redis']) t.equal(run(t, '', '1', service), 1, service);
  t.end();
});
