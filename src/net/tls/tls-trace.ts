import type { ProbeNotes } from '../../probe/report/probe-notes.js';
import type { CertificateReport, TlsReport } from '../../probe/report/probe-report.js';
import { shownControls } from '../../probe/report/shown-excerpt.js';
import { formatIpBytes } from '../../values/address/ip-address.js';
import { atOnce } from '../../values/in-slices.js';
import type { Certificate } from '../x509/certificate.js';
import { formatDistinguishedName } from '../x509/distinguished-name.js';
import type { TlsFacts } from './certificate-facts.js';

const MOST_CERTIFICATES = 10;
const MOST_NAMES = 20;
/** The longest name that is shown whole, in characters. */
const LONGEST_NAME = 256;

const LONGEST_DER_BYTES = 2048;

const SECONDS_A_DAY = 86_400;

/** Adds the handshake to the report of a probe, if there is to be one. */
export function noteTls(facts: TlsFacts, serverName: string, notes: ProbeNotes): void {
  notes.shows((nowSeconds) => traceTls(facts, serverName, nowSeconds));
}

/** The part of a report that describes a handshake; `nowSeconds` is Unix time. */
function traceTls(facts: TlsFacts, serverName: string, nowSeconds: number): TlsReport {
  const { chain, refusal, negotiatedProtocol, version, cipher, verified } = facts;
  const certificates = [chain.leaf, ...chain.others].slice(0, MOST_CERTIFICATES);
  const culprit = refusal === undefined ? -1 : culpritOf(facts, certificates.length);
  return {
    serverName: shownName(serverName),
    version,
    cipher,
    ...(negotiatedProtocol !== undefined && { applicationProtocol: shownName(negotiatedProtocol) }),
    verified,
    ...(refusal !== undefined && { problem: shownName(refusal.message, 2 * LONGEST_NAME) }),
    certificates: certificates.map((certificate, index) => {
      const particular = index === culprit ? particularProblem(facts, certificate, serverName) : undefined;
      return certificateReport(certificate, nowSeconds, particular);
    }),
  };
}

/**
 * The index of the certificate that a refusal is about, unless its dates tell: the last one where no issuer leads on to
 * an authority, else the server's own.
 */
function culpritOf({ refusal }: TlsFacts, count: number): number {
  const isAboutEnd = refusal?.reason === 'tls_unknown_authority' || refusal?.reason === 'tls_self_signed';
  return isAboutEnd ? count - 1 : 0;
}

function particularProblem({ refusal }: TlsFacts, certificate: Certificate, serverName: string): string | undefined {
  switch (refusal?.reason) {
    case 'tls_name_mismatch':
      return `is not for ${shownName(serverName)}`;
    case 'tls_self_signed':
      return 'is self-signed, and nobody here trusts it';
    case 'tls_unknown_authority':
      return certificate.issuer.equals(certificate.subject)
        ? 'is a root that nobody here trusts'
        : 'comes from an issuer that was neither sent nor is trusted here: an intermediate certificate is missing, or a root is not known';
    case undefined:
    case 'tls_certificate_expired':
    case 'tls_certificate_not_yet_valid':
      return undefined;
    default:
      return 'is not acceptable, see the reason';
  }
}

function certificateReport(
  certificate: Certificate,
  nowSeconds: number,
  particular: string | undefined,
): CertificateReport {
  const { subject, issuer, notBeforeSeconds, notAfterSeconds } = certificate;
  const daysLeft = Math.floor((notAfterSeconds - nowSeconds) / SECONDS_A_DAY);
  const problems = [
    ...(notAfterSeconds < nowSeconds ? [`expired ${daysAgo(nowSeconds - notAfterSeconds)}`] : []),
    ...(notBeforeSeconds > nowSeconds ? [`is not valid before ${timeText(notBeforeSeconds)}`] : []),
    ...(particular === undefined ? [] : [particular]),
  ];
  return {
    subject: distinguishedName(subject),
    issuer: distinguishedName(issuer),
    ...namesOf(certificate),
    notBefore: timeText(notBeforeSeconds),
    notAfter: timeText(notAfterSeconds),
    daysLeft,
    problems,
  };
}

function daysAgo(seconds: number): string {
  const days = Math.floor(seconds / SECONDS_A_DAY);
  if (days === 0) return 'less than a day ago';
  return days === 1 ? '1 day ago' : `${days} days ago`;
}

function namesOf({ alternativeNames }: Certificate): Pick<CertificateReport, 'names' | 'moreNames'> {
  if (alternativeNames === undefined) return { names: [] };
  const { dnsNames, ipAddresses } = alternativeNames;
  const addresses = ipAddresses.slice(0, MOST_NAMES).map(formatIpBytes);
  const names = [...dnsNames.slice(0, MOST_NAMES).map((name) => shownName(name)), ...addresses].slice(0, MOST_NAMES);
  const more = dnsNames.length + ipAddresses.length - names.length;
  return { names, ...(more > 0 && { moreNames: more }) };
}

/** Writes a name out, unless it is longer than any that people give: that would take too long. */
function distinguishedName(der: Buffer): string {
  if (der.length > LONGEST_DER_BYTES) return `(a name of ${der.length} bytes)`;
  return shownName(atOnce(formatDistinguishedName(der)));
}

function shownName(name: string, most: number = LONGEST_NAME): string {
  return shownControls(name.length > most ? `${name.slice(0, most)}…` : name);
}

/** The years that a date of X.509 can have are those that a Date can have. */
function timeText(seconds: number): string {
  return new Date(seconds * 1000).toISOString().replace('.000', '');
}
