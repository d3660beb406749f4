import { formatIpBytes } from '../../values/address/ip-address.js';
import type { IpRange } from './general-names.js';

/**
 * A set of address ranges that finds the widest one which contains an address, with one look-up for each prefix length.
 */
export class IpTree {
  /** The ranges by the length of their mask and address, widest first. There are at most 162 combinations. */
  readonly #lengths: readonly RangesOfLength[];

  constructor(ranges: readonly IpRange[]) {
    const lengths = new Map<string, RangesOfLength & { readonly networks: Set<string> }>();
    for (const { address, mask } of ranges) {
      const bits = prefixLength(mask);
      const key = `${mask.length} ${bits}`;
      let group = lengths.get(key);
      if (group === undefined) lengths.set(key, (group = { mask, bits, networks: new Set() }));
      group.networks.add(masked(address, mask));
    }
    this.#lengths = [...lengths.values()].sort((a, b) => a.bits - b.bits);
  }

  /** Returns the range that contains `address` in CIDR notation, or null. */
  find(address: Buffer): string | null {
    for (const { mask, bits, networks } of this.#lengths) {
      if (mask.length !== address.length) continue;
      const network = masked(address, mask);
      if (networks.has(network)) return `${formatIpBytes(Buffer.from(network, 'latin1'))}/${bits}`;
    }
    return null;
  }
}

interface RangesOfLength {
  readonly mask: Buffer;
  readonly bits: number;
  readonly networks: ReadonlySet<string>;
}

function masked(address: Buffer, mask: Buffer): string {
  return Buffer.from(address.map((byte, index) => byte & (mask[index] ?? 0))).toString('latin1');
}

function prefixLength(mask: Buffer): number {
  return mask.reduce((bits, byte) => bits + byte.toString(2).replaceAll('0', '').length, 0);
}
