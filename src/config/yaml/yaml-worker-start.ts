import { loadOneByOne } from '../../values/load-one-by-one.js';

/** Where a thread that parses YAML begins. */
await loadOneByOne(() => import('./yaml-worker.js'));
