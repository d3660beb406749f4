import t from 'tap';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL_COLLECTORS } from '../../src/node/all-collectors.js';
import type { HostPaths } from '../../src/node/host-files.js';
import { askCollector } from '../helpers/collect.js';
import { nodeFixtures } from '../helpers/node-fixtures.js';

/** `[collector, file of the trees, what is replaced (undefined: the file is removed), by what, the series it costs]`. */
const ROWS = [
  ['cpu', 'proc/stat', 'cpu1 47869 23', 'cpu1 47869 x', /cpu="1",mode="nice"/],
  ['stat', 'proc/stat', 'procs_blocked 0', 'procs_blocked -1', /^node_procs_blocked/],
  ['stat', 'proc/stat', /^btime .*$/m, 'btime word', /^node_boot_time/],
  ['pressure', 'proc/pressure/cpu', undefined, '', /^node_pressure_cpu/],
  ['pressure', 'proc/pressure/io', /^full.*$/m, '', /^node_pressure_io_stalled/],
  ['mdadm', 'sys/block/md4/md/raid_disks', /.*/, 'none', /^node_md_raid_disks{device="md4"}/],
  ['mdadm', 'sys/block/md4/md/raid_disks', /.*/, '-1', /^node_md_raid_disks{device="md4"}/],
  ['mdadm', 'sys/block/md4/md/raid_disks', /.*/, '3 (2)', undefined],
  ['mdadm', 'sys/block/md4/md/degraded', /.*/, 'x', /^node_md_degraded{device="md4"}/],
  ['meminfo', 'proc/meminfo', /^MemFree:.*$/m, 'MemFree: many kB', /^node_memory_MemFree/],
  ['arp', 'proc/net/arp', /$/, 'odd line\n', undefined],
  ['netstat', 'proc/net/snmp', /^Udp: \d/m, 'Udp: 1 2', /^node_netstat_Udp_/],
  ['mdadm', 'proc/mdstat', /^md3 : .*\n.*$/m, 'md3 : active raid6\n   many blocks', /^node_md_\w+{device="md3"/],
  ['vmstat', 'proc/vmstat', /^pgfault .*$/m, 'pgfault x', /^node_vmstat_pgfault/],
  ['loadavg', 'proc/loadavg', /^\S+ /, 'x ', /^node_load1 /],
  ['filefd', 'proc/sys/fs/file-nr', /^\d+/, 'x', /^node_filefd_allocated/],
  ['entropy', 'proc/sys/kernel/random/poolsize', /\d+/, 'x', /^node_entropy_pool_size/],
] as const;

t.test('one odd value costs its own series only', async (t) => {
  const { paths } = nodeFixtures(t);
  for (const [name, file, what, by, lost] of ROWS) {
    const before = await seriesOf(name, paths);
    const path = join(paths.rootfs, file);
    const text = readFileSync(path, 'utf8');
    if (what === undefined) rmSync(path);
    else writeFileSync(path, text.replace(what, by));
    const after = new Set(await seriesOf(name, paths));
    writeFileSync(path, text);
    const gone = before.filter((line) => !after.has(line));
    const row = `${name}: ${file}: ${String(what)} is ${by}`;
    t.ok(lost === undefined || gone.length > 0, `${row}: it is noticed`);
    t.same(
      gone.filter((line) => lost?.test(line) !== true),
      [],
      row,
    );
  }
});

async function seriesOf(name: string, paths: HostPaths): Promise<readonly string[]> {
  const spec = ALL_COLLECTORS.find((each) => each.name === name);
  if (spec === undefined) throw new Error(`there is no collector ${name}`);
  const asked = askCollector(spec, { paths });
  const text = await asked.scrape();
  await asked.close();
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
}
