import type { Test } from 'tap';
import type { CollectorSpec } from '../../../src/node/collector.js';
import { askCollector, type CollectOptions } from '../services/collect.js';
import { countSamples, familiesOf, nodeFixtures } from './node-fixtures.js';

/** One collector's part of upstream's end-to-end test. */
export interface E2eRow {
  readonly collector: CollectorSpec;
  /** The families of upstream's expected output that are this collector's. */
  readonly names: RegExp;
  readonly samples: number;
  /** `$FIXTURES` stands for the folder of upstream's trees. */
  readonly flags?: CollectOptions['flags'];
}

/** Compares what each collector gives of upstream's trees with upstream's expected output, byte for byte. */
export function testE2eRows(t: Test, rows: readonly E2eRow[]): void {
  const { folder, paths, expected } = nodeFixtures(t);
  for (const { collector, names, samples, flags = {} } of rows) {
    t.test(collector.name, async (t) => {
      const placed = Object.entries(flags).map(([name, value]) => [
        name,
        typeof value === 'string' ? value.replace('$FIXTURES', paths.rootfs) : value,
      ]);
      // The entries are those of flags, with the same kinds of values.
      const asked = Object.fromEntries(placed) as NonNullable<CollectOptions['flags']>;
      // cpufreq runs too, as in upstream's test: cpu then leaves the frequencies to it.
      const output = await askCollector(collector, { paths, flags: asked, enabled: ['cpufreq'] }).scrape();
      t.equal(output.replaceAll(`${folder}/`, ''), familiesOf(expected, names));
      t.equal(countSamples(output), samples);
    });
  }
}
