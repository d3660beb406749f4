import type { RdataReader } from './dns-wire.js';
import type { Field } from './rr-fields.js';

/** Four bytes with dots between. */
export function ipv4Text(bytes: Buffer): string {
  return `${bytes[0] ?? 0}.${bytes[1] ?? 0}.${bytes[2] ?? 0}.${bytes[3] ?? 0}`;
}

/** Sixteen bytes in the short form of RFC 5952, an IPv4-mapped address with dots: what Go's netip prints. */
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

/** As Go's net.IP prints an address of either length: an IPv4-mapped one like an IPv4 one. */
export function netIpText(bytes: Buffer): string {
  if (bytes.length === 4) return ipv4Text(bytes);
  return isMapped(bytes) ? ipv4Text(bytes.subarray(12)) : ipv6Text(bytes);
}

/** Whether sixteen bytes are an IPv4 address in IPv6's clothes. */
export function isMapped(bytes: Buffer): boolean {
  for (let index = 0; index < 10; index++) if (bytes[index] !== 0) return false;
  return bytes[10] === 0xff && bytes[11] === 0xff;
}

/** The first of the longest runs of at least two groups of zero; beyond the last group if there is none. */
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

/** "" where the data has ended. */
export const ipv4: Field = (rdata) => (rdata.atEnd ? '' : ipv4Text(rdata.take(4, 'a')));
export const ipv6: Field = (rdata) => (rdata.atEnd ? '' : ipv6Text(rdata.take(16, 'aaaa')));

/** The gateway of IPSECKEY (RFC 4025) and the relay of AMTRELAY (RFC 8777); `<nil>` where the data has ended, as in Go. */
export function gateway(rdata: RdataReader, kind: number): string {
  if (kind === 1) return rdata.atEnd ? '<nil>' : ipv4Text(rdata.take(4, 'a'));
  if (kind === 2) return rdata.atEnd ? '<nil>' : netIpText(rdata.take(16, 'aaaa'));
  return kind === 3 ? rdata.name() : '.';
}
