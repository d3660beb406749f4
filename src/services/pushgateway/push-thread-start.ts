import { loadOneByOne } from '../../values/load-one-by-one.js';

/** Where the push engine's thread begins. */
await loadOneByOne(() => import('./push-thread-main.js'));
