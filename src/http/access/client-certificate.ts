import type { TLSSocket } from 'node:tls';
import type { TlsServerConfig } from '../../config/web-config.js';
import { tlsOf } from '../../net/tls/native-streams.js';
import { readCertificate } from '../../net/x509/certificate.js';
import { DerError } from '../../net/x509/der-reader.js';
import { formatIpBytes } from '../../values/address/ip-address.js';

/** Says why a client's certificate, or its absence, is refused, in Go's words; undefined if the client is admitted. */
export function clientProblem(socket: TLSSocket, { clientAuth, allowedNames }: TlsServerConfig): string | undefined {
  if (clientAuth === 'none') return undefined;
  // Node gives an empty object where there is no certificate.
  const { raw } = socket.getPeerCertificate() as { readonly raw?: Buffer };
  if (raw === undefined) {
    const isRequired = clientAuth === 'require' || clientAuth === 'require-and-verify';
    return isRequired ? "tls: client didn't provide a certificate" : undefined;
  }
  const isVerified = clientAuth === 'verify-if-given' || clientAuth === 'require-and-verify';
  const secured = tlsOf(socket);
  if (secured === null) return 'tls: the connection was closed';
  const verifyError = isVerified ? secured.verifyError() : undefined;
  if (verifyError) return `tls: failed to verify certificate: ${verifyError.code}`;
  if (allowedNames === undefined || namesOf(raw).some((name) => allowedNames.has(name))) return undefined;
  return 'could not find allowed SANs in client cert';
}

/**
 * All alternative names as text: DNS names, mail addresses, IP addresses, URIs. None for a certificate that cannot be
 * read.
 */
function namesOf(der: Buffer): readonly string[] {
  try {
    const names = readCertificate(der).alternativeNames;
    if (names === undefined) return [];
    return [...names.dnsNames, ...names.mailAddresses, ...names.ipAddresses.map(formatIpBytes), ...names.uris];
  } catch (error) {
    if (error instanceof DerError) return [];
    throw error;
  }
}
