import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import { compileSource, type SourceAddress } from '../../net/source-address.js';
import type { RawTcp } from '../../values/raw-config.js';
import { compileStreamOptions, type StreamDeps, type StreamOptions } from '../query-response/stream-session.js';

/** The options of a tcp module, compiled. */
export interface TcpOptions extends StreamOptions {
  readonly addresses: AddressPolicy;
  /** Undefined where the system chooses. */
  readonly source: SourceAddress | undefined;
}

/** Compiles the `tcp:` block of a module; throws ConfigError. */
export function compileTcpOptions(raw: RawTcp, deps: StreamDeps): TcpOptions {
  return {
    ...compileStreamOptions(raw, deps),
    addresses: addressPolicy(raw),
    source: compileSource(raw.source_ip_address),
  };
}
