import { escapeName } from '../../../metrics/escape-name.js';
import type { Label } from '../../../metrics/metric-family.js';
import type { GroupingKey } from '../../../push/pushed-group.js';
import { bytesOf } from '../../../values/byte-string.js';

/**
 * The path of a group below the service's root, in base64, which every value survives; `job` comes first, as it must.
 */
export function groupPath({ labels }: GroupingKey): string {
  const pairs = jobFirst(labels).map(
    ({ name, value }) => `/${escapeName(name, 'values')}@base64/${Buffer.from(bytesOf(value)).toString('base64url')}=`,
  );
  return `metrics${pairs.join('')}`;
}

/** The labels of a group as people look for them. */
export function jobFirst(labels: readonly Label[]): readonly Label[] {
  return [...labels.filter(({ name }) => name === 'job'), ...labels.filter(({ name }) => name !== 'job')];
}
