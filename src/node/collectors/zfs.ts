import { gauge, untyped } from '../../metrics/metric-definition.js';
import { remembered } from '../../values/remembered.js';
import { type CollectorSpec, NoData } from '../collector.js';
import type { FileTree } from '../host-files.js';
import { linesOf, wordsOf } from '../lines.js';
import type { MetricSink } from '../metric-sink.js';
import { parseInteger } from '../numbers.js';

const FOLDER = 'spl/kstat/zfs';

/** The prefix of a file's counters, by the file's name. */
const PREFIXES: ReadonlyMap<string, string> = new Map(
  Object.entries<string>({
    abdstats: 'abd',
    arcstats: 'arc',
    dbufstats: 'dbuf',
    dmu_tx: 'dmu_tx',
    dnodestats: 'dnode',
    fm: 'fm',
    vdev_cache_stats: 'vdev_cache',
    vdev_mirror_stats: 'vdev_mirror',
    xuio_stats: 'xuio',
    zfetchstats: 'zfetch',
    zil: 'zil',
  }),
);

const POOL_STATES = ['online', 'degraded', 'faulted', 'offline', 'removed', 'unavail', 'suspended'] as const;
const poolState = gauge('node_zfs_zpool_state', 'kstat.zfs.misc.state', ['zpool', 'state']);

/** /proc/spl/kstat/zfs: counters of the whole, and of each pool and dataset. */
export const zfs: CollectorSpec = {
  name: 'zfs',
  isDefault: true,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { proc } }) => {
      const names = proc.namesIfAny(FOLDER);
      if (names.length === 0) throw new NoData('ZFS is not loaded');
      for (const name of names) {
        const prefix = PREFIXES.get(name);
        if (prefix !== undefined) {
          const text = proc.textIfAny(`${FOLDER}/${name}`) ?? '';
          for (const [field, value] of readFields(text)) metrics.set(counterOf(`${prefix} ${name} ${field}`), value);
        }
        setPool(metrics, proc, name);
      }
    },
  }),
};

/** Sets the metrics of a pool, whose name is that of a folder. */
function setPool(metrics: MetricSink, proc: FileTree, zpool: string): void {
  for (const file of proc.namesIfAny(`${FOLDER}/${zpool}`)) {
    const text = proc.textIfAny(`${FOLDER}/${zpool}/${file}`) ?? '';
    if (file === 'state') setState(metrics, zpool, linesOf(text)[0]?.trim().toLowerCase() ?? '');
    else if (file === 'io') setIo(metrics, zpool, text);
    else if (file.startsWith('objset-')) setDataset(metrics, zpool, text);
  }
}

function setState(metrics: MetricSink, zpool: string, current: string): void {
  for (const state of POOL_STATES) metrics.setWith(poolState, { zpool, state }, state === current ? 1 : 0);
}

/** Sets the counters of a pool's I/O: after the first line come a line of names and a line of numbers. */
function setIo(metrics: MetricSink, zpool: string, text: string): void {
  const [, names = '', numbers = ''] = linesOf(text);
  const values = wordsOf(numbers);
  for (const [index, name] of wordsOf(names).entries()) {
    metrics.setWith(poolCounterOf(name), { zpool }, parseInteger(values[index] ?? ''));
  }
}

function setDataset(metrics: MetricSink, zpool: string, text: string): void {
  const dataset = /^dataset_name[ \t]+\d+[ \t]+(\S.*)$/m.exec(text)?.[1] ?? '';
  for (const [field, value] of readFields(text)) metrics.setWith(datasetCounterOf(field), { zpool, dataset }, value);
}

/**
 * `hits  4  8772612`: the name, the type of the number (3 signed, 4 unsigned; others are texts and times), the number.
 */
function readFields(text: string): (readonly [name: string, value: number])[] {
  return linesOf(text).flatMap((line) => {
    const [, name = '', value] = /^(\S+)\s+[34]\s+(-?\d+)$/.exec(line) ?? [];
    return value === undefined ? [] : [[name, parseInteger(value)] as const];
  });
}

const counterOf = remembered((key) => {
  const [prefix = '', file = '', field = ''] = key.split(' ');
  return untyped(`node_zfs_${prefix}_${plain(field)}`, `kstat.zfs.misc.${file}.${field}`);
});
const poolCounterOf = remembered((name) =>
  untyped(`node_zfs_zpool_${plain(name)}`, `kstat.zfs.misc.io.${name}`, ['zpool']),
);
const datasetCounterOf = remembered((name) =>
  untyped(`node_zfs_zpool_dataset_${plain(name)}`, `kstat.zfs.misc.objset.${name}`, ['zpool', 'dataset']),
);

function plain(name: string): string {
  return name.replace(/[^a-zA-Z0-9_]/g, '_');
}
