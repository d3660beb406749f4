import { type AddressPolicy, addressPolicy } from '../../net/resolve/resolve-target.js';
import type { TlsClient } from '../../net/tls/tls-client.js';
import type { RawGrpc, RawTlsConfig } from '../../values/raw-config.js';
import { compileGrpcMetadata, type GrpcMetadata } from './grpc-metadata.js';
import { encodeHealthRequest } from './health-message.js';

/** The options of a grpc module. */
export interface GrpcOptions {
  /** The encoded HealthCheckRequest. */
  readonly message: Uint8Array;
  readonly metadata: GrpcMetadata;
  readonly withTls: boolean;
  /** The TLS client. Its files are read even if TLS is off, as in upstream: a module with broken files fails. */
  readonly tls: TlsClient;
  readonly addresses: AddressPolicy;
  /** The `:authority` of the request; undefined means that the target or the TLS name gives it. */
  readonly authority: string | undefined;
  readonly userAgent: string;
}

/** The dependencies of compiling a grpc module. */
export interface GrpcDeps {
  readonly userAgent: string;
  readonly compileTls: (raw: RawTlsConfig) => TlsClient;
}

/** Compiles the `grpc:` block of a module. Throws ConfigError. */
export function compileGrpcOptions(raw: RawGrpc, { userAgent, compileTls }: GrpcDeps): GrpcOptions {
  return {
    message: encodeHealthRequest(raw.service),
    metadata: compileGrpcMetadata(raw.metadata),
    withTls: raw.tls,
    tls: compileTls(raw.tls_config),
    addresses: addressPolicy(raw),
    authority: raw.authority === '' ? undefined : raw.authority,
    userAgent,
  };
}
