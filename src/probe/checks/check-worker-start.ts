import { loadOneByOne } from '../../values/load-one-by-one.js';

/** Where a check thread begins. */
await loadOneByOne(() => import('./check-worker.js'));
