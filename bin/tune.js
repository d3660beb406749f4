// Tunes V8 and malloc for the start of a process, and then for what comes after it. For processes, not for threads:
// flags of V8 hold for the whole process.
const process = require('node:process');
const { clearTimeout, setInterval, setTimeout } = require('node:timers');
const { getHeapSpaceStatistics, setFlagsFromString } = require('node:v8');
const { runInNewContext } = require('node:vm');
const { load, save, service } = require('./load.js');

// Code that runs once is not worth the last compiler, and what is loaded lives long anyway: a larger young generation
// would only be memory that stays taken. Commands that are no services are over by then, or get all of it as well.
const START_FLAGS = ['--no-opt', '--semi-space-growth-factor=1', '--expose-gc'];
// When V8 gives a function to its last compiler. The limits of Node 24 suit programs that have Maglev before that:
// 3,000 calls, some seconds of probes. Those of Node 20 count in bytes of code run. In other versions of V8 such flags
// may be unknown, and it would say so.
const V8_MAJOR = Number(process.versions.v8.split('.')[0]);
const SOONER = { 11: ['--interrupt-budget=15000'], 13: ['--invocation-count-for-turbofan=200'] };
// What `sonde node` does a few times a minute is not worth that. The compiler takes 10 to 20 MiB for it, so it gets
// what is small and called very often (see bench/README.md).
const SMALL = [
  '--max-optimized-bytecode-size=1500',
  '--max-inlined-bytecode-size=60',
  '--max-inlined-bytecode-size-cumulative=150',
];
const SELDOM = {
  11: ['--interrupt-budget=1000000', ...SMALL],
  13: ['--invocation-count-for-turbofan=20000', ...SMALL],
};
// An exporter is scraped a few times a minute, so that its first thousand scrapes are hours. With less code of other
// functions in each that it compiles, V8's last compiler takes a quarter less time for them. After that they are as
// fast, or slower by a tenth (see bench/README.md).
const INLINING_LESS = ['--max-inlined-bytecode-size=60', '--max-inlined-bytecode-size-cumulative=150'];
const SCRAPED = {
  11: [...SOONER[11], ...INLINING_LESS],
  13: [...SOONER[13], ...INLINING_LESS],
};
const LIMITS = { node: SELDOM, redis: SCRAPED, nginx: SCRAPED, postgres: SCRAPED, mysql: SCRAPED };
const OPTIMIZING = ['--opt', ...((LIMITS[service] ?? SOONER)[V8_MAJOR] ?? [])];
const LONGEST_START_MS = 1000;
const MICROSECONDS = 1000;

/** How often the size of the young generation is looked at. */
const LOOK_MS = 1000;
const MIB = 1024 * 1024;

/**
 * Loads the bundle whose entry is `file`, and returns what it exports. Once its promise `started` resolves, it keeps
 * what was compiled, and gives back what the start alone has needed. `mostYoungMib`: see holdYoung; none if absent.
 */
function loadTuned(file, mostYoungMib) {
  for (const flag of START_FLAGS) setFlagsFromString(flag);
  const stopWaiting = optimizeLater();
  const exported = load(file);
  exported.started.then(() => {
    stopWaiting();
    settle(mostYoungMib);
  });
  return exported;
}

/** A start that does not end gets the compiler nevertheless, by CPU time: on a busy machine a start takes long. */
function optimizeLater() {
  let timer;
  const look = () => {
    const { user, system } = process.cpuUsage();
    if (user + system > LONGEST_START_MS * MICROSECONDS) optimize();
    else wait();
  };
  const wait = () => {
    timer = setTimeout(look, LONGEST_START_MS);
    timer.unref();
  };
  wait();
  return () => {
    clearTimeout(timer);
  };
}

function optimize() {
  for (const flag of OPTIMIZING) setFlagsFromString(flag);
  letGrow(true);
}

function letGrow(does) {
  setFlagsFromString(`--semi-space-growth-factor=${does ? 2 : 1}`);
}

function settle(mostYoungMib) {
  // What is kept is for these flags.
  for (const flag of START_FLAGS) setFlagsFromString(flag);
  save();
  optimize();
  runInNewContext('gc')();
  giveBack();
  if (mostYoungMib !== undefined) holdYoung(mostYoungMib);
}

/** Without the addon, all stays: the line that scripts/build-native.mjs wrote when it could not be built says why. */
function giveBack() {
  try {
    const { trim, unmap } = require('../dist/native/memory.node');
    trim();
    unmap();
  } catch {
    // See above.
  }
}

/**
 * Has the young generation grow to so many MiB a half and no further, where V8's own limit could not be set before
 * Node started. V8 makes it smaller by itself where little happens; then it may grow again.
 */
function holdYoung(mostMib) {
  let grows = true;
  const look = () => {
    const { space_size: bytes = 0 } = getHeapSpaceStatistics().find((each) => each.space_name === 'new_space') ?? {};
    // Both halves.
    const mayGrow = bytes < 2 * mostMib * MIB;
    if (mayGrow !== grows) letGrow(mayGrow);
    grows = mayGrow;
  };
  setInterval(look, LOOK_MS).unref();
}

module.exports = { loadTuned };
