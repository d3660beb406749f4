import net from 'node:net';
import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import { ConfigError } from '../../values/config-error.js';
import { parseGoDuration } from '../../values/duration.js';
import type { RawIcmp } from '../../values/raw-config.js';

/** The options of an icmp module, compiled. */
export interface IcmpOptions {
  readonly addresses: AddressPolicy;
  /** "" for any. Whether it is an address of this machine shows when the socket is opened. */
  readonly source: string;
  /** 0 leaves the system's default. */
  readonly ttl: number;
  readonly dontFragment: boolean;
  /** The payload of every request; undefined if it is larger than any packet. */
  readonly data: Uint8Array | undefined;
  /** The number of requests that are sent. */
  readonly count: number;
  readonly intervalSeconds: number;
  /** The probe succeeds with this many replies. */
  readonly minReplies: number;
}

/** Upstream's payload, which payload_size cuts or pads. */
const DEFAULT_DATA = Buffer.from('Prometheus Blackbox Exporter', 'latin1');

/** The largest payload: the largest IPv4 packet without its header and that of ICMP. */
const LARGEST_DATA_BYTES = 65_535 - 20 - 8;

/** Compiles the `icmp:` block of a module; throws ConfigError. */
export function compileIcmpOptions(raw: RawIcmp): IcmpOptions {
  const { count, min_replies: minReplies } = raw;
  if (minReplies > count) {
    throw new ConfigError(`"min_replies" (${minReplies}) cannot exceed "count" (${count})`, ['min_replies']);
  }
  const intervalSeconds = parseGoDuration(raw.interval);
  if (intervalSeconds < 0) throw new ConfigError('"interval" cannot be negative', ['interval']);
  return {
    addresses: addressPolicy(raw),
    source: raw.source_ip_address,
    ttl: raw.ttl,
    dontFragment: raw.dont_fragment,
    data: dataOf(raw.payload_size),
    count,
    intervalSeconds,
    minReplies,
  };
}

function dataOf(size: number): Uint8Array | undefined {
  if (size === 0) return DEFAULT_DATA;
  if (size < 0 || size > LARGEST_DATA_BYTES) return undefined;
  const data = Buffer.alloc(size);
  DEFAULT_DATA.copy(data);
  return data;
}

/** The family of the source address; undefined if the text is no address. */
export function familyOfSource(source: string): 4 | 6 | undefined {
  const family = net.isIP(source);
  return family === 4 || family === 6 ? family : undefined;
}
