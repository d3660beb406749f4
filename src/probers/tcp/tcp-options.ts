import type { AddressPolicy } from '../../net/resolve/resolve-target.js';
import { compileStreamOptions } from '../query-response/stream-session.js';
import type { StreamOptions, StreamSurroundings } from '../query-response/stream-session.js';
import type { RawTcp } from '../../values/raw-config.js';
import { addressPolicy } from '../../net/resolve/resolve-target.js';
import { compileSource } from '../../net/source-address.js';
import type { SourceAddress } from '../../net/source-address.js';

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
