import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { fibrechannel } from '../../../src/node/collectors/fibrechannel.js';
import { infiniband } from '../../../src/node/collectors/infiniband.js';
import { ipvs } from '../../../src/node/collectors/ipvs.js';
import { mountstats } from '../../../src/node/collectors/mountstats.js';
import { pcidevice } from '../../../src/node/collectors/pcidevice.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { nodeFixtures } from '../../helpers/node/node-fixtures.js';
import { askCollector } from '../../helpers/services/collect.js';

t.test('backends by the labels that are chosen', async (t) => {
  const { paths } = nodeFixtures(t);
  for (const [labels, file] of [
    ['local_address,local_port', 'ip_vs_result_lbs_local_address_local_port.txt'],
    ['local_port', 'ip_vs_result_lbs_local_port.txt'],
    ['', 'ip_vs_result_lbs_none.txt'],
    ['local_mark,remote_port,proto,local_address,local_port,remote_address', 'ip_vs_result.txt'],
  ] as const) {
    const text = await askCollector(ipvs, { paths, flags: { 'ipvs.backend-labels': labels } }).scrape();
    t.equal(text, readFileSync(join(paths.rootfs, file), 'utf8'), labels);
  }
  t.throws(() => askCollector(ipvs, { flags: { 'ipvs.backend-labels': 'b,proto,a' } }), {
    message: 'unknown IPVS backend labels: "a, b"',
  });
});

t.test('services of IPv6 and SCTP, and one whose line is odd', async (t) => {
  const { paths } = nodeFixtures(t);
  const table = [
    'IP Virtual Server version 1.2.1 (size=4096)',
    'Prot LocalAddress:Port Scheduler Flags',
    '  -> RemoteAddress:Port Forward Weight ActiveConn InActConn',
    'TCP  [2001:0DB8:0000:0000:0000:0000:0000:0001]:0050 wlc',
    '  -> [2001:0DB8:0000:0000:0000:0000:0000:0002]:1F90      Masq    1      2          3',
    'SCTP 0A000001:0050 wlc',
    '  -> 0A000002:1F90      Masq    4      5          6',
    'TCP  word wlc',
    '  -> 0A000003:1F90      Masq    7      8          9',
  ];
  writeFileSync(join(paths.procfs, 'net/ip_vs'), table.join('\n'));
  const text = await askCollector(ipvs, { paths }).scrape();
  t.same(text.match(/^node_ipvs_backend_weight.*$/gm), [
    'node_ipvs_backend_weight{local_address="10.0.0.1",local_mark="",local_port="80",proto="SCTP",remote_address="10.0.0.2",remote_port="8080"} 4',
    'node_ipvs_backend_weight{local_address="2001:db8::1",local_mark="",local_port="80",proto="TCP",remote_address="2001:db8::2",remote_port="8080"} 1',
  ]);
});

t.test('filters of InfiniBand', async (t) => {
  const { paths } = nodeFixtures(t);
  // What is left out is not read either.
  rmSync(join(paths.sysfs, 'class/infiniband/i40iw0/ports/1/state'));
  const devices = async (flags: Readonly<Record<string, string>>): Promise<readonly string[]> => {
    const text = await askCollector(infiniband, { paths, flags }).scrape();
    return [...new Set([...text.matchAll(/device="(\w+)"/g)].map(([, device = '']) => device))];
  };
  t.same(await devices({}), ['i40iw0', 'mlx4_0']);
  t.same(await devices({ 'infiniband.device-include': '^mlx4' }), ['mlx4_0']);
  t.same(await devices({ 'infiniband.device-exclude': '^mlx4' }), ['i40iw0']);
  t.same(await devices({ 'infiniband.device-exclude': '0$', 'infiniband.device-include': '^mlx4' }), []);
});

