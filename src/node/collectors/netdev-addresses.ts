import { BlockList } from 'node:net';
import { networkInterfaces } from 'node:os';
import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSink } from '../metric-sink.js';

const addressInfo = gauge('node_network_address_info', 'node network address by device', [
  'device',
  'address',
  'netmask',
  'scope',
]);

/** Reports the addresses of all devices, `netmask` as the length of the prefix. */
export function setAddresses(metrics: MetricSink): void {
  for (const [device, addresses = []] of Object.entries(networkInterfaces())) {
    for (const { address, cidr, family } of addresses) {
      const netmask = cidr?.split('/')[1] ?? '';
      const scope = linkLocal.check(address, family === 'IPv4' ? 'ipv4' : 'ipv6') ? 'link-local' : 'global';
      metrics.setWith(addressInfo, { device, address, netmask, scope }, 1);
    }
  }
}

/** Addresses to which upstream gives the scope link-local: loopback and link-local ones. */
const linkLocal = new BlockList();
linkLocal.addSubnet('127.0.0.0', 8, 'ipv4');
linkLocal.addSubnet('169.254.0.0', 16, 'ipv4');
linkLocal.addAddress('::1', 'ipv6');
linkLocal.addSubnet('fe80::', 10, 'ipv6');
