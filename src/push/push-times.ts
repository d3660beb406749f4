import type { MetricFamily } from '../metrics/metric-family.js';
import { ownLabels } from './group-labels.js';
import type { GroupFacts, GroupingKey } from './pushed-group.js';

/** The families that every group has besides the pushed ones. Names and help texts are upstream's. */
export const PUSH_TIME = 'push_time_seconds';
/** When a push to the group failed for the last time, in seconds since the Unix epoch. The name is upstream's. */
export const PUSH_FAILURE_TIME = 'push_failure_time_seconds';

const HELP: ReadonlyMap<string, string> = new Map([
  [PUSH_TIME, 'Last Unix time when changing this group in the Pushgateway succeeded.'],
  [PUSH_FAILURE_TIME, 'Last Unix time when changing this group in the Pushgateway failed.'],
]);

/** Whether a name is one of the push times, which cannot be pushed. */
export function isPushTime(name: string): boolean {
  return HELP.has(name);
}

/** Returns the two families with the times of one group, by name, each with the time of its last change. */
export function pushTimes(
  key: GroupingKey,
  { createdAtSeconds, lastPushSeconds, lastFailureSeconds }: GroupFacts,
): readonly { readonly family: MetricFamily; readonly changedAtSeconds: number }[] {
  const rows = [
    { name: PUSH_FAILURE_TIME, seconds: lastFailureSeconds },
    { name: PUSH_TIME, seconds: lastPushSeconds },
  ];
  return rows.map(({ name, seconds }) => ({
    family: {
      name,
      help: HELP.get(name) ?? '',
      type: 'gauge',
      samples: [{ kind: 'value', labels: ownLabels(key), value: seconds }],
    },
    changedAtSeconds: seconds === 0 ? createdAtSeconds : seconds,
  }));
}
