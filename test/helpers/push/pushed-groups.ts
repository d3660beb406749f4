import type { Label, MetricFamily } from '../../../src/metrics/metric-family.js';
import type { GroupFacts, GroupingKey, PushedGroup } from '../../../src/push/pushed-group.js';

/** A key of `name, value` pairs, sorted by name. */
export function groupKey(labels: Readonly<Record<string, string>>): GroupingKey {
  const pairs = Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1));
  return { id: JSON.stringify(pairs), labels: pairs.map(([name, value]) => ({ name, value })) };
}

/** The labels of a series in the group: the group's, an empty instance if it has none, and those given. */
export function seriesLabels(key: GroupingKey, more: Readonly<Record<string, string>> = {}): readonly Label[] {
  const own = Object.fromEntries(key.labels.map(({ name, value }) => [name, value]));
  const all = { instance: '', ...more, ...own };
  return Object.entries(all)
    .map(([name, value]) => ({ name, value }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** When groups of the tests were pushed: 2026-01-02T03:04:05.678125Z. */
export const PUSHED_AT_SECONDS = 1_767_323_045.678125;

/** A group as the store holds it. */
export function pushedGroup(
  key: GroupingKey,
  families: readonly MetricFamily[],
  facts: Partial<GroupFacts> = {},
): PushedGroup {
  return {
    key,
    createdAtSeconds: PUSHED_AT_SECONDS,
    lastPushSeconds: PUSHED_AT_SECONDS,
    lastFailureSeconds: 0,
    ...facts,
    families: new Map(families.map((family) => [family.name, { family, pushedAtSeconds: PUSHED_AT_SECONDS }])),
  };
}
