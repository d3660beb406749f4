import { constants } from 'node:crypto';
import tls, { type SecureContext } from 'node:tls';
import type { Clock } from '../../values/clock.js';
import { PresentedChains } from './presented-chain.js';
import { loadSystemRoots, type RootPlaces } from './system-roots.js';
import { OFFERED_GROUPS, OFFERED_SIGNATURES, OFFERED_SUITES } from './tls-offer.js';
import type { TrustStore } from './trust-store.js';

/** The range of TLS versions that a secure context allows. */
export interface TlsVersions {
  readonly minVersion: tls.SecureVersion;
  readonly maxVersion: tls.SecureVersion;
}

/** The client certificate of a module. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** The clock, the known chains, the system's roots and the contexts that all TLS clients of the process share. */
export interface TlsPlatform {
  readonly clock: Clock;
  readonly chains: PresentedChains;
  /** The roots of the system, read when they are first asked for. */
  readonly systemRoots: () => Promise<TrustStore>;
  /** A context without a client certificate: one for all modules with these versions. */
  readonly plainContext: (versions: TlsVersions) => SecureContext;
}

/** The options of `createTlsPlatform`. */
export interface TlsPlatformOptions extends RootPlaces {
  readonly clock: Clock;
}

/** Makes the common part of all TLS clients; nothing is read yet. */
export function createTlsPlatform({ clock, ...places }: TlsPlatformOptions): TlsPlatform {
  const contexts = new Map<string, SecureContext>();
  let roots: Promise<TrustStore> | undefined;
  const systemRoots = (): Promise<TrustStore> => (roots ??= loadSystemRoots(places));
  return {
    clock,
    chains: new PresentedChains(),
    systemRoots,
    plainContext: (versions) => {
      const key = `${versions.minVersion} ${versions.maxVersion}`;
      let context = contexts.get(key);
      if (context === undefined) contexts.set(key, (context = createContext({ versions })));
      return context;
    },
  };
}

/** The parts that a context of OpenSSL is made of. */
export interface ContextParts {
  readonly versions: TlsVersions;
  readonly client?: ClientCertificate | undefined;
}

/**
 * Makes a secure context. It trusts nothing, since the verdict on certificates is ours: OpenSSL would only read the
 * authorities, which takes tens of milliseconds with all of the system's, and check signatures whose result nobody asks
 * for. Throws OpenSSL's errors.
 */
export function createContext({ versions, client }: ContextParts): SecureContext {
  return tls.createSecureContext({
    ...versions,
    ...client,
    ca: [],
    ecdhCurve: OFFERED_GROUPS,
    sigalgs: OFFERED_SIGNATURES,
    ciphers: `${OFFERED_SUITES}:@SECLEVEL=${versions.minVersion < 'TLSv1.2' ? 0 : 1}`,
    // Go also speaks to servers that do not know RFC 5746 (secure renegotiation). That is safe: nothing is ever
    // renegotiated, not even where a server asks for it, since nobody would look at its second chain. Nothing is
    // resumed either, so no ticket is asked for.
    secureOptions:
      constants.SSL_OP_LEGACY_SERVER_CONNECT | constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
  });
}
