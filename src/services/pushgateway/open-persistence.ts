import type { ServiceLog } from '../../log/service-log.js';
import { type GroupPersistence, noPersistence } from '../../push/store/group-persistence.js';
import { LevelPersistence } from '../../push/store/level-persistence.js';
import type { Platform } from '../platform.js';
import type { PushgatewayOptions } from './push-options.js';

/** Returns the persistence that the options ask for. What it notices is written to the log. */
export function openPersistence(
  { persistenceFile, persistenceIntervalSeconds, persistenceRepair }: PushgatewayOptions,
  { clock }: Platform,
  log: ServiceLog,
): GroupPersistence {
  if (persistenceFile === '') return noPersistence;
  return new LevelPersistence({
    file: persistenceFile,
    intervalSeconds: persistenceIntervalSeconds,
    repair: persistenceRepair,
    clock,
    notify: ({ level, message, fields }) => {
      log[level](message, fields);
    },
  });
}
