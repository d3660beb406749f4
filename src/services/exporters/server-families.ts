import type { Label, MetricFamily } from '../../metrics/metric-family.js';
import type { MetricSet } from '../../metrics/metric-set.js';

/** What Sonde measures on its way, which the real exporters do not have. */
const OF_PROBES = 'probe_';

/** The families of one server: what its exporter has of it, without those that are `leftOut`. */
export function serverFamilies(metrics: MetricSet, leftOut: ReadonlySet<string>): readonly MetricFamily[] {
  return metrics.families().filter(({ name }) => !name.startsWith(OF_PROBES) && !leftOut.has(name));
}

/** Returns the families with further labels. */
export function withLabels(families: readonly MetricFamily[], labels: readonly Label[]): readonly MetricFamily[] {
  if (labels.length === 0) return families;
  return families.map((family) => ({
    ...family,
    samples: family.samples.map((sample) => ({
      ...sample,
      labels: [...sample.labels, ...labels].sort((a, b) => (a.name < b.name ? -1 : 1)),
    })),
  }));
}

/** One family a name, in the order of the names; of each the samples in the order given. */
export function mergeFamilies(families: readonly MetricFamily[]): readonly MetricFamily[] {
  const byName = new Map<string, MetricFamily>();
  for (const family of families) {
    const known = byName.get(family.name);
    const samples = known === undefined ? family.samples : [...known.samples, ...family.samples];
    byName.set(family.name, { ...family, samples });
  }
  return [...byName.values()].filter(({ samples }) => samples.length > 0).sort((a, b) => (a.name < b.name ? -1 : 1));
}