t.test('counters that a Fibre Channel adapter does not have', async (t) => {
  const folder = 'class/fc_host/host5';
  const paths = hostTree(t, {
    sys: {
      [`${folder}/port_state`]: 'Online\n',
      [`${folder}/port_name`]: '0x10000090fa942779\n',
      [`${folder}/statistics/rx_frames`]: '0xffffffffffffffff\n',
      [`${folder}/statistics/tx_frames`]: '0x10\n',
      [`${folder}/statistics/nos_count`]: '12\n',
      [`${folder}/statistics/rx_words`]: 'many\n',
    },
  });
  const text = await askCollector(fibrechannel, { paths }).scrape();
  t.same(text.match(/^node_.*$/gm), [
    'node_fibrechannel_info{dev_loss_tmo="",fabric_name="",fc_host="host5",port_id="",port_name="10000090fa942779",port_state="Online",port_type="",speed="",supported_classes="",supported_speeds="",symbolic_name=""} 1',
    'node_fibrechannel_nos_total{fc_host="host5"} 12',
    'node_fibrechannel_tx_frames_total{fc_host="host5"} 16',
  ]);
});

t.test('mounts of NFS over several connections, one of them RDMA', async (t) => {
  const stats = [
    'device proc mounted on /proc with fstype proc',
    'device host:/a mounted on /mnt/a with fstype nfs4 statvers=1.1',
    '\tage:\t100',
    '\txprt:\ttcp 832 1 2 0 11 21 22 23 0 24 25 26 27',
    '\txprt:\trdma 832 1 2 0 11 31 32 33 0 34 1 2 3 4 5 6 7 8 9 10 11',
    '\tper-op statistics',
    '\t        READ: 1 2 3 4 5 1000 2000 3000 9',
    '',
  ];
  const paths = hostTree(t, {
    proc: {
      self: '-> 10',
      '10/mountstats': stats.join('\n'),
      // Another mount has come between the two readings.
      '10/mountinfo':
        '1 0 0:4 / /proc rw - proc proc rw\n2 0 0:5 / /new rw - tmpfs tmpfs rw\n3 0 0:6 / /mnt/a rw - nfs4 host:/a rw,addr=192.0.2.1\n',
    },
  });
  const text = await askCollector(mountstats, { paths }).scrape();
  const labels = 'export="host:/a",mountaddr="192.0.2.1"';
  t.match(text, `node_mountstats_nfs_mountpoint_info{${labels},mountpoint="/mnt/a",protocol="tcp"} 1`);
  t.match(text, `node_mountstats_nfs_mountpoint_info{${labels},mountpoint="/mnt/a",protocol="rdma"} 1`);
  t.match(text, `node_mountstats_nfs_transport_sends_total{${labels},protocol="tcp",transport="1"} 31`);
  t.match(text, `node_mountstats_nfs_transport_maximum_rpc_slots{${labels},protocol="tcp",transport="0"} 25`);
  t.match(text, `node_mountstats_nfs_transport_maximum_rpc_slots{${labels},protocol="tcp",transport="1"} 0`);
  t.match(
    text,
    `node_mountstats_nfs_operations_request_time_seconds_total{${labels},operation="READ",protocol="tcp"} 3`,
  );
});

t.test('names of PCI devices', async (t) => {
  const { paths } = nodeFixtures(t);
  const idsFile = join(paths.rootfs, 'pci.ids');
  const flags = { 'pcidevice.names': 'true', 'pcidevice.idsfile': idsFile };
  const asked = askCollector(pcidevice, { paths, flags });
  const expected = readFileSync(join(paths.rootfs, 'pcidevice-names-output.txt'), 'utf8');
  const infos = (text: string): unknown => text.match(/^node_pcidevice_info.*$/gm);
  t.same(infos(await asked.scrape()), infos(expected));
  rmSync(idsFile);
  t.same(infos(await asked.scrape()), infos(expected), 'the file is read once');

  const without = askCollector(pcidevice, { paths, flags });
  t.match(
    await without.scrape(),
    'class_name="Unknown class (060400)",device="02",device_id="0x1634",device_name="1634"',
  );
  await without.scrape();
  t.same(without.logLines.length, 1);
  t.match(without.logLines[0], /^warn: PCI devices have no names .*no such file or directory/);
});
