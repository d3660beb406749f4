import type { PushedGroup } from './pushed-group.js';

/** What readers of the groups (scrapes, the JSON API, the page) see of them. */
export interface GroupSource {
  /** All groups, in the order of their labels. The groups do not change under the reader; later pushes make others. */
  readonly groups: () => readonly PushedGroup[];
}
