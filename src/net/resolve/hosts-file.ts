import { parseIpAddress } from '../../values/address/ip-address.js';

/** Addresses by name in lower case, in the order of the file, all lines. */
export type HostsTable = ReadonlyMap<string, readonly { readonly family: 4 | 6; readonly text: string }[]>;

/** Reads the format of /etc/hosts (hosts(5)); lines that do not begin with an address are skipped. */
export function parseHosts(text: string): HostsTable {
  const table = new Map<string, { family: 4 | 6; text: string }[]>();
  for (const line of text.split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const parsed = parseIpAddress(address);
    if (parsed === undefined) continue;
    for (const name of names) {
      const key = hostsKey(name);
      const known = table.get(key) ?? [];
      known.push({ family: parsed.family, text: parsed.text });
      table.set(key, known);
    }
  }
  return table;
}

/** The key of a name in a HostsTable: letter case and a final dot do not matter. */
export function hostsKey(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}
