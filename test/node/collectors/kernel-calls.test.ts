import { pathToFileURL } from 'node:url';
import t from 'tap';
import { btrfs } from '../../../src/node/collectors/btrfs.js';
import { ethtool } from '../../../src/node/collectors/ethtool.js';
import { networkRoute } from '../../../src/node/collectors/network-route.js';
import { qdisc } from '../../../src/node/collectors/qdisc.js';
import { loadKernelCalls } from '../../../src/node/kernel/kernel-calls.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { attribute, DONE, kernelCalls, message, number, systemError, typeOf } from '../../helpers/node/kernel-bytes.js';
import { askCollector } from '../../helpers/services/collect.js';

const samples = (text: string): readonly string[] => text.split('\n').filter((line) => line.startsWith('node_'));

/** A network device: its number and its name. */
const link = (index: number, name: string): Buffer =>
  message(16, Buffer.alloc(4), number(32, index), Buffer.alloc(8), attribute(3, `${name}\0`));
const LINKS = Buffer.concat([link(1, 'lo'), link(2, 'eth0'), DONE]);

t.test('without the addon', async (t) => {
  const kernel = loadKernelCalls(pathToFileURL(`${t.testdir()}/`));
  t.match(kernel, { missing: /^it was not built: run/ });
  for (const spec of [networkRoute, ethtool]) {
    const asked = askCollector(spec, { kernel });
    await t.rejects(asked.scrape(), { name: 'NoData', message: /^it was not built/ }, spec.name);
    t.match(asked.logLines[0], /^warn: .* are left out /);
  }
});

