import { shownLine } from '../probe/report/shown-excerpt.js';
import { importPushgateway } from '../services/pushgateway/import-pushgateway.js';
import type { PushgatewayOptions } from '../services/pushgateway/push-options.js';
import { messageOf } from '../values/as-error.js';
import type { Shell } from './shell.js';

/** Imports a file of the original Pushgateway, and says how much. The exit code is 0 if all of it is in the store. */
export async function importFile(file: string, options: PushgatewayOptions, shell: Shell): Promise<number> {
  const name = shownLine(file);
  try {
    const { groups, families, present, invalid } = await importPushgateway(file, options, shell);
    shell.out(
      `${name}: imported ${groups} groups with ${families} metric families into the store of ${options.persistenceFile}\n`,
    );
    if (present > 0) shell.out(`${name}: left ${present} groups as they are, which the store has already\n`);
    if (invalid > 0) shell.err(`${name}: left out ${invalid} groups with labels that are not UTF-8\n`);
    return 0;
  } catch (error) {
    shell.err(`${name}: ${shownLine(messageOf(error))}\n`);
    return 1;
  }
}
