import t from 'tap';
import { ALL_COLLECTORS } from '../../src/node/all-collectors.js';
import { readExposition } from '../helpers/exposition.js';
import { countSamples, familiesOf, nodeFixtures } from '../helpers/node/node-fixtures.js';
import { startNode } from '../helpers/services/start-node.js';

/** Those that upstream's test turns on beside the defaults. */
const TURNED_ON = [
  ...['buddyinfo', 'cgroups', 'cpu_vulnerabilities', 'drbd', 'interrupts', 'ksmd', 'lnstat', 'meminfo_numa'],
  ...['mountstats', 'pcidevice', 'processes', 'qdisc', 'slabinfo', 'softirqs', 'sysctl', 'wifi', 'xfrm', 'zoneinfo'],
];

/** Upstream's flags, as far as the collectors are built. */
const flagsOf = (fixtures: string): readonly string[] => [
  ...TURNED_ON.filter((name) => ALL_COLLECTORS.some((spec) => spec.name === name)).map((name) => `--collector.${name}`),
  ...['selinux', 'filesystem', 'timex', 'uname'].map((name) => `--no-collector.${name}`),
  '--collector.arp.device-exclude=nope',
  '--no-collector.arp.netlink',
  '--collector.bcache.priorityStats',
  '--collector.cpu.info',
  '--collector.cpu.info.bugs-include=^(cpu_meltdown|spectre_.*|mds)$',
  '--collector.cpu.info.flags-include=^(aes|avx.?|constant_tsc)$',
  '--collector.hwmon.chip-include=(applesmc|asus_nb_wmi|coretemp|hwmon4|ieee80211|nct6779)',
  '--collector.netclass.ignore-invalid-speed',
  '--collector.netclass.ignored-devices=(dmz|int)',
  '--collector.netdev.device-include=lo',
  '--collector.qdisc.device-include=(wlan0|eth0)',
  `--collector.qdisc.fixtures=${fixtures}/qdisc/`,
  '--collector.stat.softirq',
  '--collector.sysctl.include-info=kernel.seccomp.actions_avail',
  '--collector.sysctl.include=fs.file-nr',
  '--collector.sysctl.include=fs.file-nr:total,current,max',
  '--collector.sysctl.include=kernel.threads-max',
  `--collector.textfile.directory=${fixtures}/textfile/two_metric_files/`,
  `--collector.wifi.fixtures=${fixtures}/wifi`,
];

/** What is of the host that the test runs on, or of the program. */
const OF_THE_HOST =
  /^(?:go|nodejs|process|promhttp|sonde)_|^node_(?:exporter_build_info|scrape_collector_|textfile_mtime_seconds|time_(?:zone|seconds)|network_(?:receive|transmit)_(?!queue_length))/;

/** Samples of upstream's expected output that do not depend on the host. */
const PORTABLE = 3008;

t.test('a whole scrape of upstream’s trees', async (t) => {
  const { folder, paths, expected } = nodeFixtures(t);
  const node = await startNode([
    `--path.procfs=${paths.procfs}`,
    `--path.sysfs=${paths.sysfs}`,
    `--path.rootfs=${paths.rootfs}`,
    `--path.udev.data=${paths.udevData}`,
    ...flagsOf(paths.rootfs),
  ]);
  t.teardown(() => node.stop(0));
  const text = (await node.get('/metrics')).text.replaceAll(`${folder}/`, '');
  const families = readExposition(text);

  const ours = [...families.keys()].filter((name) => !OF_THE_HOST.test(name));
  const names = new RegExp(`^(?:${ours.join('|')})$`);
  const portable = familiesOf(text, names);
  t.equal(portable, familiesOf(expected, names), 'help, type and samples of every family, byte for byte');

  // The success of each collector is a portable sample as well, of all but netdev, whose device is not in the trees.
  const successes = [...(families.get('node_scrape_collector_success')?.series ?? [])].filter(
    ([name]) => expected.includes(`${name} 1\n`) && !name.includes('"netdev"'),
  );
  const failed = successes.filter(([, value]) => value !== '1').map(([name]) => name);
  t.same(failed, []);
  const covered = countSamples(portable) + successes.length;
  t.comment(`${covered} of ${PORTABLE} portable samples of upstream’s end-to-end test`);
  t.equal(covered, 3007);
});
