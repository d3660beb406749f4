import { type Imported, importGroups } from '../../push/import/import-groups.js';
import { serviceLog } from '../make-service-log.js';
import type { Platform } from '../platform.js';
import { openPersistence } from './open-persistence.js';
import type { PushgatewayOptions } from './push-options.js';

/**
 * Imports the file into the store of the options. Rejects with an Error that says why it cannot; then nothing is
 * stored.
 */
export function importPushgateway(file: string, options: PushgatewayOptions, platform: Platform): Promise<Imported> {
  const log = serviceLog(options.logLevel, options.logFormat, platform);
  return importGroups(file, openPersistence({ ...options, persistenceIntervalSeconds: 0 }, platform, log));
}
