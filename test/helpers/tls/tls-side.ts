import type { TlsIdentity } from '../../../src/http/access/tls-identity.js';
import type { TlsSide } from '../../../src/http/listeners/tls-listener.js';
import type { Clock } from '../../../src/values/clock.js';
import { sharedIdentities } from './certificates.js';

/** What makes a listener one with TLS: localhost's certificate, HTTP/2, and nothing asked of clients. */
export async function localhostSide(clock: Clock): Promise<TlsSide> {
  const { localhost } = await sharedIdentities();
  const identity = {
    config: { clientAuth: 'none', cipherSuites: [], curves: [], minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' },
    pair: localhost,
    clientTrust: undefined,
  } as unknown as TlsIdentity;
  return { identity: async () => identity, http2: true, clock, onRefused: () => undefined };
}
