import type { CollectorSpec } from './collector.js';
import { loadavg } from './collectors/loadavg.js';

/** Every collector of this build, in the order of their names. */
export const ALL_COLLECTORS: readonly CollectorSpec[] = [loadavg];
