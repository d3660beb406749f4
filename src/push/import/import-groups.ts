import { readRegularFile } from '../../files/regular-file.js';
import { isUtf8 } from '../../values/byte-string.js';
import type { GroupPersistence } from '../store/group-persistence.js';
import { readPushgatewayFile } from './pushgateway-file.js';

/**
 * The number of groups that were stored, of their families, of groups that were there already, and of groups with
 * labels that are not UTF-8, which no scrape can show: upstream accepts them and then fails every scrape.
 */
export interface Imported {
  readonly groups: number;
  readonly families: number;
  readonly present: number;
  readonly invalid: number;
}

/** The largest file that is read, in bytes. */
const LARGEST_FILE = 1024 ** 3;

/**
 * Stores the groups of a Pushgateway's file in the store, which it opens and closes. A group that the store has is left
 * as it is, since what was pushed to Sonde is newer. Rejects with an Error if the file cannot be read or the store
 * cannot be written; then nothing is stored.
 */
export async function importGroups(file: string, persistence: GroupPersistence): Promise<Imported> {
  const { bytes } = await readRegularFile(file, LARGEST_FILE);
  const all = readPushgatewayFile(bytes);
  try {
    const present = new Set((await persistence.load()).map(({ key }) => key.id));
    const absent = all.filter(({ key }) => !present.has(key.id));
    const groups = absent.filter(({ key }) => key.labels.every(({ name, value }) => isUtf8(name) && isUtf8(value)));
    await persistence.save(
      groups.map(({ key, families, ...facts }) => ({
        kind: 'update',
        key,
        facts,
        remove: 'all',
        put: [...families.values()],
      })),
    );
    const families = groups.reduce((sum, group) => sum + group.families.size, 0);
    return {
      groups: groups.length,
      families,
      present: all.length - absent.length,
      invalid: absent.length - groups.length,
    };
  } finally {
    await persistence.close();
  }
}
