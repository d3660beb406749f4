import t from 'tap';
import { arp } from '../../../src/node/collectors/arp.js';
import { netclass } from '../../../src/node/collectors/netclass.js';
import { netdev } from '../../../src/node/collectors/netdev.js';
import { tcpstat } from '../../../src/node/collectors/tcpstat.js';
import { udpQueues } from '../../../src/node/collectors/udp-queues.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

/** The samples of a text, without HELP and TYPE. */
const samples = (text: string): readonly string[] => text.split('\n').filter((line) => /^[a-z]/.test(line));

const NET_DEV = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo:     10      11    12   13   14    15         16        17      18      19   20   21   22    23      24         25
eth0:1: 18446744073709551615 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16
`;

t.test('netdev: sums', async (t) => {
  const paths = hostTree(t, {
    proc: { 'net/dev': NET_DEV },
    sys: { 'class/net/lo/statistics/rx_nohandler': '26\n', 'class/net/lo/ifalias': 'loop\n' },
  });
  const text = await askCollector(netdev, { paths, flags: { 'netdev.device-include': '^lo$' } }).scrape();
  t.equal(samples(text).length, 17);
  for (const [name, value] of [
    ['receive_bytes', 10],
    ['receive_frame', 15],
    ['receive_multicast', 17],
    ['transmit_colls', 23],
    ['transmit_compressed', 25],
    ['receive_nohandler', 26],
  ] as const) {
    t.ok(text.includes(`node_network_${name}_total{device="lo"} ${value}\n`), name);
  }
  const all = await askCollector(netdev, { paths, flags: { 'netdev.netlink': 'false' } }).scrape();
  t.notMatch(all, 'nohandler');
  t.match(all, /receive_bytes_total\{device="eth0:1"\} 1\.8446744073709552e\+19/);
  const alias = await askCollector(netdev, { paths, flags: { 'netdev.label-ifalias': 'true' } }).scrape();
  t.match(alias, /receive_bytes_total\{device="lo",ifalias="loop"\} 10/);
});

t.test('netdev: one by one, and addresses', async (t) => {
  const paths = hostTree(t, {
    sys: {
      'class/net/eth0/statistics/rx_dropped': '1\n',
      'class/net/eth0/statistics/rx_missed_errors': '2\n',
      'class/net/eth0/statistics/unknown': '3\n',
    },
  });
  const flags = { 'netdev.enable-detailed-metrics': 'true', 'netdev.address-info': 'true' };
  const text = await askCollector(netdev, { paths, flags }).scrape();
  t.match(text, /node_network_receive_dropped_total\{device="eth0"\} 1\n/);
  t.match(text, /node_network_receive_missed_errors_total\{device="eth0"\} 2\n/);
  t.notMatch(text, 'unknown');
  t.match(text, /address_info\{address="127\.0\.0\.1",device="lo",netmask="8",scope="link-local"\} 1/);
});

t.test('netclass: what is no device, and what a device does not tell', async (t) => {
  const paths = hostTree(t, {
    sys: {
      'class/net/bonding_masters': 'bond0\n',
      'class/net/tun0/flags': '0x1090\n',
      'class/net/tun0/operstate': 'down\n',
      'class/net/tun0/speed': '-1\n',
      'class/net/tun0/mtu': 'garbage\n',
    },
  });
  t.same(samples(await askCollector(netclass, { paths }).scrape()), [
    'node_network_flags{device="tun0"} 4240',
    'node_network_info{address="",adminstate="down",broadcast="",device="tun0",duplex="",ifalias="",operstate="down"} 1',
    'node_network_speed_bytes{device="tun0"} -125000',
    'node_network_up{device="tun0"} 0',
  ]);
});

const TABLE = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:0CEA 00000000:0000 0A 00000000:00000002 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
1000: 0100007F:0CEA 0100007F:1234 01 00000010:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
   2: 0100007F:0CEA 0100007F:1235 06 00000000:00000000 00:00000000 00000000     0        0 1 1 0 100 0 0 10 0
`;
const TABLE6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue
   0: 00000000000000000000000001000000:0CEA 00000000000000000000000000000000:0000 01 00000001:00000000 00:00000000
`;

t.test('tcpstat and udp_queues', async (t) => {
  const both = hostTree(t, { proc: { 'net/tcp': TABLE, 'net/tcp6': TABLE6, 'net/udp': TABLE } });
  t.same(samples(await askCollector(tcpstat, { paths: both }).scrape()), [
    'node_tcp_connection_states{state="established"} 2',
    'node_tcp_connection_states{state="listen"} 1',
    'node_tcp_connection_states{state="rx_queued_bytes"} 2',
    'node_tcp_connection_states{state="time_wait"} 1',
    'node_tcp_connection_states{state="tx_queued_bytes"} 17',
  ]);
  t.same(samples(await askCollector(udpQueues, { paths: both }).scrape()), [
    'node_udp_queues{ip="v4",queue="rx"} 2',
    'node_udp_queues{ip="v4",queue="tx"} 16',
  ]);
  const none = hostTree(t, {});
  await t.rejects(askCollector(udpQueues, { paths: none }).scrape(), { name: 'NoData' });
  await t.rejects(askCollector(tcpstat, { paths: none }).scrape(), { code: 'ENOENT' });
});

t.test('arp: a line that is none', async (t) => {
  const paths = hostTree(t, { proc: { 'net/arp': 'IP address HW type\n10.0.0.1 0x1\n' } });
  await t.rejects(askCollector(arp, { paths }).scrape(), {
    message: 'unexpected line in /proc/net/arp: "10.0.0.1 0x1"',
  });
});
