import t from 'tap';
import { NODE_COMMAND_FLAGS, readNodeOptions } from '../../src/cli/node-flags.js';
import { parseFlags } from '../../src/cli/parse-flags.js';
import { ALL_COLLECTORS } from '../../src/node/all-collectors.js';
import { UNBUILT_COLLECTORS } from '../../src/node/unbuilt-collectors.js';

const optionsOf = (...args: readonly string[]) =>
  readNodeOptions(parseFlags(args, { definitions: NODE_COMMAND_FLAGS, readFile: () => '' }));

/** Those that upstream registers on Linux. */
const UPSTREAM = [
  ...[
    'arp',
    'bcache',
    'bcachefs',
    'bonding',
    'btrfs',
    'buddyinfo',
    'cgroups',
    'conntrack',
    'cpu',
    'cpu_vulnerabilities',
  ],
  ...['cpufreq', 'diskstats', 'dmi', 'dmmultipath', 'drbd', 'drm', 'edac', 'entropy', 'ethtool', 'fibrechannel'],
  ...['filefd', 'filesystem', 'hwmon', 'infiniband', 'interrupts', 'ipvs', 'kernel_hung', 'ksmd', 'lnstat', 'loadavg'],
  ...[
    'logind',
    'mdadm',
    'meminfo',
    'meminfo_numa',
    'mountstats',
    'netclass',
    'netdev',
    'netstat',
    'network_route',
    'nfs',
  ],
  ...['nfsd', 'ntp', 'nvme', 'nvmesubsystem', 'os', 'pcidevice', 'perf', 'powersupplyclass', 'pressure', 'processes'],
  ...['qdisc', 'rapl', 'runit', 'schedstat', 'selinux', 'slabinfo', 'sockstat', 'softirqs', 'softnet', 'stat'],
  ...['supervisord', 'swap', 'sysctl', 'systemd', 'tapestats', 'tcpstat', 'textfile', 'thermal_zone', 'time', 'timex'],
  ...['udp_queues', 'uname', 'vmstat', 'watchdog', 'wifi', 'xfrm', 'xfs', 'zfs', 'zoneinfo'],
  'bonding',
];

t.test('every collector of upstream is built, or not with a reason', async (t) => {
  const names = [...ALL_COLLECTORS, ...UNBUILT_COLLECTORS].map(({ name }) => name);
  t.same([...names].sort(), [...new Set(UPSTREAM)].sort());
});

t.test('which collectors run', async (t) => {
  const defaults = optionsOf().enabled;
  t.ok(defaults.has('cpu'));
  t.notOk(defaults.has('tcpstat'));
  const chosen = optionsOf('--collector.tcpstat', '--no-collector.cpu', '--no-collector.wifi').enabled;
  t.ok(chosen.has('tcpstat'));
  t.notOk(chosen.has('cpu'));
  t.same([...optionsOf('--collector.cpu', '--collector.disable-defaults').enabled], ['cpu']);
});

t.test('what is not built is refused with the reason', async (t) => {
  for (const [args, message] of [
    [
      ['--collector.perf'],
      "flag '--collector.perf' cannot be had: the perf collector is not built: it needs a system call that Node.js does not have",
    ],
    [
      ['--collector.perf.cpus=0'],
      "flag '--collector.perf.cpus' cannot be had: the perf collector is not built: it needs a system call that Node.js does not have",
    ],
    [['--collector.nope'], "unknown long flag '--collector.nope'"],
  ] as const) {
    t.throws(() => optionsOf(...args), { name: 'UsageError', message });
  }
  t.ok(optionsOf('--no-collector.perf'));
});

t.test('the collectors’ own flags are handed over as they were given', async (t) => {
  const { collectorFlags } = optionsOf(
    '--collector.filesystem.mount-timeout=2s',
    '--no-collector.cpu.guest',
    '--collector.netdev.device-blacklist=lo',
    '--runtime.gomaxprocs=2',
  );
  t.same(
    [...collectorFlags],
    [
      ['cpu.guest', ['false']],
      ['filesystem.mount-timeout', ['2s']],
      ['netdev.device-blacklist', ['lo']],
    ],
  );
});
