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
  families(): MetricFamily[] {
    return [...this.#families.values()].map((open) => open.family()).filter((family) => family !== undefined);
  }

  /** Returns the same families. Series that `readAgain` can read stay in the body for now. */
  heldFamilies(): HeldFamily[] {
    return [...this.#families.values()].map((open) => open.held()).filter((family) => family !== undefined);
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
