import { constants } from 'node:crypto';
import type { SecureContextOptions, TLSSocketOptions } from 'node:tls';
import type { TlsServerConfig } from '../../config/web-config.js';
import { toPem } from '../../net/tls/pem.js';
import type { TlsIdentity } from './tls-identity.js';

/**
 * The suites that can be configured, by Go's names; those of TLS 1.3 are always on. In the order of Go's preference.
 */
const OPENSSL_NAMES: Readonly<Record<TlsServerConfig['cipherSuites'][number], string>> = {
  TLS_AES_128_GCM_SHA256: '',
  TLS_AES_256_GCM_SHA384: '',
  TLS_CHACHA20_POLY1305_SHA256: '',
  TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256: 'ECDHE-ECDSA-AES128-GCM-SHA256',
  TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256: 'ECDHE-RSA-AES128-GCM-SHA256',
  TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384: 'ECDHE-ECDSA-AES256-GCM-SHA384',
  TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384: 'ECDHE-RSA-AES256-GCM-SHA384',
  TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-ECDSA-CHACHA20-POLY1305',
  TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256: 'ECDHE-RSA-CHACHA20-POLY1305',
  TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA: 'ECDHE-ECDSA-AES128-SHA',
  TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA: 'ECDHE-RSA-AES128-SHA',
  TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA: 'ECDHE-ECDSA-AES256-SHA',
  TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA: 'ECDHE-RSA-AES256-SHA',
};

const TLS13_SUITES = ['TLS_AES_128_GCM_SHA256', 'TLS_AES_256_GCM_SHA384', 'TLS_CHACHA20_POLY1305_SHA256'];

const OPENSSL_CURVES = { CurveP256: 'P-256', CurveP384: 'P-384', CurveP521: 'P-521', X25519: 'X25519' } as const;

/** The options of a TLS context, and those of the sockets that concern certificates of clients. */
type TlsOptions = SecureContextOptions & Pick<TLSSocketOptions, 'requestCert' | 'rejectUnauthorized'>;

/** The options of Node's TLS sockets for an identity. */
export function tlsOptions({ config, pair, clientTrust }: TlsIdentity): TlsOptions {
  const { clientAuth, curves } = config;
  // Every trusted certificate is an anchor, as in Go, also one that is no root.
  const options: TlsOptions & { allowPartialTrustChain: boolean } = {
    ...pair,
    ...ciphersAndVersions(config),
    honorCipherOrder: config.preferServerCipherSuites,
    ...(curves.length > 0 && { ecdhCurve: curves.map((curve) => OPENSSL_CURVES[curve]).join(':') }),
    requestCert: clientAuth !== 'none',
    // Makes OpenSSL refuse clients without a certificate with an alert; the rest is judged after the handshake.
    rejectUnauthorized: clientAuth === 'require-and-verify',
    ...(clientTrust !== undefined && { ca: clientTrust.ders.map(toPem) }),
    allowPartialTrustChain: true,
    // Nothing is renegotiated, as in Go: nobody would look at the certificates that a client shows then. A resumed
    // session does not show them again, so clients that have to show theirs make a whole handshake each time.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION | (clientAuth === 'none' ? 0 : constants.SSL_OP_NO_TICKET),
  };
  return options;
}

function ciphersAndVersions({ cipherSuites, minVersion, maxVersion }: TlsServerConfig): SecureContextOptions {
  const wanted = new Set<string>(cipherSuites);
  const older = Object.entries(OPENSSL_NAMES)
    .filter(([name, openssl]) => openssl !== '' && (wanted.size === 0 || wanted.has(name)))
    .map(([, openssl]) => openssl);
  // Without a suite for them, older versions cannot be spoken; OpenSSL wants that said.
  if (older.length === 0) return { minVersion: 'TLSv1.3', maxVersion, ciphers: TLS13_SUITES.join(':') };
  const level = `@SECLEVEL=${minVersion < 'TLSv1.2' ? 0 : 1}`;
  return { minVersion, maxVersion, ciphers: [...TLS13_SUITES, ...older, level].join(':') };
}