t.test('the devices and routes of this machine', async (t) => {
  const loaded = loadKernelCalls();
  if ('missing' in loaded) {
    t.comment(`skipped: ${loaded.missing}`);
    return;
  }
  t.match(await askCollector(qdisc).scrape(), /^node_qdisc_packets_total{device="/m);
  await t.resolves(askCollector(networkRoute).scrape());
  const text = await askCollector(ethtool).scrape().catch(String);
  t.match(text, /^$|^# HELP node_(?:ethtool|network)_/, 'the loopback has no driver that tells anything');
});

t.test('routes', async (t) => {
  const address = (text: string): Buffer => Buffer.from(text, 'hex');
  const head = (prefix: number, { protocol = 4, type = 1 } = {}): Buffer =>
    Buffer.from([2, prefix, 0, 0, 254, protocol, 0, type, 0, 0, 0, 0]);
  const hop = (device: number, weight: number, gateway: string): Buffer => {
    const gatewayBytes = attribute(5, address(gateway));
    return Buffer.concat([
      number(16, 8 + gatewayBytes.length),
      number(8, 0),
      number(8, weight - 1),
      number(32, device),
      gatewayBytes,
    ]);
  };
  const answers: Readonly<Record<number, Buffer>> = {
    18: LINKS,
    26: Buffer.concat([
      message(24, head(0), attribute(4, number(32, 2)), attribute(5, address('c0000201'))),
      message(
        24,
        head(48, { protocol: 186 }),
        attribute(1, address('20010db8000100000000000000000000')),
        attribute(6, number(32, 1024)),
        attribute(9, hop(2, 3, 'fd000000000000000000000000000001'), hop(9, 1, 'fd000000000000000000000000000002')),
      ),
      message(24, head(32, { type: 2 }), attribute(1, address('7f000001'))),
      message(24, head(24, { protocol: 77 }), attribute(1, address('c6336400')), attribute(7, address('c0000202'))),
      DONE,
    ]),
  };
  const kernel = kernelCalls({
    netlink: (_protocol, request) => Promise.resolve(answers[typeOf(request)] ?? DONE),
  });
  t.same(samples(await askCollector(networkRoute, { kernel }).scrape()), [
    'node_network_route_info{dest="198.51.100.0/24",device="",gw="",priority="0",proto="unknown",src="192.0.2.2",weight=""} 1',
    'node_network_route_info{dest="2001:db8:1::/48",device="",gw="fd00::2",priority="1024",proto="bgp",src="",weight="1"} 1',
    'node_network_route_info{dest="2001:db8:1::/48",device="eth0",gw="fd00::1",priority="1024",proto="bgp",src="",weight="3"} 1',
    'node_network_route_info{dest="default",device="eth0",gw="192.0.2.1",priority="0",proto="static",src="",weight=""} 1',
    'node_network_routes{device=""} 2',
    'node_network_routes{device="eth0"} 2',
  ]);
});

t.test('queueing disciplines', async (t) => {
  const head = (device: number, parent: number): Buffer =>
    Buffer.concat([Buffer.alloc(4), number(32, device), Buffer.alloc(4), number(32, parent), Buffer.alloc(4)]);
  const statistics = attribute(
    7,
    attribute(1, number(64, 7_000_000_000), number(32, 5), number(32, 0)),
    attribute(3, ...[1, 2, 3, 4, 6].map((value) => number(32, value))),
  );
  const answers: Readonly<Record<number, Buffer>> = {
    18: LINKS,
    38: Buffer.concat([
      message(36, head(2, 0xff_ff_ff_ff), attribute(1, 'fq_codel\0'), statistics),
      message(36, head(2, 0x8001_0000), attribute(1, 'child\0'), statistics),
      message(36, head(1, 0xff_ff_ff_ff), attribute(1, 'noqueue\0')),
      message(36, head(7, 0xff_ff_ff_ff), attribute(1, 'gone\0')),
      DONE,
    ]),
  };
  const kernel = kernelCalls({
    netlink: (_protocol, request) => Promise.resolve(answers[typeOf(request)] ?? DONE),
  });
  const flags = { 'qdisc.device-include': 'eth' };
  t.same(samples(await askCollector(qdisc, { kernel, flags }).scrape()), [
    'node_qdisc_backlog{device="eth0",kind="fq_codel"} 2',
    'node_qdisc_bytes_total{device="eth0",kind="fq_codel"} 7e+09',
    'node_qdisc_current_queue_length{device="eth0",kind="fq_codel"} 1',
    'node_qdisc_drops_total{device="eth0",kind="fq_codel"} 3',
    'node_qdisc_overlimits_total{device="eth0",kind="fq_codel"} 6',
    'node_qdisc_packets_total{device="eth0",kind="fq_codel"} 5',
    'node_qdisc_requeues_total{device="eth0",kind="fq_codel"} 4',
  ]);
  t.match(await askCollector(qdisc, { kernel }).scrape(), 'node_qdisc_bytes_total{device="lo",kind="noqueue"} 0');
});

/** Puts texts and numbers into their places. */
function filled(length: number, parts: Readonly<Record<number, Buffer | string>>): Buffer {
  const bytes = Buffer.alloc(length);
  for (const [at, part] of Object.entries(parts)) bytes.set(Buffer.from(part), Number(at));
  return bytes;
}

/** Names of statistics, and what is made of them; two of them become one, and are left out. */
const STATISTICS: readonly (readonly [name: string, metric: string | undefined])[] = [
  ['port.rx_errors', 'node_ethtool_port_received_errors'],
  ['Queue[0] AllocFails', 'node_ethtool_queue_0_allocfails'],
  ['Tx LPI entry count', 'node_ethtool_transmitted_lpi_entry_count'],
  ['port.VF_admin_queue_requests', 'node_ethtool_port_vf_admin_queue_requests'],
  ['[3]: tx_bytes', 'node_ethtool_3_transmitted_bytes'],
  ['     err', 'node_ethtool_err'],
  ['rx_bytes', 'node_ethtool_received_bytes_total'],
  ['duplicate metric', undefined],
  ['duplicate_metric', undefined],
];

t.test('drivers', async (t) => {
  const answers: Readonly<Record<number, Buffer>> = {
    0x01: filled(44, { 4: number(32, 0x8000_20c3), 8: number(32, 0x4048), 18: number(8, 1) }),
    0x03: filled(196, { 4: 'e1000e', 36: '5.11', 68: '0.5-4', 100: '0000:00:1f.6', 180: number(32, 9) }),
    0x1b: Buffer.concat([
      number(32, 0x1b),
      number(32, 1),
      number(32, STATISTICS.length),
      ...STATISTICS.map(([name]) => filled(32, { 0: name })),
    ]),
    0x1d: Buffer.concat([number(32, 0x1d), number(32, 9), ...STATISTICS.map((_, index) => number(64, index + 1))]),
  };
  const kernel = kernelCalls({
    ethtool: (device, request) => {
      const command = Buffer.from(request).readUInt32LE(0);
      if (device === 'eth0') return Promise.resolve(answers[command] ?? Buffer.alloc(0));
      if (device === 'wg0') return Promise.reject(systemError('EOPNOTSUPP'));
      if (command === 3) return Promise.resolve(filled(196, { 180: number(32, 4_000_000) }));
      return Promise.reject(systemError('EIO'));
    },
  });
  const paths = hostTree(t, { sys: { 'class/net/eth0/': '', 'class/net/wg0/': '', 'class/net/odd0/': '' } });
  const asked = askCollector(ethtool, { kernel, paths, flags: { 'ethtool.device-exclude': '^odd' } });
  const text = await asked.scrape();
  const found = [...text.matchAll(/^(node_ethtool_\w+){device="eth0"} (\d+)$/gm)].map(([, name, value]) => [
    name,
    value,
  ]);
  const expected = STATISTICS.flatMap(([, name], index) => (name === undefined ? [] : [[name, String(index + 1)]]));
  t.same(found.sort(), expected.sort());
  t.notMatch(text, 'wg0');
  t.same(
    samples(text).filter((line) => /_info|_network_/.test(line)),
    [
      'node_ethtool_info{bus_info="0000:00:1f.6",device="eth0",driver="e1000e",expansion_rom_version="",firmware_version="0.5-4",version="5.11"} 1',
      'node_network_advertised_speed_bytes{device="eth0",duplex="full",mode="100baseT"} 1.25e+07',
      'node_network_asymmetricpause_advertised{device="eth0"} 1',
      'node_network_asymmetricpause_supported{device="eth0"} 0',
      'node_network_autonegotiate{device="eth0"} 1',
      'node_network_autonegotiate_advertised{device="eth0"} 1',
      'node_network_autonegotiate_supported{device="eth0"} 1',
      'node_network_pause_advertised{device="eth0"} 0',
      'node_network_pause_supported{device="eth0"} 1',
      'node_network_supported_port_info{device="eth0",type="TP"} 1',
      'node_network_supported_speed_bytes{device="eth0",duplex="full",mode="10baseT"} 1.25e+06',
      'node_network_supported_speed_bytes{device="eth0",duplex="full",mode="25000baseCR"} 3.125e+09',
      'node_network_supported_speed_bytes{device="eth0",duplex="half",mode="10baseT"} 1.25e+06',
    ],
  );

  const only = { 'ethtool.device-include': '^eth0$', 'ethtool.metrics-include': '^rx_' };
  const few = await askCollector(ethtool, { kernel, paths, flags: only }).scrape();
  t.same(few.match(/^node_ethtool_(?!info)\w+/gm), ['node_ethtool_received_bytes_total']);
  const odd = askCollector(ethtool, { kernel, paths, flags: { 'ethtool.device-include': '^odd' } });
  t.match(await odd.scrape(), /^node_ethtool_info{.*device="odd0"/m, 'too many statistics cost themselves');
});

t.test('devices of btrfs', async (t) => {
  const uuid = '6d7bc091-710d-4e7e-85e0-28af02a13824';
  const deviceUuid = 'de9b7dd538ff49e184037dc53330d15d';
  const folders: string[] = [];
  const kernel = kernelCalls({
    btrfs: (folder, call, request) => {
      folders.push(folder);
      if (folder.endsWith('/closed')) return Promise.reject(systemError('EACCES'));
      const device = Number(Buffer.from(request).readBigUInt64LE(0));
      if (call === 31) {
        const fsid = Buffer.from(uuid.replaceAll('-', ''), 'hex');
        return Promise.resolve(filled(1024, { 0: number(64, 9), 8: number(64, 1), 16: fsid }));
      }
      if (device !== 2) return Promise.reject(systemError('ENODEV'));
      return Promise.resolve(
        call === 30
          ? filled(4096, {
              8: Buffer.from(deviceUuid, 'hex'),
              24: number(64, 30),
              32: number(64, 100),
              3072: '/dev/sdb1',
            })
          : filled(1032, { 24: Buffer.concat([1, 2, 3, 4, 5].map((value) => number(64, value))) }),
      );
    },
  });
  const mounts = ['/closed', '/data', '/data2'].map((place) => `45 27 0:40 / ${place} rw - btrfs /dev/sdb1 rw`);
  const paths = hostTree(t, {
    sys: { [`fs/btrfs/${uuid}/devices/sdb1/size`]: '7', [`fs/btrfs/${uuid}/label`]: 'x' },
    proc: { '1/mountinfo': mounts.join('\n') },
  });
  const lines = samples(await askCollector(btrfs, { kernel, paths }).scrape()).filter((line) =>
    line.includes('device'),
  );
  const labels = 'btrfs_dev_uuid="de9b7dd5-38ff-49e1-8403-7dc53330d15d",device="sdb1"';
  t.same(lines, [
    ...[
      ['corruption', 4],
      ['flush', 3],
      ['generation', 5],
      ['read', 2],
      ['write', 1],
    ].map(([type, value]) => `node_btrfs_device_errors_total{${labels},type="${type}",uuid="${uuid}"} ${value}`),
    `node_btrfs_device_size_bytes{${labels},uuid="${uuid}"} 100`,
    `node_btrfs_device_unused_bytes{${labels},uuid="${uuid}"} 70`,
  ]);
  t.same(
    [...new Set(folders)].map((folder) => folder.slice(paths.rootfs.length)),
    ['/closed', '/data'],
    'each file system is asked once, at a mount that may be opened',
  );
  const without = await askCollector(btrfs, { kernel: { missing: 'no compiler' }, paths }).scrape();
  t.match(without, `node_btrfs_device_size_bytes{device="sdb1",uuid="${uuid}"} 3584`);
});
