import type { Steps } from '../values/in-slices.js';
import type { MetricSet } from './metric-set.js';
import { sampleWriter, writeFamilies } from './write-text.js';

/** Samples that are written before others may have their turn. */
const SAMPLES_A_STEP = 64;

/**
 * Returns what `writeMetricSet` does, written in steps: a server may have chosen tens of thousands of rows. The text
 * may end after `most` characters.
 */
export function* metricSetText(metrics: MetricSet, most = Infinity): Steps<string> {
  let text = '';
  let untilPause = SAMPLES_A_STEP;
  for (const family of yield* metrics.familiesInSteps()) {
    text += writeFamilies([{ ...family, samples: [] }]);
    const write = sampleWriter(family.name, 'underscores');
    for (const sample of family.samples) {
      if (text.length >= most) return text;
      text += write(sample);
      if (--untilPause > 0) continue;
      untilPause = SAMPLES_A_STEP;
      yield;
    }
  }
  return text;
}
