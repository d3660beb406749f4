import type { FailureReason } from '../probe/failure.js';
import type { Certificate } from './certificate.js';
import { nameMismatch } from './certificate-name.js';
import type { PresentedChain } from './presented-chain.js';

/** The judgement on the server's certificate; the message is in Go's words. */
export type Verification =
  { readonly ok: true } | { readonly ok: false; readonly reason: FailureReason; readonly message: string };

export interface VerdictInput {
  readonly chain: PresentedChain;
  readonly serverName: string;
  /** OpenSSL's error code, such as CERT_HAS_EXPIRED; undefined if it found nothing wrong with the chain. */
  readonly opensslCode: string | undefined;
  readonly nowSeconds: number;
}

interface Complaint {
  readonly reason: FailureReason;
  readonly text: string;
}

const UNKNOWN_AUTHORITY = 'x509: certificate signed by unknown authority';

const COMPLAINTS: Readonly<Record<string, Complaint>> = {
  SELF_SIGNED_CERT_IN_CHAIN: { reason: 'tls_self_signed', text: UNKNOWN_AUTHORITY },
  DEPTH_ZERO_SELF_SIGNED_CERT: { reason: 'tls_self_signed', text: UNKNOWN_AUTHORITY },
  UNABLE_TO_GET_ISSUER_CERT: { reason: 'tls_unknown_authority', text: UNKNOWN_AUTHORITY },
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { reason: 'tls_unknown_authority', text: UNKNOWN_AUTHORITY },
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: { reason: 'tls_unknown_authority', text: UNKNOWN_AUTHORITY },
  CERT_UNTRUSTED: { reason: 'tls_unknown_authority', text: UNKNOWN_AUTHORITY },
  CERT_SIGNATURE_FAILURE: { reason: 'tls_unknown_authority', text: UNKNOWN_AUTHORITY },
  INVALID_PURPOSE: {
    reason: 'tls_certificate_invalid',
    text: 'x509: certificate specifies an incompatible key usage',
  },
  PATH_LENGTH_EXCEEDED: {
    reason: 'tls_certificate_invalid',
    text: 'x509: too many intermediates for path length constraint',
  },
};

/** OpenSSL looks at the time last, so these codes hide any other. */
const TIME_CODES: ReadonlySet<string | undefined> = new Set(['CERT_HAS_EXPIRED', 'CERT_NOT_YET_VALID']);

/**
 * Judges a certificate in the order of Go's verifier: the time of the leaf, its names, then its chain, which is OpenSSL's judgement.
 * Nothing that OpenSSL finds wrong is ever accepted here.
 */
export function judgeCertificate({ chain, serverName, opensslCode, nowSeconds }: VerdictInput): Verification {
  const { leaf } = chain;
  const complaint =
    (TIME_CODES.has(opensslCode) ? timeComplaint(leaf, nowSeconds) : undefined) ??
    nameComplaint(leaf, serverName) ??
    (opensslCode === undefined ? undefined : chainComplaint(opensslCode, chain, nowSeconds));
  if (complaint === undefined) return { ok: true };
  return { ok: false, reason: complaint.reason, message: `tls: failed to verify certificate: ${complaint.text}` };
}

function nameComplaint(leaf: Certificate, serverName: string): Complaint | undefined {
  const text = nameMismatch(leaf, serverName);
  return text === undefined ? undefined : { reason: 'tls_name_mismatch', text };
}

function chainComplaint(code: string, { leaf, others }: PresentedChain, nowSeconds: number): Complaint {
  if (TIME_CODES.has(code)) {
    const found = [leaf, ...others].map((each) => timeComplaint(each, nowSeconds)).find(Boolean);
    // The one in question may be a trusted one, which was not sent.
    const reason = code === 'CERT_HAS_EXPIRED' ? 'tls_certificate_expired' : 'tls_certificate_not_yet_valid';
    return found ?? { reason, text: 'x509: certificate has expired or is not yet valid: ' };
  }
  const words = code.toLowerCase().replaceAll('_', ' ');
  return COMPLAINTS[code] ?? { reason: 'tls_certificate_invalid', text: `x509: ${words}` };
}

function timeComplaint({ notBeforeSeconds, notAfterSeconds }: Certificate, nowSeconds: number): Complaint | undefined {
  const text = `x509: certificate has expired or is not yet valid: current time ${rfc3339(nowSeconds)} is`;
  if (nowSeconds < notBeforeSeconds) {
    return { reason: 'tls_certificate_not_yet_valid', text: `${text} before ${rfc3339(notBeforeSeconds)}` };
  }
  if (nowSeconds > notAfterSeconds) {
    return { reason: 'tls_certificate_expired', text: `${text} after ${rfc3339(notAfterSeconds)}` };
  }
  return undefined;
}

function rfc3339(seconds: number): string {
  return new Date(Math.floor(seconds) * 1000).toISOString().replace('.000Z', 'Z');
}
