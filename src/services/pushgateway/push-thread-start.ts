import { loadOneByOne } from '../../values/load-one-by-one.js';

/** The entry of the push engine's thread. */
void loadOneByOne(() => import('./push-thread-main.js'));
