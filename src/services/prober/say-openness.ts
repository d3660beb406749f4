import type { ServiceLog } from '../../log/service-log.js';
import { splitHostPort } from '../../net/host-port.js';
import { isInBlock } from '../../probe/policy/address-block.js';
import { parseAddresses } from '../../probe/policy/address-sets.js';
import { parseIpAddress } from '../../values/address/ip-address.js';
import type { Listening } from '../listen.js';

/**
 * ::ffff:127.0.0.1 counts as IPv4. The unspecified addresses, which the set `loopback` has, are those of all networks.
 */
const THIS_HOST = ['127.0.0.0/8', '::1'].flatMap(parseAddresses);

/**
 * Says so where others can have this host probe whatever it reaches: it listens beyond the loopback, there are no
 * users, and no policy says where probes may go.
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

/** Returns "" for what is no address and port, such as the path of a socket that systemd passed on. */
function hostOf(address: string): string {
  try {
    return splitHostPort(address).host;
  } catch {
    return '';
  }
}
