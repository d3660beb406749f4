import { loadOneByOne } from '../../values/load-one-by-one.js';
import { whileLoading } from './thread-loading.js';

/** The entry of a check thread. */
void whileLoading(() => loadOneByOne(() => import('./check-worker.js')));
