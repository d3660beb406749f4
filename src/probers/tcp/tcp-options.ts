import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import { compileSource, type SourceAddress } from '../../net/source-address.js';
import type { RawTcp } from '../../values/raw-config.js';
import { compileStreamOptions, type StreamOptions, type StreamSurroundings } from '../query-response/stream-session.js';

export interface TcpOptions extends StreamOptions {
  readonly addresses: AddressPolicy;
  /** Undefined where the system chooses. */
  readonly source: SourceAddress | undefined;
}

/** Compiles the `tcp:` block of a module; throws ConfigError. */
export function compileTcpOptions(raw: RawTcp, surroundings: StreamSurroundings): TcpOptions {
  return {
    ...compileStreamOptions(raw, surroundings),
    addresses: addressPolicy(raw),
    source: compileSource(raw.source_ip_address),
  };
}
