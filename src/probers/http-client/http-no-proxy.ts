import net from 'node:net';
import { asciiName } from '../../values/address/ascii-name.js';

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
  const entries = list.split(',').map((entry) => entry.trim().toLowerCase());
  if (entries.includes('*')) return () => true;
  const matchers = entries.map(compileEntry).filter((matcher) => matcher !== undefined);
  return ({ host: written, port }) => {
    const address = addressOf(written);
    const host = (address ?? asciiName(written)).toLowerCase();
    if (host === 'localhost' || (address !== undefined && isLoopback(address))) return true;
    return matchers.some((matches) => matches({ host, address, port: String(port) }));
  };
}

interface Candidate {
  readonly host: string;
  /** The host, if it is an address. */
  readonly address: string | undefined;
  readonly port: string;
}

type Matcher = (candidate: Candidate) => boolean;

function compileEntry(entry: string): Matcher | undefined {
  if (entry === '') return undefined;
  const network = parseNetwork(entry);
  if (network !== undefined) {
    return ({ address }) => address !== undefined && network.check(address, familyOf(address));
  }
  const { host, port } = splitPort(entry);
  if (host === '') return undefined;
  const matchesPort = (candidate: Candidate): boolean => port === '' || port === candidate.port;
  const address = addressOf(host);
  if (address !== undefined) {
    const same = new net.BlockList();
    same.addAddress(address, familyOf(address));
    return (candidate) =>
      candidate.address !== undefined &&
      same.check(candidate.address, familyOf(candidate.address)) &&
      matchesPort(candidate);
  }
  return compileName(host, matchesPort);
}

function compileName(name: string, matchesPort: Matcher): Matcher {
  const bare = name.startsWith('*.') ? name.slice(1) : name;
  const subdomainsOnly = bare.startsWith('.');
  const suffix = `.${asciiName(subdomainsOnly ? bare.slice(1) : bare)}`;
  return (candidate) =>
    (candidate.host.endsWith(suffix) || (!subdomainsOnly && candidate.host === suffix.slice(1))) &&
    matchesPort(candidate);
}

function parseNetwork(entry: string): net.BlockList | undefined {
  const [, address = '', bits = ''] = /^([0-9a-f.:]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = net.isIP(address);
  if (family === 0 || Number(bits) > (family === 4 ? 32 : 128)) return undefined;
  const network = new net.BlockList();
  network.addSubnet(address, Number(bits), family === 4 ? 'ipv4' : 'ipv6');
  return network;
}

/** `host:port` or `[v6]:port`; everything else is a host without a port. */
function splitPort(entry: string): { host: string; port: string } {
  const [, bracketed, plain, port = ''] = /^(?:\[([^\]]*)\]|([^:]*)):([^:]*)$/.exec(entry) ?? [];
  return { host: bracketed ?? plain ?? entry, port };
}

/** An address without its zone, IPv4 in IPv6 as IPv4; undefined for a name. */
function addressOf(host: string): string | undefined {
  const [address = ''] = host.split('%', 1);
  if (net.isIP(address) === 0) return undefined;
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return net.isIPv4(address) ? 'ipv4' : 'ipv6';
}

const LOOPBACK = new net.BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

function isLoopback(address: string): boolean {
  return LOOPBACK.check(address, familyOf(address));
}
