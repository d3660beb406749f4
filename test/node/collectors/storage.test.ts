import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { bcache } from '../../../src/node/collectors/bcache.js';
import { btrfs } from '../../../src/node/collectors/btrfs.js';
import { dmmultipath } from '../../../src/node/collectors/dmmultipath.js';
import { drm } from '../../../src/node/collectors/drm.js';
import { nvmesubsystem } from '../../../src/node/collectors/nvmesubsystem.js';
import { tapestats } from '../../../src/node/collectors/tapestats.js';
import { GRAPHICS_CARD } from '../../helpers/node/graphics-card.js';
import { hostTree, writeTree } from '../../helpers/node/host-tree.js';
import { nodeFixtures } from '../../helpers/node/node-fixtures.js';
import { askCollector } from '../../helpers/services/collect.js';

const samples = (text: string): readonly string[] => text.split('\n').filter((line) => /^node_/.test(line));

t.test('bcache without its expensive statistics', async (t) => {
  const { paths } = nodeFixtures(t);
  const text = await askCollector(bcache, { paths }).scrape();
  t.notMatch(text, 'priority_stats');
  t.equal(samples(text).length, 26);
});

t.test('how many bytes a byte takes by the layouts of btrfs', async (t) => {
  const folder = 'fs/btrfs/0abb23a9-579b-43e6-ad30-227ef47fcb9d';
  const layouts = ['single', 'dup', 'raid0', 'raid1', 'raid1c3', 'raid1c4', 'raid5', 'raid6', 'raid10', 'new'];
  const paths = hostTree(t, {
    sys: Object.fromEntries([
      ...layouts.map((name) => [`${folder}/allocation/data/${name}/used_bytes`, '7']),
      ...['sda', 'sdb', 'sdc', 'sdd'].map((name) => [`${folder}/devices/${name}/size`, '1']),
    ]) as Readonly<Record<string, string>>,
  });
  const text = await askCollector(btrfs, { paths }).scrape();
  const ratios = [...text.matchAll(/^node_btrfs_allocation_ratio{.*mode="(\w+)".*} (.*)$/gm)];
  t.same(Object.fromEntries(ratios.map(([, mode, value]) => [mode, value])), {
    dup: '2',
    new: '0',
    raid0: '1',
    raid1: '2',
    raid10: '2',
    raid1c3: '3',
    raid1c4: '4',
    raid5: '1.3333333333333333',
    raid6: '2',
    single: '1',
  });
  t.match(text, 'node_btrfs_info{label="",uuid="0abb23a9-579b-43e6-ad30-227ef47fcb9d"} 1', 'the name of the folder');
});

t.test('multipath: a path whose state is not known is neither active nor failed', async (t) => {
  const { paths } = nodeFixtures(t);
  rmSync(join(paths.sysfs, 'block/sdi/device/state'));
  writeFileSync(join(paths.sysfs, 'block/sdj/device/state'), 'live\n');
  writeFileSync(join(paths.sysfs, 'block/dm-5/dm/suspended'), '1\n');
  const text = await askCollector(dmmultipath, { paths }).scrape();
  t.match(text, 'node_dmmultipath_device_paths{device="mpathA",sysfs_name="dm-5"} 4');
  t.match(text, 'node_dmmultipath_device_paths_active{device="mpathA",sysfs_name="dm-5"} 2');
  t.match(text, 'node_dmmultipath_device_paths_failed{device="mpathA",sysfs_name="dm-5"} 1');
  t.match(text, 'node_dmmultipath_path_state{device="mpathA",path="sdj",state="live"} 1');
  t.match(text, 'node_dmmultipath_device_active{device="mpathA",sysfs_name="dm-5"} 0');
  t.notMatch(text, 'path="sdi"');
});

t.test('graphics cards', async (t) => {
  const folder = t.testdir();
  writeTree(folder, {
    ...GRAPHICS_CARD,
    'sys/class/drm/card0-HDMI-A-1/status': 'connected',
    'sys/class/drm/card1/device/uevent': 'DRIVER=i915\n',
    'sys/class/drm/card2/device/uevent': 'DRIVER=amdgpu\n',
  });
  const text = await askCollector(drm, { paths: { sysfs: join(folder, 'sys') } }).scrape();
  t.same(samples(text), [
    'node_drm_card_info{card="card0",chip="0000:00:08_1_0000:09:00_0",memory_vendor="samsung",power_performance_level="manual",unique_id="0123456789abcdef",vendor="amd"} 1',
    'node_drm_card_info{card="card2",chip="card2_device",memory_vendor="",power_performance_level="",unique_id="",vendor="amd"} 1',
    'node_drm_gpu_busy_percent{card="card0"} 4',
    'node_drm_memory_gtt_size_bytes{card="card0"} 8.573157376e+09',
    'node_drm_memory_gtt_used_bytes{card="card0"} 1.44560128e+08',
    'node_drm_memory_vis_vram_size_bytes{card="card0"} 8.573157375e+09',
    'node_drm_memory_vis_vram_used_bytes{card="card0"} 1.490378752e+09',
    'node_drm_memory_vram_size_bytes{card="card0"} 8.573157374e+09',
    'node_drm_memory_vram_used_bytes{card="card0"} 1.490378751e+09',
  ]);
});

t.test('NVMe subsystems', async (t) => {
  const { paths } = nodeFixtures(t);
  const folder = join(paths.sysfs, 'class/nvme-subsystem/nvme-subsys0');
  writeTree(folder, { 'nvme0n1/': '', 'nvme0n1p1/': '', 'power/': '' });
  writeFileSync(join(folder, 'nvme1/state'), 'deleting (no IO)\n');
  writeFileSync(join(folder, 'nvme2/state'), 'sleepy\n');
  const lines = samples(await askCollector(nvmesubsystem, { paths }).scrape());
  const states = lines.filter((line) => line.includes('path_state') && line.endsWith(' 1'));
  t.same(
    states.map((line) => /controller="(\w+)".*state="(\w+)"/.exec(line)?.slice(1).join(' ')),
    ['nvme0 live', 'nvme2 unknown', 'nvme3 dead'],
    'one that is being deleted has none of the states',
  );
  t.equal(lines.filter((line) => line.includes('path_state')).length, 20);
  t.ok(lines.includes('node_nvmesubsystem_namespace_info{device="nvme0n1",subsystem="nvme-subsys0"} 1'));
  t.ok(lines.includes('node_nvmesubsystem_paths{subsystem="nvme-subsys0"} 4'));
  t.ok(lines.includes('node_nvmesubsystem_paths_live{subsystem="nvme-subsys0"} 1'));
  t.match(lines.join('\n'), /^node_nvmesubsystem_info{iopolicy="[^"]+",model="[^"]+",nqn="nqn[^"]+",serial="[^"]+",/m);
});

t.test('tape drives that are left out', async (t) => {
  const { paths } = nodeFixtures(t);
  const asked = askCollector(tapestats, { paths, flags: { 'tapestats.ignored-devices': '^st' } });
  t.equal(await asked.scrape(), '');
});

t.test('hosts without any of it', async (t) => {
  const paths = hostTree(t, {});
  for (const spec of [bcache, btrfs, drm]) t.equal(await askCollector(spec, { paths }).scrape(), '', spec.name);
  for (const spec of [dmmultipath, nvmesubsystem, tapestats]) {
    await t.rejects(askCollector(spec, { paths }).scrape(), { name: 'NoData' }, spec.name);
  }
});
