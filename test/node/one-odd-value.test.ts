import { readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ALL_COLLECTORS } from '../../src/node/all-collectors.js';
import type { HostPaths } from '../../src/node/host-files.js';
import { UNREADABLE } from '../helpers/hostile/mutations.js';
import { nodeFixtures } from '../helpers/node/node-fixtures.js';
import { askCollector, type CollectOptions } from '../helpers/services/collect.js';

/** What becomes of a file: it is gone, reading it fails (EIO), or a part of its text is another. */
type Change = 'gone' | 'unreadable' | readonly [what: string | RegExp, by: string];

const BCACHE = 'sys/fs/bcache/deaddd54-c735-46d5-868e-f331c5fd7c74';
const BCACHEFS = 'sys/fs/bcachefs/deadbeef-1234-5678-9012-abcdefabcdef';
const BTRFS = 'sys/fs/btrfs/0abb23a9-579b-43e6-ad30-227ef47fcb9d';
const MLX4 = 'sys/class/infiniband/mlx4_0/ports/1';

/** `[collector, file of the trees, what becomes of it, the series that it may cost]`; undefined where it costs none. */
const ROWS: readonly (readonly [name: string, file: string, change: Change, lost: RegExp | undefined])[] = [
  ['arp', 'proc/net/arp', [/$/, 'odd line\n'], undefined],
  ['bcache', `${BCACHE}/tree_depth`, [/.*/, 'x'], /^node_bcache_tree_depth/],
  ['bcache', `${BCACHE}/internal/btree_nodes`, 'unreadable', /^node_bcache_btree_nodes/],
  ['bcache', `${BCACHE}/bdev0/writeback_rate_debug`, ['1.1M/sec', 'x'], /^node_bcache_writeback_rate{/],
  ['bcache', `${BCACHE}/cache0/written`, 'gone', /^node_bcache_written_bytes_total/],
  ['bcachefs', `${BCACHEFS}/compression_stats`, [/^zstd .*$/m, 'zstd x 603G'], /compressed_bytes{algorithm="zstd"/],
  [
    'bcachefs',
    `${BCACHEFS}/counters/btree_node_read`,
    [/creation:.*/, 'creation: x'],
    /^node_bcachefs_btree_node_read_total/,
  ],
  ['bcachefs', `${BCACHEFS}/counters/btree_node_read`, [/[^]*/, 'odd'], /^node_bcachefs_btree_node_read_total/],
  [
    'bcachefs',
    `${BCACHEFS}/dev-4/io_done`,
    [/^sb .*$/m, 'odd line'],
    /io_done_bytes_total{data_type="sb",device="4",operation="read"/,
  ],
  ['bcachefs', `${BCACHEFS}/dev-4/nbuckets`, 'unreadable', /^node_bcachefs_device_buckets{device="4"/],
  ['bcachefs', `${BCACHEFS}/errors`, [/^subvol_missing.*$/m, 'subvol_missing -3'], /error_type="subvol_missing"/],
  [
    'btrfs',
    `${BTRFS}/allocation/data/raid0/used_bytes`,
    [/.*/, 'x'],
    /^node_btrfs_used_bytes{block_group_type="data",mode="raid0",uuid="0abb/,
  ],
  ['btrfs', `${BTRFS}/commit_stats`, ['commits 2', 'commits x2'], /^node_btrfs_commits_total{uuid="0abb/],
  ['btrfs', `${BTRFS}/devices/loop25/size`, 'gone', /^node_btrfs_device_size_bytes{device="loop25",uuid="0abb/],
  [
    'buddyinfo',
    'proc/buddyinfo',
    [/^Node 0, zone {4}DMA32 +\d+/m, 'Node 0, zone    DMA32  x'],
    /size="0",zone="DMA32"/,
  ],
  ['cgroups', 'proc/cgroups', [/^cpuset.*$/m, 'cpuset 5 x 1'], /^node_cgroups_cgroups{subsys_name="cpuset"}/],
  ['conntrack', 'proc/net/stat/nf_conntrack', 'gone', /^node_nf_conntrack_stat_/],
  ['conntrack', 'proc/sys/net/netfilter/nf_conntrack_max', 'unreadable', /^node_nf_conntrack_entries_limit /],
  ['conntrack', 'proc/sys/net/netfilter/nf_conntrack_count', 'gone', /^node_nf_conntrack_entries /],
  ['conntrack', 'proc/net/stat/nf_conntrack', [/ \S+\n$/, '\n'], /^node_nf_conntrack_stat_search_restart/],
  ['cpu', 'proc/stat', ['cpu1 47869 23', 'cpu1 47869 x'], /cpu="1",mode="nice"/],
  ['cpu', 'proc/stat', ['cpu1 47869 23', 'cpu1 -47869 23'], /cpu="1",mode="user"/],
  ['cpu', 'proc/stat', 'gone', /^node_cpu_(?:guest_)?seconds_total/],
  ['cpu', 'proc/cpuinfo', 'unreadable', /^node_cpu_(?:info|frequency|flag|bug)/],
  ['cpu', 'proc/cpuinfo', [/^\n/m, ''], undefined],
  ['cpu', 'proc/cpuinfo', [/^processor\t: 1$/m, 'processor\t: x'], /^node_cpu_(?:info|frequency_hertz){.*cpu="1"/],
  ['cpu', 'sys/devices/system/cpu/cpu0/thermal_throttle/package_throttle_count', [/.*/, 'x'], undefined],
  ['cpu', 'sys/devices/system/cpu/cpu0/topology/core_id', [/.*/, 'x'], /core_throttles_total{core="0",package="0"}/],
  ['diskstats', 'proc/diskstats', [/$/, 'odd line\n'], undefined],
  ['dmmultipath', 'sys/block/dm-5/size', [/.*/, 'x'], /^node_dmmultipath_device_size_bytes{device="mpathA"/],
  ['dmmultipath', 'sys/block/dm-5/dm/suspended', [/.*/, 'x'], /^node_dmmultipath_device_active{device="mpathA"/],
  ['dmmultipath', 'sys/block/dm-6/dm/name', 'gone', /sysfs_name="dm-6"|device="mpathB"/],
  ['drbd', 'proc/drbd', ['al:1100', 'al:x'], /^node_drbd_activitylog_writes_total/],
  [
    'drbd',
    'proc/drbd',
    ['ds:UpToDate/UpToDate', 'ds:UpToDate'],
    /^node_drbd_disk_state_is_up_to_date{device="drbd1",node="remote"/,
  ],
  ['drbd', 'proc/drbd', [/$/, 'odd line\n'], undefined],
  ['entropy', 'proc/sys/kernel/random/poolsize', [/\d+/, 'x'], /^node_entropy_pool_size/],
  ['entropy', 'proc/sys/kernel/random/poolsize', 'gone', /^node_entropy_pool_size/],
  [
    'fibrechannel',
    'sys/class/fc_host/host0/statistics/rx_frames',
    [/.*/, 'x'],
    /^node_fibrechannel_rx_frames_total{fc_host="host0"/,
  ],
  ['filefd', 'proc/sys/fs/file-nr', [/^\d+/, 'x'], /^node_filefd_allocated/],
  ['infiniband', `${MLX4}/rate`, [/.*/, 'x'], /^node_infiniband_rate_bytes_per_second{device="mlx4_0",port="1"/],
  ['infiniband', `${MLX4}/state`, 'unreadable', /^node_infiniband_state_id{device="mlx4_0",port="1"/],
  [
    'ipvs',
    'proc/net/ip_vs',
    [/C0A85216:0CEA/, 'x:0CEA'],
    /local_address="192.168.0.22".*remote_address="192.168.82.22"/,
  ],
  ['ipvs', 'proc/net/ip_vs', [/C0A80016:0CEA/, 'x'], /local_address="192.168.0.22"/],
  ['ipvs', 'proc/net/ip_vs_stats', [/^ 16AA370/m, ' x'], /^node_ipvs_connections_total/],
  ['ksmd', 'sys/kernel/mm/ksm/run', 'gone', /^node_ksmd_run/],
  ['ksmd', 'sys/kernel/mm/ksm/sleep_millisecs', 'unreadable', /^node_ksmd_sleep_seconds/],
  ['lnstat', 'proc/net/stat/arp_cache', 'unreadable', /subsystem="arp_cache"/],
  ['loadavg', 'proc/loadavg', [/^\S+ /, 'x '], /^node_load1 /],
  ['mdadm', 'sys/block/md4/md/raid_disks', [/.*/, 'none'], /^node_md_raid_disks{device="md4"}/],
  ['mdadm', 'sys/block/md4/md/raid_disks', [/.*/, '-1'], /^node_md_raid_disks{device="md4"}/],
  ['mdadm', 'sys/block/md4/md/raid_disks', [/.*/, '3 (2)'], undefined],
  ['mdadm', 'sys/block/md4/md/degraded', [/.*/, 'x'], /^node_md_degraded{device="md4"}/],
  [
    'mdadm',
    'proc/mdstat',
    [/^ +\d+ blocks(.*\[8\/8\])/m, '   many blocks$1'],
    /^node_md_blocks(?:_synced)?{device="md3"}/,
  ],
  ['meminfo', 'proc/meminfo', [/^MemFree:.*$/m, 'MemFree: many kB'], /^node_memory_MemFree/],
  ['meminfo_numa', 'sys/devices/system/node/node0/meminfo', 'unreadable', /^node_memory_numa_\w+{node="0"}/],
  ['meminfo_numa', 'sys/devices/system/node/node0/numastat', 'gone', /^node_memory_numa_\w+_total{node="0"}/],
  [
    'meminfo_numa',
    'sys/devices/system/node/node0/meminfo',
    ['Node 0 MemFree:', 'Node 0 MemFree: -'],
    /^node_memory_numa_MemFree{node="0"}/,
  ],
  [
    'mountstats',
    'proc/10/mountstats',
    [/^\tage:.*$/m, '\tage: x'],
    /^node_mountstats_nfs_age_seconds_total{.*protocol="tcp"/,
  ],
  [
    'mountstats',
    'proc/10/mountstats',
    [/READ: 1298 1298/, 'READ: 1298 x'],
    /^node_mountstats_nfs_operations_transmissions_total{.*operation="READ",protocol="tcp"/,
  ],
  ['mountstats', 'proc/10/mountstats', [/^device \/dev.*$/m, 'odd line'], undefined],
  ['mountstats', 'proc/10/mountinfo', [/^21 0 8:1.*$/m, 'odd line'], undefined],
  ['netstat', 'proc/net/snmp', [/^Udp: \d/m, 'Udp: 1 2'], /^node_netstat_Udp_/],
  ['netstat', 'proc/net/snmp', [/^Ip: \d.*\n/m, ''], /^node_netstat_Ip_/],
  ['netstat', 'proc/net/netstat', 'gone', /^node_netstat_(?:TcpExt|IpExt)_/],
  ['netstat', 'proc/net/snmp', 'unreadable', /^node_netstat_(?:Icmp|Ip|Tcp|Udp|UdpLite)_/],
  ['nvmesubsystem', 'sys/class/nvme-subsystem/nvme-subsys0/model', 'unreadable', /^node_nvmesubsystem_info/],
  ['pcidevice', 'sys/bus/pci/devices/0000:01:00.0/class', [/.*/, 'x'], /^node_pcidevice_info{bus="01"/],
  ['pcidevice', 'sys/bus/pci/devices/0000:01:00.0/sriov_numvfs', [/.*/, 'x'], /^node_pcidevice_sriov_numvfs{bus="01"/],
  [
    'pcidevice',
    'sys/bus/pci/devices/0000:01:00.0/max_link_speed',
    [/.*/, 'fast'],
    /^node_pcidevice_max_link_transfers_per_second{bus="01"/,
  ],
  ['pressure', 'proc/pressure/cpu', 'gone', /^node_pressure_cpu/],
  ['pressure', 'proc/pressure/io', [/^full.*$/m, ''], /^node_pressure_io_stalled/],
  ['processes', 'proc/sys/kernel/pid_max', 'gone', /^node_processes_max_processes/],
  ['processes', 'proc/sys/kernel/threads-max', 'unreadable', /^node_processes_max_threads/],
  ['qdisc', 'qdisc/results.json', [/"IfaceName": "wlan0"/, '"IfaceName": 7'], /device="wlan0"/],
  ['rapl', 'sys/class/powercap/intel-rapl:0:0/energy_uj', 'unreadable', /^node_rapl_core_joules/],
  [
    'schedstat',
    'proc/schedstat',
    [/^(cpu0(?: \d+){6}) \d+/m, '$1 x'],
    /^node_schedstat_running_seconds_total{cpu="0"}/,
  ],
  ['softnet', 'proc/net/softnet_stat', [/$/, '\nodd line at the end\n'], undefined],
  ['stat', 'proc/stat', ['procs_blocked 0', 'procs_blocked -1'], /^node_procs_blocked/],
  ['stat', 'proc/stat', [/^btime .*$/m, 'btime word'], /^node_boot_time/],
  ['sysctl', 'proc/sys/kernel/threads-max', 'gone', /^node_sysctl_kernel_threads_max/],
  ['sysctl', 'proc/sys/kernel/seccomp/actions_avail', 'unreadable', /^node_sysctl_info{/],
  ['sysctl', 'proc/sys/fs/file-nr', [/$/, '\t7'], /^node_sysctl_fs_file_nr_(?:total|current|max) /],
  ['tapestats', 'sys/class/scsi_tape/st0/stats/read_ns', [/.*/, 'x'], /^node_tape_read_time_seconds_total/],
  ['tapestats', 'sys/class/scsi_tape/st0/stats/read_cnt', 'gone', /^node_tape_reads_completed_total/],
  ['thermal_zone', 'sys/class/thermal/thermal_zone0/type', 'gone', /^node_thermal_zone_temp{type="cpu-thermal"/],
  ['time', 'sys/devices/system/clocksource/clocksource0/current_clocksource', 'gone', /^node_time_clocksource_current/],
  ['vmstat', 'proc/vmstat', [/^pgfault .*$/m, 'pgfault x'], /^node_vmstat_pgfault/],
  ['wifi', 'wifi/wlan0/bss.json', [/\{/, '{{'], /^node_wifi_station_info{/],
  ['wifi', 'wifi/wlan0/stationinfo.json', 'unreadable', /^node_wifi_station_\w+{.*mac_address/],
  ['xfs', 'sys/fs/xfs/sda1/stats/stats', [/^dir 3/m, 'dir x'], /^node_xfs_directory_operation_lookup_total/],
  ['xfs', 'sys/fs/xfs/sda1/stats/stats', [/^rw .*$/m, 'odd line'], /^node_xfs_(?:read|write)_calls_total/],
  ['zfs', 'proc/spl/kstat/zfs/pool1/state', [/$/, 'ONLINE\n'], undefined],
  ['zoneinfo', 'proc/zoneinfo', [/^Node 0, zone +Normal/m, 'Node x, zone Normal'], /zone="Normal"/],
];

const FLAGS = new Map<string, NonNullable<CollectOptions['flags']>>([
  ['cpu', { 'cpu.info': 'true', 'cpu.info.flags-include': '.*' }],
  ['qdisc', { 'qdisc.fixtures': '$FIXTURES/qdisc' }],
  ['wifi', { 'wifi.fixtures': '$FIXTURES/wifi' }],
  [
    'sysctl',
    {
      'sysctl.include': ['fs.file-nr', 'fs.file-nr:total,current,max', 'kernel.threads-max'],
      'sysctl.include-info': 'kernel.seccomp.actions_avail',
    },
  ],
]);

t.test('one odd value, line or file costs its own series only', async (t) => {
  const { paths } = nodeFixtures(t);
  for (const [name, file, change, lost] of ROWS) {
    const before = await seriesOf(name, paths);
    const path = realpathSync(join(paths.rootfs, file));
    const text = readFileSync(path, 'utf8');
    const by = typeof change === 'string' ? undefined : text.replace(change[0], change[1]);
    t.not(by, text, `${name}: ${file}: it is another`);
    if (by !== undefined) writeFileSync(path, by);
    else rmSync(path);
    if (change === 'unreadable') symlinkSync(UNREADABLE, path);
    const after = new Set(await seriesOf(name, paths));
    rmSync(path, { force: true });
    writeFileSync(path, text);
    const gone = before.filter((line) => !after.has(line));
    const row = `${name}: ${file}: ${String(change)}`;
    t.ok(lost === undefined || gone.length > 0, `${row}: it is noticed`);
    t.same(
      gone.filter((line) => lost?.test(line) !== true),
      [],
      row,
    );
    t.notMatch([...after].join('\n'), /NaN|"x"|"odd"/, `${row}: nothing is made of it`);
  }
});

async function seriesOf(name: string, paths: HostPaths): Promise<readonly string[]> {
  const spec = ALL_COLLECTORS.find((each) => each.name === name);
  if (spec === undefined) throw new Error(`there is no collector ${name}`);
  const flags = Object.entries(FLAGS.get(name) ?? {}).map(([flag, value]) => {
    const texts = [value].flat().map((text) => text.replace('$FIXTURES', paths.rootfs));
    return [flag, texts] as const;
  });
  const asked = askCollector(spec, { paths, flags: Object.fromEntries(flags) });
  const text = await asked.scrape();
  await asked.close();
  return text.split('\n').filter((line) => line !== '' && !/^#|^node_time_seconds/.test(line));
}
