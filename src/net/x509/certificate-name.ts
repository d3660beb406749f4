import { formatIpBytes, parseIpAddress } from '../../values/address/ip-address.js';
import type { Steps } from '../../values/in-slices.js';
import type { Certificate } from './certificate.js';
import { commonNameOf } from './distinguished-name.js';
import { toLowerAscii } from './domain.js';

/** Beyond this many names a message counts them only, as Go's does. */
const MOST_NAMES_IN_MESSAGE = 100;
/** Names compared in one step, which takes well below a millisecond. */
const NAMES_A_STEP = 512;

/**
 * Why `certificate` is not for `host`, in the words of Go's x509.HostnameError; undefined if it is. Only the
 * alternative names count (RFC 6125): for an address those of type iPAddress, for a name those of type dNSName, with
 * `*` for a whole first label. Yields within long lists.
 */
export function* nameMismatch(certificate: Certificate, host: string): Steps<string | undefined> {
  const address = parseIpAddress(host.replace(/^\[(.+)\]$/s, '$1'));
  const { dnsNames = [], ipAddresses = [] } = certificate.alternativeNames ?? {};
  if (address !== undefined) {
    if (yield* someOf(ipAddresses, (each) => sameAddress(each, address.bytes))) return undefined;
    return addressMismatch(certificate, address.text);
  }
  const wanted = new WantedHost(host);
  if (yield* someOf(dnsNames, (pattern) => wanted.isMatchedBy(pattern))) return undefined;
  if (reliesOnCommonName(certificate, host)) return LEGACY_COMMON_NAME;
  if (dnsNames.length >= MOST_NAMES_IN_MESSAGE) {
    return `x509: certificate is valid for ${dnsNames.length} names, but none matched ${host}`;
  }
  return mismatch(dnsNames.join(', '), host);
}

function* someOf<T>(names: readonly T[], matches: (name: T) => boolean): Steps<boolean> {
  for (const [index, name] of names.entries()) {
    if (matches(name)) return true;
    if (index % NAMES_A_STEP === NAMES_A_STEP - 1) yield;
  }
  return false;
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
  return (
    certificate.alternativeNames === undefined &&
    new WantedHost(host).isMatchedByLabels(commonNameOf(certificate.subject))
  );
}

/** An IPv4-mapped address is the IPv4 address. */
function sameAddress(bytes: Buffer, wanted: Uint8Array): boolean {
  return Buffer.compare(parseIpAddress(formatIpBytes(bytes))?.bytes ?? bytes, wanted) === 0;
}

/** A host in the forms in which tens of thousands of patterns are compared with it. */
class WantedHost {
  readonly #host: string;
  /** Without the final dot. */
  readonly #name: string;
  /** The name from the first dot on; undefined if there is none, or nothing before it. */
  readonly #parent: string | undefined;
  readonly #isName: boolean;

  constructor(host: string) {
    this.#host = toLowerAscii(host);
    this.#name = this.#host.replace(/\.$/, '');
    const dot = this.#name.indexOf('.');
    this.#parent = dot > 0 ? this.#name.slice(dot) : undefined;
    this.#isName = isHostName(host, 'name');
  }

  isMatchedBy(pattern: string): boolean {
    // Almost none has the length that is needed.
    const { length } = pattern;
    const isCandidate = length === this.#host.length || length === this.#name.length || pattern.startsWith('*.');
    if (!isCandidate) return false;
    const offered = toLowerAscii(pattern);
    const isSame = offered === this.#host || offered === this.#name;
    if (!isSame && !this.#isWildcardFor(offered)) return false;
    if (this.#isName && isHostName(pattern, 'pattern')) return this.isMatchedByLabels(pattern);
    // Something odd on either side still matches itself.
    return offered === this.#host && offered !== '' && offered !== '.';
  }

  /** Label by label, whether the pattern is a name or not. */
  isMatchedByLabels(pattern: string): boolean {
    const offered = toLowerAscii(pattern);
    if (offered === '' || this.#name === '') return false;
    return offered.startsWith('*.') ? this.#isWildcardFor(offered) : offered === this.#name;
  }

  #isWildcardFor(offered: string): boolean {
    return offered.startsWith('*.') && this.#parent !== undefined && offered.slice(1) === this.#parent;
  }
}

function isHostName(text: string, kind: 'name' | 'pattern'): boolean {
  const labels = (kind === 'name' ? text.replace(/\.$/, '') : text).split('.');
  if (text === '*') return false;
  return labels.every(
    (label, index) => (kind === 'pattern' && index === 0 && label === '*') || /^[a-z0-9_][a-z0-9_-]*$/i.test(label),
  );
}
