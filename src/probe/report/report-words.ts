import type { Fields } from '../fields.js';
import type { CertificateReport, FailureReport, ProbeReport } from './probe-report.js';
import { shownControls } from './shown-excerpt.js';

/** The reason in words, as particular as is known. */
export function causeText({ hops }: ProbeReport, { reason, phase, fields, explanation }: FailureReport): string {
  const certificates = phase === 'tls' ? (hops.at(-1)?.tls?.certificates ?? []) : [];
  const wrong = certificates.find(({ problems }) => problems.length > 0);
  if (wrong !== undefined) {
    const problem = wrong.problems[0] ?? '';
    return wrong === certificates[0] ? `the certificate ${problem}` : `the certificate of ${wrong.subject} ${problem}`;
  }
  if (reason === 'status_code_mismatch') return `the status is ${String(fields['status_code'])}`;
  if (reason === 'dns_rcode_mismatch') return `the response code is ${String(fields['string_rcode'])}`;
  if (reason === 'grpc_not_serving') return `the service is ${shownControls(String(fields['serving_status']))}`;
  return explanation;
}

/** Returns a time in seconds as people read it. */
export function secondsText(seconds: number): string {
  return seconds < 1 ? `${(seconds * 1000).toFixed(1)} ms` : `${seconds.toFixed(1)} s`;
}

/** How long a probe took, and by how much that may be too long where it was measured. */
export function tookText({ durationSeconds, uncertaintySeconds }: ProbeReport): string {
  const took = secondsText(durationSeconds);
  return uncertaintySeconds === undefined
    ? took
    : `${took} (of which up to ${secondsText(uncertaintySeconds)} are our own delay)`;
}

/** The beginning of what was looked at, by its kind. */
export const EXCERPT_TITLES = { body: 'Body', received: 'Received last', records: 'Records' } as const;

/** Returns what a failure says of itself, in brackets; nothing if it says nothing. */
export function fieldsText(fields: Fields): string {
  const parts = Object.entries(fields).map(([key, value]) => `${key}: ${shownControls(String(value))}`);
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`;
}

/** Parameters of a probe, which are kept as a query, as a reader wants to see them: `path=/health, status=204`. */
export function shownParams(query: string): string {
  return [...new URLSearchParams(query)].map(([name, value]) => `${name}=${value}`).join(', ');
}

/** The names that a certificate is for, in words; undefined if there are none. */
export function namesText({ names, moreNames }: CertificateReport): string | undefined {
  if (names.length === 0) return undefined;
  return `for ${names.join(', ')}${moreNames === undefined ? '' : ` and ${moreNames} more`}`;
}
