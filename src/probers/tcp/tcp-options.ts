import net from 'node:net';
import type { AddressPolicy } from '../../net/resolve-target.js';
import { compileStreamOptions } from '../query-response/stream-session.js';
import type { StreamOptions, StreamSurroundings } from '../query-response/stream-session.js';
import type { RawTcp } from '../../values/raw-config.js';

/** The address to connect from, or a text that is none: upstream finds out only when it probes. */
export type SourceAddress = { readonly address: string; readonly family: 4 | 6 } | { readonly invalid: string };

export interface TcpOptions extends StreamOptions {
  readonly addresses: AddressPolicy;
  /** Undefined where the system chooses. */
  readonly source: SourceAddress | undefined;
}

/** Compiles the `tcp:` block of a module; throws ConfigError. */
export function compileTcpOptions(raw: RawTcp, surroundings: StreamSurroundings): TcpOptions {
  return {
    ...compileStreamOptions(raw, surroundings),
    addresses: {
      preferred: raw.preferred_ip_protocol === '' || raw.preferred_ip_protocol === 'ip6' ? 'ip6' : 'ip4',
      fallback: raw.ip_protocol_fallback,
    },
    source: raw.source_ip_address === '' ? undefined : compileSource(raw.source_ip_address),
  };
}

function compileSource(address: string): SourceAddress {
  const family = net.isIP(address);
  return family === 4 || family === 6 ? { address, family } : { invalid: address };
}
