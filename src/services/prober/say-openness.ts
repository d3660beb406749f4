import type { ServiceLog } from '../../log/service-log.js';
import { splitHostPort } from '../../net/host-port.js';
import { isInBlock } from '../../probe/policy/address-block.js';
import { parseAddresses } from '../../probe/policy/address-sets.js';
import { parseIpAddress } from '../../values/address/ip-address.js';
import type { Listening } from '../listen.js';

/**
 * The addresses that only this host reaches. ::ffff:127.0.0.1 counts as IPv4. The set `loopback` is no use here: it has
 * the unspecified addresses, and a service that listens on these is reachable from all networks.
 */
const THIS_HOST = ['127.0.0.0/8', '::1'].flatMap(parseAddresses);

/**
 * Warns if other hosts can probe anything that this host reaches: the service listens beyond loopback, has no users,
 * and no policy restricts targets.
 */
export function sayOpenness(log: ServiceLog, { addresses, access }: Listening, isGuarded: boolean): void {
  if (isGuarded || access.isRestricted) return;
  const open = addresses.filter(isBeyondThisHost);
  if (open.length === 0) return;
  log.warn('Everybody who reaches this service can have it probe what it reaches: set target_policy, or users', {
    addresses: open.join(' '),
  });
}

function isBeyondThisHost(address: string): boolean {
  const parsed = parseIpAddress(hostOf(address));
  return parsed !== undefined && !THIS_HOST.some((block) => isInBlock(parsed.bytes, block));
}

/**
 * Returns the host of an address; "" for anything but address and port, such as the path of a socket that systemd
 * passed on.
 */
function hostOf(address: string): string {
  try {
    return splitHostPort(address).host;
  } catch {
    return '';
  }
}
