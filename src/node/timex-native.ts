import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { PACKAGE_ROOT } from '../files/package-root.js';

/** The facts of adjtimex(2) in the order of the addon, in the units of the kernel's struct timex. */
export const TIMEX_FACTS = [
  'offset',
  'frequency',
  'maximumError',
  'estimatedError',
  'status',
  'constant',
  'tick',
  'ppsFrequency',
  'jitter',
  'shift',
  'stability',
  'jitterCount',
  'calibrationCount',
  'errorCount',
  'stabilityCount',
  'tai',
] as const;

/** The facts by name. */
export type TimexFacts = Readonly<Record<(typeof TIMEX_FACTS)[number], number>>;

/** The kernel's clock at one point in time. */
export interface TimexReading {
  /** 0 to 4 for a synchronised clock, 5 (TIME_ERROR) for any other. */
  readonly state: number;
  readonly facts: TimexFacts;
}

/** Reads the clock. Throws an Error with `code` and `syscall` if the system refuses, as in some containers. */
export type ReadTimex = () => TimexReading;

/** The function of src/native/timex.c, which fills in the facts and returns the state. */
interface TimexAddon {
  readonly read: (facts: Float64Array) => number;
}

/** The folder in which scripts/build-native.mjs puts the addon, or the reason why it could not build it. */
const FOLDER = new URL('dist/native/', PACKAGE_ROOT);

/**
 * Returns the system call, or why it is missing: without a compiler at installation there is no addon, and everything
 * else works.
 */
export function loadTimex(folder: URL = FOLDER): { readonly read: ReadTimex } | { readonly missing: string } {
  try {
    // The function is that of src/native/timex.c, which is built from the same source tree.
    const addon = createRequire(import.meta.url)(fileURLToPath(new URL('timex.node', folder))) as TimexAddon;
    return { read: () => readFrom(addon) };
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const isAbsent = 'code' in error && error.code === 'MODULE_NOT_FOUND';
    return { missing: isAbsent ? whyNotBuilt(folder) : error.message };
  }
}

function readFrom(addon: TimexAddon): TimexReading {
  const values = new Float64Array(TIMEX_FACTS.length);
  const state = addon.read(values);
  // There is one entry for each name, so none is missing.
  return { state, facts: Object.fromEntries(TIMEX_FACTS.map((name, index) => [name, values[index]])) as TimexFacts };
}

function whyNotBuilt(folder: URL): string {
  try {
    return readFileSync(new URL('timex.missing', folder), 'utf8').trim();
  } catch {
    return 'it was not built: run `node scripts/build-native.mjs`';
  }
}
