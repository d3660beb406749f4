import type { PushedGroup } from './pushed-group.js';

/** The groups as their readers see them: scrapes, the JSON API, the page. */
export interface GroupSource {
  /**
   * Returns all groups in the order of their labels. They do not change while they are read: later pushes replace them.
   */
  readonly groups: () => readonly PushedGroup[];
}
