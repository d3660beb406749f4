import type { TargetState } from '../../../probe/targets/target-state.js';
import { sortedInSteps } from '../../../values/lists/sorted-in-steps.js';
import { isWanted, type TargetFilter } from './target-filter.js';

/** Targets looked at in one step. */
const STEP = 16;

/**
 * The targets that are asked for, in short steps: those that fail first, and among them those that fail for the
 * shortest time; the others in the order of target and module, so that a page that is asked for again stays as it was.
 */
export function* selectTargets(
  all: readonly TargetState[],
  filter: TargetFilter,
): Generator<undefined, readonly TargetState[]> {
  const found: TargetState[] = [];
  for (const [index, state] of all.entries()) {
    if (index % STEP === 0) yield;
    const { module, target, hostname, params, last } = state;
    const named = {
      ...{ module, target },
      ...(hostname !== undefined && { hostname }),
      ...(params !== undefined && { params }),
    };
    if (isWanted({ ...named, ...(last.reason !== undefined && { reason: last.reason }) }, filter)) found.push(state);
  }
  const failing = found.filter(({ last }) => last.reason !== undefined);
  const others = found.filter(({ last }) => last.reason === undefined);
  const byChange = yield* sortedInSteps(failing, (a, b) => b.sinceSeconds - a.sinceSeconds || byName(a, b));
  const byNames = yield* sortedInSteps(others, byName);
  return [...byChange, ...byNames];
}

function byName(a: TargetState, b: TargetState): number {
  return (
    compareTexts(a.target, b.target) ||
    compareTexts(a.module, b.module) ||
    compareTexts(a.hostname ?? '', b.hostname ?? '') ||
    compareTexts(a.params ?? '', b.params ?? '')
  );
}

function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}
