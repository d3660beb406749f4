import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { parseFlags } from '../../../src/flags/parse-flags.js';
import { ALL_COLLECTORS } from '../../../src/node/all-collectors.js';
import { UNBUILT_COLLECTORS } from '../../../src/node/unbuilt-collectors.js';
import { NODE_COMMAND_FLAGS, readNodeOptions } from '../../../src/services/node/node-flags.js';
import { REPOSITORY } from '../../helpers/peer.js';

const optionsOf = (...args: readonly string[]) => readNodeOptions(parseFlags(args, NODE_COMMAND_FLAGS));

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
  // As in upstream’s end-to-end test, which has the one without asking for it.
  t.ok(defaults.has('dmmultipath'));
  t.notOk(defaults.has('nvmesubsystem'));
  const chosen = optionsOf('--collector.tcpstat', '--no-collector.cpu', '--no-collector.wifi').enabled;
  t.ok(chosen.has('tcpstat'));
  t.notOk(chosen.has('cpu'));
  t.same([...optionsOf('--collector.cpu', '--collector.disable-defaults').enabled], ['cpu']);
});

t.test('every flag of node_exporter 1.11 parses as there', async (t) => {
  const ours = new Map(NODE_COMMAND_FLAGS.map((flag) => [flag.name, flag.kind]));
  const recorded = readFileSync(join(REPOSITORY, 'test/fixtures/node-exporter-flags.txt'), 'utf8')
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(' '));
  t.equal(recorded.length, 175);
  for (const [name = '', kind] of recorded) t.equal(ours.get(name), kind, name);
});

t.test('collectors that are not built, and asked for', async (t) => {
  for (const { args, missing } of [
    { args: [], missing: [] },
    {
      args: ['--collector.perf', '--collector.runit'],
      missing: ['perf'],
    },
    { args: ['--collector.perf.cpus=0'], missing: [] },
    { args: ['--collector.perf', '--collector.perf.cpus=0'], missing: ['perf'] },
    { args: ['--no-collector.perf'], missing: [] },
  ]) {
    t.same(
      optionsOf(...args).missing.map(({ name }) => name),
      missing,
      args.join(' '),
    );
  }
  t.throws(() => optionsOf('--collector.nope'), {
    name: 'UsageError',
    message: "unknown long flag '--collector.nope'",
  });
});

t.test('a number or a duration that is none is refused, whether its collector runs or not', async (t) => {
  for (const [arg, message] of [
    [
      '--collector.ntp.server-port=x',
      'flag \'--collector.ntp.server-port\': strconv.ParseFloat: parsing "x": invalid syntax',
    ],
    [
      '--collector.ntp.protocol-version=x',
      'flag \'--collector.ntp.protocol-version\': strconv.ParseFloat: parsing "x": invalid syntax',
    ],
    ['--collector.ntp.ip-ttl=x', 'flag \'--collector.ntp.ip-ttl\': strconv.ParseFloat: parsing "x": invalid syntax'],
    ['--collector.ntp.max-distance=x', "flag '--collector.ntp.max-distance': invalid duration"],
    ['--collector.ntp.local-offset-tolerance=x', "flag '--collector.ntp.local-offset-tolerance': invalid duration"],
    ['--collector.filesystem.mount-timeout=x', "flag '--collector.filesystem.mount-timeout': invalid duration"],
    [
      '--collector.filesystem.stat-workers=x',
      'flag \'--collector.filesystem.stat-workers\': strconv.ParseFloat: parsing "x": invalid syntax',
    ],
    ['--web.max-requests=x', 'flag \'--web.max-requests\': strconv.ParseFloat: parsing "x": invalid syntax'],
  ] as const) {
    t.throws(() => optionsOf(arg), { name: 'UsageError', message: `invalid value for ${message}` });
  }
  t.equal(
    optionsOf('--collector.ntp.server-port=99999').enabled.has('ntp'),
    false,
    'what is not used may be out of range',
  );
  t.equal(optionsOf('--web.max-requests=-1').maxRequests, 0);
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
