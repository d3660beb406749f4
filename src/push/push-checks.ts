import type { MetricType } from '../metrics/metric-definition.js';
import type { Sample } from '../metrics/metric-family.js';
import type { HeldFamily } from '../metrics/series-list.js';
import { suffixCollisions } from '../metrics/suffix-collisions.js';
import type { NameHolders } from './name-holders.js';
import type { OwnFamilies } from './own-families.js';
import type { PushProblems } from './push-problem.js';
import type { GroupingKey } from './pushed-group.js';
import { type FamilyFaults, seriesProblem } from './series/series-checks.js';
import { citeSeries, typeWord } from './series-text.js';

/** A family and what is wrong with it by itself. */
export interface CheckedFamily {
  readonly family: HeldFamily;
  readonly faults: FamilyFaults;
}

/** The state that a push is compared with. */
export interface StoredContext {
  readonly key: GroupingKey;
  readonly own: OwnFamilies;
  readonly held: ReadonlyMap<string, NameHolders>;
  /** Whether the group's own family of that name stays beside the push. */
  readonly stays: (name: string) => boolean;
}

/**
 * Finds inconsistencies within a push and with everything that is stored: the checks of client_golang's
 * Gatherers.Gather. Upstream runs them over the whole store at every push; here only what is pushed is checked. Returns
 * the names that a scrape must check if the push is stored anyway.
 */
export function checkPush(
  families: readonly CheckedFamily[],
  stored: StoredContext,
  problems: PushProblems,
): ReadonlySet<string> {
  const pushed = new Map<string, MetricType>();
  const suspects = new Set<string>();
  const typesOf = (name: string): readonly MetricType[] => typesBeside(name, pushed, stored);
  for (const { family, faults } of families) {
    const before = problems.count;
    const collisions = suffixCollisions(family, typesOf);
    for (const { other, problem } of collisions) {
      problems.add(() => problem);
      suspects.add(other);
    }
    if (collisions.length === 0) checkFamily({ family, faults }, stored, problems);
    if (problems.count > before) suspects.add(family.name);
    pushed.set(family.name, family.type);
  }
  return suspects;
}

/** Returns the types that a name has in the families which stay, besides those still to be checked. */
function typesBeside(
  name: string,
  pushed: ReadonlyMap<string, MetricType>,
  { key, own, held, stays }: StoredContext,
): readonly MetricType[] {
  const types = held.get(name)?.typesBeside(stays(name) ? undefined : key.id) ?? [];
  return [pushed.get(name), own.typeOf(name), ...types].filter((type) => type !== undefined);
}

function checkFamily(
  { family, faults }: CheckedFamily,
  { key, own, held }: StoredContext,
  problems: PushProblems,
): void {
  const { name, type, samples } = family;
  const ownType = own.typeOf(name);
  if (ownType !== undefined && ownType !== type) {
    problems.add(
      () => `gathered metric family ${name} has type ${typeWord(type)} but should have ${typeWord(ownType)}`,
    );
    return;
  }
  const holders = held.get(name);
  const otherType = holders?.typesBeside(key.id).find((other) => other !== type);
  const [first] = samples.slice(0, 1);
  if (otherType !== undefined && first !== undefined) {
    problems.add(() => `${citeSeries(name, type, first)} is not a ${typeWord(otherType)}`);
    return;
  }
  for (const index of faults.invalid) {
    // The sample is only read if the problem is shown: there may be as many problems as series.
    problems.add(() => citeInvalid(family, samples.slice(index, index + 1)[0]));
  }
  for (const index of positions(faults.repeated, holders?.heldElsewhere(key, family) ?? [])) {
    problems.add(() => citeRepeated(family, samples.slice(index, index + 1)[0]));
  }
}

function positions(repeated: Iterable<number>, elsewhere: readonly number[]): Iterable<number> {
  if (elsewhere.length === 0) return repeated;
  return new Set([...repeated, ...elsewhere]);
}

function citeInvalid({ name, type }: HeldFamily, sample: Sample | undefined): string {
  return sample === undefined ? name : `${citeSeries(name, type, sample)} ${seriesProblem(sample) ?? ''}`;
}

function citeRepeated({ name, type }: HeldFamily, sample: Sample | undefined): string {
  const what = sample === undefined ? name : citeSeries(name, type, sample);
  return `${what} was collected before with the same name and label values`;
}
