import { loadOneByOne } from '../../values/load-one-by-one.js';
import { whileLoading } from './thread-loading.js';

/** Where a check thread begins. */
await whileLoading(() => loadOneByOne(() => import('./check-worker.js')));
