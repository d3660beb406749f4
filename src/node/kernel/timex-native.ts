import { loadAddon } from './native-addon.js';

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

/** Returns the system call, or why it is missing; `folder` is where the addons are, unless it is the usual one. */
export function loadTimex(folder?: URL): { readonly read: ReadTimex } | { readonly missing: string } {
  const loaded = loadAddon('timex', folder);
  // The functions are those of src/native/timex.c, which is built from the same source tree.
  return 'missing' in loaded ? loaded : { read: () => readFrom(loaded.addon as TimexAddon) };
}

function readFrom(addon: TimexAddon): TimexReading {
  const values = new Float64Array(TIMEX_FACTS.length);
  const state = addon.read(values);
  // There is one entry for each name, so none is missing.
  return { state, facts: Object.fromEntries(TIMEX_FACTS.map((name, index) => [name, values[index]])) as TimexFacts };
}
