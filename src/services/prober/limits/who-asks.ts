import { parseIpAddress } from '../../../values/address/ip-address.js';

/** Longer than any host name. Longer texts are distinguished by their beginning alone. */
const LONGEST_HOST = 255;

/** The key of a client: the IPv4 address, or the /64 network of IPv6, which one client usually has. */
export function clientOf(remoteAddress: string | undefined): string {
  const address = remoteAddress ?? '';
  if (!address.includes(':')) return address;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const bytes = parseIpAddress(address.replace(/%.*/s, ''))?.bytes;
  return bytes === undefined ? address : Buffer.from(bytes.subarray(0, 8)).toString('hex');
}

/** The key of a target: the host of a URL or of `host:port`; anything else is a host of its own. */
export function hostOf(target: string): string {
  const start = target.slice(0, 4 * LONGEST_HOST).replace(/^[a-z][a-z0-9+.-]*:\/\//i, '');
  if (start.startsWith('/') || start.startsWith('@')) return start;
  const authority = /^[^/?#]*/.exec(start)?.[0] ?? '';
  const place = authority.slice(authority.lastIndexOf('@') + 1);
  const inBrackets = /^\[([^\]]*)\]/.exec(place)?.[1];
  const isAddress = place.split(':').length > 2;
  const host = inBrackets ?? (isAddress ? place : place.replace(/:[^:]*$/, ''));
  return host.toLowerCase().replace(/\.$/, '').slice(0, LONGEST_HOST);
}
