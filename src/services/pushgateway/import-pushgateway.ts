import { type FlagDefinition, type ParsedFlags, UsageError } from '../../flags/flag-definition.js';
import { FlagValues } from '../../flags/flag-values.js';
import { type Imported, importGroups } from '../../push/import/import-groups.js';
import { serviceLog } from '../make-service-log.js';
import type { Platform } from '../platform.js';
import { openPersistence } from './open-persistence.js';
import type { PushgatewayOptions } from './push-options.js';

/** The flag of `sonde pushgateway` that takes over a file instead of running the service. */
export const IMPORT_FLAG: FlagDefinition = {
  name: 'import',
  kind: 'value',
  shown: '<file>',
  help: 'Take over the groups that the original Pushgateway has in its --persistence.file, into the --persistence.file of this command, and end.',
};

/** Returns the file to import, or undefined if the service is to run. Throws UsageError if there is no store for it. */
export function importedFile(flags: ParsedFlags, { persistenceFile }: PushgatewayOptions): string | undefined {
  const file = new FlagValues(flags).text('import', '');
  if (file === '') return undefined;
  if (persistenceFile === '') {
    throw new UsageError("flag '--import' needs --persistence.file: the file where the service is to keep the groups");
  }
  return file;
}

/**
 * Imports the file into the store of the options. Rejects with an Error that says why it cannot; then nothing is
 * stored.
 */
export function importPushgateway(file: string, options: PushgatewayOptions, platform: Platform): Promise<Imported> {
  const log = serviceLog(options.logLevel, options.logFormat, platform);
  return importGroups(file, openPersistence({ ...options, persistenceIntervalSeconds: 0 }, platform, log));
}
