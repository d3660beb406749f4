import type { RdataReader } from './dns-wire.js';
import type { Field } from './rr-fields.js';

/** Writes four bytes as an IPv4 address. */
export function ipv4Text(bytes: Buffer): string {
  return `${bytes[0] ?? 0}.${bytes[1] ?? 0}.${bytes[2] ?? 0}.${bytes[3] ?? 0}`;
}

/** Writes sixteen bytes in the short form of RFC 5952, with dots for an IPv4-mapped address, as Go's netip does. */
export function ipv6Text(bytes: Buffer): string {
  if (isMapped(bytes)) return `::ffff:${ipv4Text(bytes.subarray(12))}`;
  const [zerosFrom, zerosTo] = longestZeros(bytes);
  let text = '';
  for (let group = 0; group < 8; group++) {
    if (group === zerosFrom) {
      text += '::';
      group = zerosTo - 1;
      continue;
    }
    if (group > 0 && group !== zerosTo) text += ':';
    text += bytes.readUInt16BE(group * 2).toString(16);
  }
  return text;
}

/** Writes an address of either length as Go's net.IP does: an IPv4-mapped one like an IPv4 address. */
export function netIpText(bytes: Buffer): string {
  if (bytes.length === 4) return ipv4Text(bytes);
  return isMapped(bytes) ? ipv4Text(bytes.subarray(12)) : ipv6Text(bytes);
}

/** Whether sixteen bytes are an IPv4-mapped IPv6 address. */
export function isMapped(bytes: Buffer): boolean {
  for (let index = 0; index < 10; index++) if (bytes[index] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

/** Returns the first of the longest runs of at least two zero groups, or an empty run after the last group. */
function longestZeros(bytes: Buffer): readonly [from: number, to: number] {
  let best: readonly [number, number] = [9, 9];
  let bestLength = 1;
  for (let from = 0; from < 8; from++) {
    let to = from;
    while (to < 8 && bytes[2 * to] === 0 && bytes[2 * to + 1] === 0) to++;
    if (to - from > bestLength) {
      best = [from, to];
      bestLength = to - from;
    }
    from = Math.max(from, to - 1);
  }
  return best;
}

/** An IPv4 address; "" at the end of the data. */
export const ipv4: Field = (rdata) => (rdata.atEnd ? '' : ipv4Text(rdata.take(4, 'a')));
/** An IPv6 address; "" at the end of the data. */
export const ipv6: Field = (rdata) => (rdata.atEnd ? '' : ipv6Text(rdata.take(16, 'aaaa')));

/**
 * Writes the gateway of IPSECKEY (RFC 4025) or the relay of AMTRELAY (RFC 8777); `<nil>` at the end of the data, as Go
 * prints it.
 */
export function gateway(rdata: RdataReader, kind: number): string {
  if (kind === 1) return rdata.atEnd ? '<nil>' : ipv4Text(rdata.take(4, 'a'));
  if (kind === 2) return rdata.atEnd ? '<nil>' : netIpText(rdata.take(16, 'aaaa'));
  return kind === 3 ? rdata.name() : '.';
}
