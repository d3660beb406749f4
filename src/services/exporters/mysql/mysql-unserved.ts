import type { UnservedFlag } from '../unserved-flags.js';

const OF_SESSION = 'each session waits 2 seconds at most for a lock, and each statement has a quarter of the time';

/** The flags of mysqld_exporter 0.19 that have no effect, with what they would do. */
export const MYSQL_UNSERVED: readonly UnservedFlag[] = [
  {
    ...{ name: 'timeout-offset', kind: 'value', does: 'pass' },
    reason: 'the answer is on its way half a second before the time of the scrape',
  },
  { name: 'exporter.lock_wait_timeout', kind: 'value', does: 'pass', reason: OF_SESSION },
  { name: 'exporter.enable_lock_wait_timeout', kind: 'switch', does: 'pass', reason: OF_SESSION },
];
