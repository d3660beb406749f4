import { firstAddress } from '../../probe/policy/address-block.js';
import { asciiName } from '../../values/address/ascii-name.js';
import { parseIpAddress } from '../../values/address/ip-address.js';
import { atOnce, inSlices, type Steps } from '../../values/in-slices.js';

/** The destination of a request, as `no_proxy` matches it. */
export interface Destination {
  /** A name or an address, without brackets. */
  readonly host: string;
  readonly port: number;
}

/** Whether a destination is to be reached without the proxy. */
export type Bypass = (destination: Destination) => boolean;

/**
 * Compiles a NO_PROXY list by the rules of Go's httpproxy package: names with their subdomains (`.name`: subdomains
 * only), addresses, networks (`10.0.0.0/8`), each but the networks with an optional port, or `*`; entries that are none
 * of these match nothing. Loopback never takes a proxy.
 *
 * The host is matched as it stands in the URL: a name is not looked up, so an address or network in the list says
 * nothing about it. (Upstream puts the address into the URL first, so that there it is the names of the list that say
 * nothing.)
 */
export function compileNoProxy(list: string): Bypass {
  const entries = new NoProxyEntries();
  const steps = entries.take(list);
  // A list may have thousands of entries: the rest of it is read in turns, or when it is needed.
  void inSlices(steps);
  return (destination) => {
    atOnce(steps);
    return entries.has(destination);
  };
}

/** What the entries of a list mean, in tables: a look-up takes no longer where there are many. */
class NoProxyEntries {
  #isAll = false;
  /** Hosts with the port behind them, or without one for any. */
  readonly #hosts = new Set<string>();
  /** The same for names whose subdomains are meant. */
  readonly #parents = new Set<string>();
  #longestParent = 0;
  /** The first addresses of networks, by the lengths of their prefixes. */
  readonly #networks = { 4: new Map<number, Set<string>>(), 6: new Map<number, Set<string>>() };

  *take(list: string): Steps<void> {
    for (let at = 0; at <= list.length;) {
      yield;
      const comma = list.indexOf(',', at);
      const end = comma < 0 ? list.length : comma;
      this.#add(list.slice(at, end).trim().toLowerCase());
      at = end + 1;
    }
  }

  has({ host: written, port }: Destination): boolean {
    if (this.#isAll) return true;
    const address = parseIpAddress(written);
    if (address !== undefined) {
      const { family, bytes } = address;
      if (isLoopback(bytes)) return true;
      if (this.#isListed(this.#hosts, keyOf(bytes), port)) return true;
      return [...this.#networks[family]].some(([bits, firsts]) => firsts.has(keyOf(firstAddress(bytes, bits))));
    }
    const name = asciiName(written).toLowerCase();
    return name === 'localhost' || this.#isListed(this.#hosts, name, port) || this.#isBelow(name, port);
  }

  #isBelow(name: string, port: number): boolean {
    let dot = name.indexOf('.', Math.max(0, name.length - this.#longestParent - 1));
    for (; dot >= 0; dot = name.indexOf('.', dot + 1)) {
      if (this.#isListed(this.#parents, name.slice(dot + 1), port)) return true;
    }
    return false;
  }

  #isListed(hosts: ReadonlySet<string>, host: string, port: number): boolean {
    return hosts.has(withPort(host, '')) || hosts.has(withPort(host, String(port)));
  }

  #add(entry: string): void {
    if (entry === '*') this.#isAll = true;
    if (entry === '' || entry === '*' || this.#addNetwork(entry)) return;
    const { host, port } = splitPort(entry);
    if (host === '') return;
    const address = parseIpAddress(host);
    if (address === undefined) this.#addName(host, port);
    else this.#hosts.add(withPort(keyOf(address.bytes), port));
  }

  #addNetwork(entry: string): boolean {
    const [, text = '', prefix = ''] = NETWORK.exec(entry) ?? [];
    const address = text === '' ? undefined : parseIpAddress(text);
    const most = text.includes(':') ? 128 : 32;
    if (address === undefined || Number(prefix) > most) return false;
    const { family, bytes } = address;
    // Addresses of IPv4 in IPv6 count as those of IPv4, also those of a network.
    const bits = Math.max(0, Number(prefix) - (most - 8 * bytes.length));
    const key = keyOf(firstAddress(bytes, bits));
    const others = this.#networks[family].get(bits);
    if (others === undefined) this.#networks[family].set(bits, new Set([key]));
    else others.add(key);
    return true;
  }

  #addName(name: string, port: string): void {
    const bare = name.startsWith('*.') ? name.slice(1) : name;
    const subdomainsOnly = bare.startsWith('.');
    const parent = asciiName(subdomainsOnly ? bare.slice(1) : bare);
    this.#longestParent = Math.max(this.#longestParent, parent.length);
    this.#parents.add(withPort(parent, port));
    if (!subdomainsOnly) this.#hosts.add(withPort(parent, port));
  }
}

const NETWORK = /^([0-9a-f.:]+)\/(\d{1,3})$/;

/** No name and no key of an address has a slash in it. */
function withPort(host: string, port: string): string {
  return `${host}/${port}`;
}

/** An address as the key of a table, which no name is. */
function keyOf(bytes: Uint8Array): string {
  return `[${Buffer.from(bytes).toString('hex')}]`;
}

/** `host:port` or `[v6]:port`; everything else is a host without a port. */
function splitPort(entry: string): { host: string; port: string } {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(entry) ?? [];
  return { host: bracketed ?? plain ?? entry, port };
}

function isLoopback(bytes: Uint8Array): boolean {
  return bytes.length === 4 ? bytes[0] === 127 : bytes.every((byte, at) => byte === (at === 15 ? 1 : 0));
}
