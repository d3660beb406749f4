import type { MetricFamily } from '../metric-family.js';
import type { ParseMeter } from '../parse-limits.js';
import type { ReadAgain } from '../series-in-body.js';
import type { HeldFamily } from '../series-list.js';
import { OpenFamily, type SamplePart } from './open-family.js';

/** The family that a sample with some name belongs to, and the part of it that the line gives. */
export interface SampleTarget {
  readonly family: OpenFamily;
  readonly part: SamplePart;
}

const PARTS: readonly (readonly [suffix: string, part: SamplePart])[] = [
  ['_count', 'count'],
  ['_sum', 'sum'],
  ['_bucket', 'bucket'],
];

/** How many families are finished between two moments at which the caller may let other work run. */
const FAMILIES_A_STEP = 256;

/** The families that are being read. The first line with a name decides what the name means to the end of the input. */
export class OpenFamilies {
  readonly #families = new Map<string, OpenFamily>();
  readonly #targets = new Map<string, SampleTarget>();
  readonly #meter: ParseMeter;
  readonly #readAgain: ReadAgain | undefined;

  /** With `readAgain`, series stay in the body where that is possible. */
  constructor(meter: ParseMeter, readAgain?: ReadAgain) {
    this.#meter = meter;
    this.#readAgain = readAgain;
  }

  /**
   * Finds the family that `name` belongs to: the family of that name, a summary or histogram that it is a part of, or a
   * new one.
   */
  target(name: string): SampleTarget {
    let target = this.#targets.get(name);
    if (target === undefined) {
      target = this.#find(name) ?? this.#open(name);
      this.#targets.set(name, target);
    }
    return target;
  }

  /** Returns the families that have samples, in the order of their first lines. */
  families(): Generator<undefined, MetricFamily[]> {
    return this.#each((open) => open.family());
  }

  /** Returns the same families. Series that `readAgain` can read stay in the body for now. */
  heldFamilies(): Generator<undefined, HeldFamily[]> {
    return this.#each((open) => open.held());
  }

  /** There may be as many families as lines. */
  *#each<T>(take: (open: OpenFamily) => T | undefined): Generator<undefined, T[]> {
    const taken: T[] = [];
    let count = 0;
    for (const open of this.#families.values()) {
      if (++count % FAMILIES_A_STEP === 0) yield;
      const family = take(open);
      if (family !== undefined) taken.push(family);
    }
    return taken;
  }

  #find(name: string): SampleTarget | undefined {
    const exact = this.#families.get(name);
    if (exact !== undefined) return { family: exact, part: 'sample' };
    const [suffix, part] = PARTS.find(([suffix]) => name.endsWith(suffix)) ?? [];
    if (suffix === undefined || part === undefined) return undefined;
    const family = this.#families.get(name.slice(0, -suffix.length));
    const isPart = family?.boundLabel === 'le' || (family?.boundLabel === 'quantile' && part !== 'bucket');
    return family !== undefined && isPart ? { family, part } : undefined;
  }

  #open(name: string): SampleTarget {
    this.#meter.family();
    const family = new OpenFamily(name, this.#meter, this.#readAgain);
    this.#families.set(name, family);
    return { family, part: 'sample' };
  }
}
