import { loadOneByOne } from '../../values/load-one-by-one.js';

/** The entry of the parser thread. */
void loadOneByOne(() => import('./yaml-worker.js'));
