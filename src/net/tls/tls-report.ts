import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { earliestCertificateExpiry } from '../../probe/certificate-expiry.js';
import type { TlsFacts } from './certificate-facts.js';

const lastChainExpiry = gauge(
  'probe_ssl_last_chain_expiry_timestamp_seconds',
  'Returns last SSL chain expiry in timestamp',
);
const lastChainInfo = gauge('probe_ssl_last_chain_info', 'Contains SSL leaf certificate information', [
  'fingerprint_sha256',
  'issuer',
  'serialnumber',
  'subject',
  'subjectalternative',
]);
const versionInfo = gauge('probe_tls_version_info', 'Returns the TLS version used or NaN when unknown', ['version']);
const cipherInfo = gauge('probe_tls_cipher_info', 'Returns the TLS cipher negotiated during handshake', ['cipher']);
const verified = gauge('probe_ssl_verified', 'Indicates if the certificate chain and the name of the server verified');

/**
 * The longest label value that a certificate gives, in characters. Certificates with thousands of names are honest, and
 * there is one series a probe; upstream has no limit.
 */
export const LONGEST_CERTIFICATE_LABEL = 256 * 1024;

/** The facts that the gauges show. */
export type ReportedTls = Omit<TlsFacts, 'chain' | 'refusal'>;

/** The TLS metrics that are left out. */
export interface TlsReportOptions {
  /** The tcp and unix probers say nothing about the cipher. */
  readonly withoutCipher?: true;
}

/**
 * Sets the TLS gauges. `probe_ssl_last_chain_expiry_timestamp_seconds` is left out where no chain verified: there is
 * nothing to say.
 */
export function reportTls(metrics: MetricSet, facts: ReportedTls, options: TlsReportOptions = {}): void {
  const { leaf } = facts;
  metrics.set(earliestCertificateExpiry, facts.earliestExpirySeconds);
  if (facts.lastChainExpirySeconds !== undefined) metrics.set(lastChainExpiry, facts.lastChainExpirySeconds);
  metrics.setWith(
    lastChainInfo,
    {
      fingerprint_sha256: leaf.fingerprintSha256,
      issuer: leaf.issuer,
      serialnumber: leaf.serialNumber,
      subject: leaf.subject,
      subjectalternative: leaf.subjectAlternative,
    },
    1,
    LONGEST_CERTIFICATE_LABEL,
  );
  metrics.setWith(versionInfo, { version: facts.version }, 1);
  if (options.withoutCipher !== true) metrics.setWith(cipherInfo, { cipher: facts.cipher }, 1);
  metrics.set(verified, facts.verified ? 1 : 0);
}
