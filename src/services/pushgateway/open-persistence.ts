import type { ServiceLog } from '../../log/service-log.js';
import { type GroupPersistence, noPersistence } from '../../push/store/group-persistence.js';
import { LevelPersistence } from '../../push/store/level-persistence.js';
import { isOnlyForeign } from '../../push/store/store-path.js';
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

/** Logs how to take over the file of the original Pushgateway, if that is what `--persistence.file` names. */
export async function warnOfForeignFile({ persistenceFile: file }: PushgatewayOptions, log: ServiceLog): Promise<void> {
  if (file === '' || !(await isOnlyForeign(file))) return;
  log.error(
    'The file is of another program, the original Pushgateway perhaps. Stop this service and run the command once to take over its groups; the file is left as it is',
    { file, command: `sonde pushgateway --persistence.file=${file} --import=${file}` },
  );
}
