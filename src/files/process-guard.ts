import { systemClock } from '../values/clock.js';
import { FileGuard } from './file-guard.js';

/** There is one guard in the process, because the process has one thread pool. */
export const processGuard = new FileGuard(systemClock);
