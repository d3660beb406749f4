import type { Certificate } from './certificate.js';
import { commonNameOf } from './distinguished-name.js';
import { formatIpBytes, parseIpAddress } from './ip-address.js';

/** Beyond this many names a message counts them only, as Go's does. */
const MOST_NAMES_IN_MESSAGE = 100;

/**
 * Why `certificate` is not for `host`, in the words of Go's x509.HostnameError; undefined if it is. Only the alternative names count
 * (RFC 6125): for an address those of type iPAddress, for a name those of type dNSName, with `*` for a whole first label.
 */
export function nameMismatch(certificate: Certificate, host: string): string | undefined {
  const address = parseIpAddress(host.replace(/^\[(.+)\]$/s, '$1'));
  const { dnsNames = [], ipAddresses = [] } = certificate.alternativeNames ?? {};
  if (address !== undefined) {
    if (ipAddresses.some((each) => sameAddress(each, address.bytes))) return undefined;
    return addressMismatch(certificate, address.text);
  }
  if (dnsNames.some((pattern) => matches(pattern, host))) return undefined;
  if (reliesOnCommonName(certificate, host)) return LEGACY_COMMON_NAME;
  if (dnsNames.length >= MOST_NAMES_IN_MESSAGE) {
    return `x509: certificate is valid for ${dnsNames.length} names, but none matched ${host}`;
  }
  return mismatch(dnsNames.join(', '), host);
}

const LEGACY_COMMON_NAME = 'x509: certificate relies on legacy Common Name field, use SANs instead';

function addressMismatch(certificate: Certificate, host: string): string {
  const { ipAddresses = [] } = certificate.alternativeNames ?? {};
  if (reliesOnCommonName(certificate, host)) return LEGACY_COMMON_NAME;
  if (ipAddresses.length === 0) {
    return `x509: cannot validate certificate for ${host} because it doesn't contain any IP SANs`;
  }
  if (ipAddresses.length >= MOST_NAMES_IN_MESSAGE) {
    return `x509: certificate is valid for ${ipAddresses.length} IP SANs, but none matched ${host}`;
  }
  return mismatch(ipAddresses.map(formatIpBytes).join(', '), host);
}

function mismatch(valid: string, host: string): string {
  if (valid === '') return `x509: certificate is not valid for any names, but wanted to match ${host}`;
  return `x509: certificate is valid for ${valid}, not ${host}`;
}

function reliesOnCommonName(certificate: Certificate, host: string): boolean {
  return certificate.alternativeNames === undefined && matchesByLabel(commonNameOf(certificate.subject), host);
}

/** An IPv4-mapped address is the IPv4 address. */
function sameAddress(bytes: Buffer, wanted: Uint8Array): boolean {
  return Buffer.compare(parseIpAddress(formatIpBytes(bytes))?.bytes ?? bytes, wanted) === 0;
}

function matches(pattern: string, host: string): boolean {
  if (isHostName(host, 'name') && isHostName(pattern, 'pattern')) return matchesByLabel(pattern, host);
  // Something odd on either side still matches itself.
  const odd = (text: string): boolean => text === '' || text === '.';
  return !odd(pattern) && !odd(host) && pattern.toLowerCase() === host.toLowerCase();
}

function matchesByLabel(pattern: string, host: string): boolean {
  const wanted = host.toLowerCase().replace(/\.$/, '');
  const offered = pattern.toLowerCase();
  if (offered === '' || wanted === '') return false;
  if (!offered.startsWith('*.')) return offered === wanted;
  const dot = wanted.indexOf('.');
  return dot > 0 && wanted.slice(dot) === offered.slice(1);
}

function isHostName(text: string, kind: 'name' | 'pattern'): boolean {
  const labels = (kind === 'name' ? text.replace(/\.$/, '') : text).split('.');
  if (text === '*') return false;
  return labels.every(
    (label, index) => (kind === 'pattern' && index === 0 && label === '*') || /^[a-z0-9_][a-z0-9_-]*$/i.test(label),
  );
}
