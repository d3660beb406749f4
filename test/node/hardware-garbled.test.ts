import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ALL_COLLECTORS } from '../../src/node/all-collectors.js';
import { nodeFixtures } from '../helpers/node/node-fixtures.js';
import { askCollector } from '../helpers/services/collect.js';

/** What no kernel writes. */
const GARBAGE = [
  ['nothing', ''],
  ['blanks', ' \n\t\n '],
  ['bytes', Buffer.from([0, 255, 254, 10, 0, 128, 10, 13])],
  ['one long line', 'x'.repeat(5000)],
  ['columns', ': : : : :\n'.repeat(50)],
  ['huge numbers', '99999999999999999999999999 -1 1e999 0x10\n'.repeat(3)],
] as const;

/** Collectors that ask no files of the trees. */
const ELSEWHERE: ReadonlySet<string> = new Set(['ntp', 'systemd', 'logind', 'timex']);

t.test('whatever the files hold, a collector answers or rejects', async (t) => {
  const { paths } = nodeFixtures(t);
  for (const [name, garbage] of GARBAGE) {
    for (const tree of [paths.procfs, paths.sysfs, paths.udevData]) spoil(tree, garbage);
    for (const collector of ALL_COLLECTORS.filter((each) => !ELSEWHERE.has(each.name))) {
      const asked = askCollector(collector, { paths });
      const outcome = await asked.scrape().catch((error: unknown) => error);
      t.ok(typeof outcome === 'string' || isExpected(outcome), `${name}: ${collector.name}`, { outcome });
      await asked.close();
    }
  }
});

/** An Error that was meant, or one of the file system; not a slip of our own. */
function isExpected(outcome: unknown): boolean {
  if (!(outcome instanceof Error)) return false;
  return 'code' in outcome || !/^(?:TypeError|RangeError|ReferenceError)$/.test(outcome.name);
}

/**
 * Overwrites every file of a tree; folders and links stay. Not by a recursive readdir, which follows links with Node
 * 24, and those of sysfs lead in circles.
 */
function spoil(tree: string, garbage: string | Buffer): void {
  for (const entry of readdirSync(tree, { withFileTypes: true })) {
    const place = join(tree, entry.name);
    if (entry.isDirectory()) spoil(place, garbage);
    else if (entry.isFile()) writeFileSync(place, garbage);
  }
}
