import { spawnSync } from 'node:child_process';
import t from 'tap';
import { ALL_COLLECTORS } from '../../../src/node/all-collectors.js';
import { type ExposedFamily, readExposition } from '../../helpers/exposition.js';
import {
  findInPath,
  findNodeExporter,
  NO_NODE_EXPORTER,
  type Peer,
  startNodeExporter,
  startSondeNode,
} from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';

t.setTimeout(500_000);

/** Where the two may differ on one host at one moment, and why. */
interface Difference {
  readonly why: string;
  /** The names of series, `name{labels}`, that one of the two may have alone. */
  readonly series: RegExp;
}

const DIFFERENCES: readonly Difference[] = [
  { why: 'Go and Node have other runtimes', series: /^(?:go|nodejs)_/ },
  { why: 'each names its own build', series: /^node_exporter_build_info/ },
  { why: 'ours counts its own bugs', series: /^sonde_internal_errors_total$/ },
  {
    why: 'every line of /proc/meminfo is reported, not only those that a library knows',
    series: /^node_memory_\w+$/,
  },
  { why: 'upstream says 0 for rotational wherever another file of the queue is absent', series: /^node_disk_info\{/ },
  {
    why: 'upstream has it since 1.12',
    series: /^node_ksmd_general_profit_bytes$/,
  },
  {
    why: 'where there is no compiler there is no addon',
    series: /^node_(?:timex_|ethtool_|network_routes?[_{]|btrfs_device_)/,
  },
  {
    why: 'states come and go between two scrapes',
    series: /^node_(?:tcp_connection_states|processes_state|processes_threads_state)\{/,
  },
];

/** Help texts that upstream has changed since, in 1.12. */
const OTHER_HELP = /^node_ksmd_/;

/** Values that hold still between two scrapes a moment apart; all others are only compared by their names. */
const STILL =
  /^node_(?:boot_time_seconds|uname_info|os_|cpu_info|cpu_online|cpu_scaling_frequency_m|entropy_pool|filefd_maximum|filesystem_(?:size_bytes|files\{|mount_info|device_error)|memory_(?:MemTotal|SwapTotal|Hugepagesize|CommitLimit|VmallocTotal)|network_(?:mtu_bytes|info|up|flags|iface_id|iface_link|protocol_type|speed_bytes|transmit_queue_length|address_assign_type|name_assign_type|carrier\{)|nf_conntrack_entries_limit|processes_max|time_clocksource|time_zone|dmi_info|nvme_info|netstat_Ip_Forwarding|disk_filesystem_info|swap_size_bytes|swap_priority|thermal_zone_type|watchdog_timeout|ethtool_info|network_route|btrfs_(?:info|size|device_size|device_errors)|ipvs_|xfs_|pcidevice_)/;

/** Counters differ by what happens between two scrapes; by no more than this part of them if they are large. */
const TOLERANCE = 0.02;
const LARGE = 1e6;

async function scrape(address: string): Promise<{ text: string; families: ReadonlyMap<string, ExposedFamily> }> {
  const { status, text } = await httpGet(address, '/metrics');
  if (status !== 200) throw new Error(`${address} answered ${status}`);
  return { text, families: readExposition(text) };
}

/** Collectors that the peer knows and that need nothing of the host but files. */
function commonFlags(peer: Peer): string[] {
  const { stdout, stderr } = spawnSync(peer.path, ['--help'], { encoding: 'utf8' });
  const names = ALL_COLLECTORS.map(({ name }) => name).filter(
    (name) => !['systemd', 'logind', 'ntp', 'textfile', 'wifi', 'runit', 'supervisord'].includes(name),
  );
  const known = names.filter((name) => new RegExp(`collector\\.${name}(?![\\w.])`).test(stdout + stderr));
  return [
    '--collector.disable-defaults',
    ...known.map((name) => `--collector.${name}`),
    ...['--collector.cpu.info', '--collector.stat.softirq', '--collector.netdev.device-exclude=^veth'],
    '--collector.filesystem.mount-points-exclude=^/(dev|proc|sys)($|/)',
    '--collector.netclass.ignored-devices=^veth',
  ];
}

const peer = findNodeExporter();

t.test('live, beside the real node_exporter', { skip: peer === undefined ? NO_NODE_EXPORTER : false }, async (t) => {
  if (peer === undefined) return;
  const flags = commonFlags(peer);
  const [theirs, ours] = await Promise.all([startNodeExporter(peer, flags), startSondeNode(flags)]);
  t.teardown(async () => {
    await Promise.all([theirs.stop(), ours.stop()]);
  });
  // What is made by the first scrape, such as connections, is there in the second.
  await Promise.all([scrape(theirs.address), scrape(ours.address)]);
  const [their, our] = await Promise.all([scrape(theirs.address), scrape(ours.address)]);
  t.comment(
    `compared with node_exporter ${peer.version}: ${our.families.size} families of ours, ${their.families.size}`,
  );

  t.test('help and type of all families that both have', async (t) => {
    const both = [...our.families].filter(([name]) => their.families.has(name));
    const isCurrent = !/^1\.(?:\d|10|11)\./.test(peer.version);
    t.ok(both.length > 200, `${both.length} families`);
    const other = both.filter(([name, { help, type }]) => {
      const family = their.families.get(name);
      const isOtherHelp = family?.help !== help && (isCurrent || !OTHER_HELP.test(name));
      return isOtherHelp || family?.type !== type;
    });
    t.same(
      other.map(([name]) => name),
      [],
    );
  });

  t.test('names and labels of all series', async (t) => {
    const [seriesOfOurs, seriesOfTheirs] = [our, their].map(
      ({ families }) => new Set([...families.values()].flatMap(({ series }) => [...series.keys()])),
    );
    const differs = (name: string): boolean => !DIFFERENCES.some(({ series }) => series.test(name));
    t.same([...(seriesOfOurs ?? [])].filter((name) => !seriesOfTheirs?.has(name)).filter(differs), [], 'ours alone');
    t.same([...(seriesOfTheirs ?? [])].filter((name) => !seriesOfOurs?.has(name)).filter(differs), [], 'theirs alone');
    for (const { why } of DIFFERENCES) t.comment(why);
  });

  t.test('values', async (t) => {
    const valuesOf = ({ families }: typeof our): Map<string, string> =>
      new Map([...families.values()].flatMap(({ series }) => [...series]));
    const [ourValues, theirValues] = [valuesOf(our), valuesOf(their)];
    const still = [...ourValues].filter(([name]) => STILL.test(name) && theirValues.has(name));
    t.ok(still.length > 50, `${still.length} that hold still`);
    t.same(
      still.filter(([name, value]) => theirValues.get(name) !== value).map(([name]) => name),
      [],
    );
    const counters = [...our.families].flatMap(([name, { type, series }]) =>
      type === 'counter' && name.startsWith('node_') ? [...series] : [],
    );
    const large = counters.filter(([, value]) => Number(value) > LARGE);
    t.ok(large.length > 10, `${large.length} large counters`);
    const far = large.filter(([name, value]) => {
      const other = Number(theirValues.get(name) ?? value);
      return Math.abs(other - Number(value)) > TOLERANCE * Number(value);
    });
    t.same(far, []);
  });
});

const promtool = findInPath('promtool');

t.test(
  'promtool finds nothing that it does not find in upstream’s',
  { skip: promtool === undefined && 'no promtool here' },
  async (t) => {
    const ours = await startSondeNode(['--collector.processes', '--collector.tcpstat', '--no-collector.systemd']);
    t.teardown(() => ours.stop());
    const { text } = await scrape(ours.address);
    const { stdout, stderr } = spawnSync(promtool ?? '', ['check', 'metrics'], { input: text, encoding: 'utf8' });
    const findings = (stdout + stderr).split('\n').filter((line) => line !== '');
    // Those that upstream's own check leaves out, and Node's own.
    const known = /^(?:node_(?:entropy|memory|netstat|wifi_station)_|nodejs_)/;
    t.same(
      findings.filter((line) => !known.test(line)),
      [],
    );
  },
);
