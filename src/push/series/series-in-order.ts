import type { Sample } from '../../metrics/metric-family.js';
import type { HeldFamily, SeriesList } from '../../metrics/series-list.js';
import { compareSamples } from '../../metrics/sort-families.js';
import { sortedInSteps } from '../../values/lists/sorted-in-steps.js';
import { PackedSeries } from './packed-series.js';
import { SERIES_A_STEP } from './series-checks.js';

/** Gives the samples of a family in upstream's order, and undefined where others may have their turn. */
export function* inOrder({ samples }: Pick<HeldFamily, 'samples'>): Generator<Sample | undefined> {
  if (samples instanceof PackedSeries && samples.facts.isInOrder) yield* samples;
  else yield* yield* sortedInSteps(yield* unpacked(samples), compareSamples);
}

/** All series as objects, in steps. */
export function* unpacked(samples: SeriesList): Generator<undefined, readonly Sample[]> {
  if (isArray(samples)) return samples;
  const all: Sample[] = [];
  for (const sample of samples) {
    if (all.length % SERIES_A_STEP === SERIES_A_STEP - 1) yield;
    all.push(sample);
  }
  return all;
}

function isArray(samples: SeriesList): samples is readonly Sample[] {
  return Array.isArray(samples);
}
