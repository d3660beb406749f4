import { join } from 'node:path';
import { namesInFolder } from '../../files/regular-file.js';
import { gauge } from '../../metrics/metric-definition.js';
import { inSlices } from '../../values/in-slices.js';
import { loopTurns } from '../../values/loop-turns.js';
import type { CollectorLog, CollectorSpec, Scrape } from '../collector.js';
import { expandGlob } from '../expand-glob.js';
import type { KernelCalls } from '../kernel/kernel-calls.js';
import { LARGEST_TEXTFILE_BYTES, readTextfile } from '../read-textfile.js';
import { type ReadFile, readTogether } from '../reading/read-together.js';
import { TextfileFamilies } from '../textfile-families.js';

const mtimeSeconds = gauge('node_textfile_mtime_seconds', 'Unixtime mtime of textfiles successfully read.', ['file']);
const scrapeError = gauge(
  'node_textfile_scrape_error',
  '1 if there was an error opening or reading a file, 0 otherwise',
);

/**
 * The files `*.prom` of some folders, in the text format. A file that cannot be used only loses its own metrics, and is
 * reported.
 */
export const textfile: CollectorSpec = {
  name: 'textfile',
  isDefault: true,
  flags: [
    {
      name: 'textfile.directory',
      kind: 'repeatable',
      help: 'Directory to read text files with metrics from, supports glob matching. (repeatable)',
    },
  ],
  create: (options, { log, kernel }) => {
    const patterns = options.texts('textfile.directory');
    const loaded = kernel();
    const calls = 'missing' in loaded ? undefined : loaded.calls;
    return {
      collect: async (scrape) => {
        const folders = (await Promise.all(patterns.map(expandGlob))).flat();
        let isWhole = true;
        const families = new TextfileFamilies();
        const deps: CollectorDeps = { families, scrape, log, calls, room: { bytes: LARGEST_TEXTFILE_BYTES } };
        for (const folder of folders) isWhole = (await collectFolder(folder, deps)) && isWhole;
        for (const family of families.families()) {
          if (loopTurns.isOver()) await loopTurns.next();
          scrape.metrics.add(family);
        }
        scrape.metrics.set(scrapeError, isWhole ? 0 : 1);
      },
    };
  },
};

interface CollectorDeps {
  readonly families: TextfileFamilies;
  readonly scrape: Scrape;
  readonly log: CollectorLog;
  readonly calls: KernelCalls | undefined;
  /** How much further files may have. */
  readonly room: { bytes: number };
}

/** Whether the folder could be read, and all of its files used. */
async function collectFolder(folder: string, deps: CollectorDeps): Promise<boolean> {
  const names = await promNames(folder, deps.log);
  let isWhole = names !== undefined;
  for await (const { name, file } of readTogether(folder, names ?? [], deps.calls)) {
    deps.scrape.signal.throwIfAborted();
    isWhole = (await collectFile(join(folder, name), file, deps)) && isWhole;
  }
  return isWhole;
}

async function promNames(folder: string, log: CollectorLog): Promise<readonly string[] | undefined> {
  try {
    return (await namesInFolder(folder)).filter((name) => name.endsWith('.prom')).sort();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    log.error('failed to read textfile collector directory', { path: folder, err: error.message });
    return undefined;
  }
}

async function collectFile(path: string, read: ReadFile | undefined, deps: CollectorDeps): Promise<boolean> {
  const { families, scrape, log, room } = deps;
  try {
    const file = await readTextfile(path, { room: room.bytes, file: read });
    room.bytes -= file.bytes;
    scrape.metrics.setWith(mtimeSeconds, { file: path }, file.mtimeSeconds);
    let isWhole = true;
    for (const family of file.families) {
      scrape.signal.throwIfAborted();
      const problem = await inSlices(families.addSteps(family, path));
      if (problem !== undefined) {
        log.error(`left out a metric of a textfile: ${problem}`, { metric: family.name, file: path });
        isWhole = false;
      }
    }
    return isWhole;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    log.error('failed to collect textfile data', { file: path, err: error.message });
    return false;
  }
}
