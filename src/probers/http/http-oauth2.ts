import type { ConnectionOptions } from 'node:tls';
import type { Secret } from '../../values/secret.js';

/** Compiles a tls_config; the function it gives reads the files and makes what tls.connect needs, at each token request. */
export type ReadTls<RawTls> = (raw: RawTls) => (signal: AbortSignal) => Promise<ConnectionOptions>;

export interface AccessToken {
  /** The scheme for the Authorization header: `Bearer`, unless the server named another. */
  readonly type: string;
  readonly token: Secret;
}

export interface Oauth2Client {
  /** Asks for a new token, by the deadline of `signal`; rejects with a ProbeFailure of the phase auth (or setup, for unreadable files). */
  readonly token: (signal: AbortSignal) => Promise<AccessToken>;
}

export interface RawOauth2Keys<RawTls> {
  readonly client_id?: string;
  readonly token_url?: string;
  readonly tls_config?: RawTls | null;
}

export interface Oauth2Surroundings<RawTls> {
  /** The probe's own User-Agent. */
  readonly userAgent: string;
  readonly readTls: ReadTls<RawTls>;
  /** The environment, for proxy_from_environment. */
  readonly env: Readonly<Record<string, string | undefined>>;
}

export function compileOauth2<RawTls>(
  _raw: RawOauth2Keys<RawTls>,
  _surroundings: Oauth2Surroundings<RawTls>,
): Oauth2Client {
  throw new Error('not built yet');
}
