import { EXPECTED_DIFFERENCES, type ExpectedDifference } from '../expected-differences.js';

const PHASES = /^probe_grpc_duration_seconds\{phase="(connect|tls)"\}$/;
const NOT_IN_UPSTREAM = /^probe_(ssl_last_chain_expiry_timestamp_seconds|tls_cipher_info)\b/;

/** In what the grpc prober is meant to differ from upstream's; docs/probers/grpc.md has a row for each title. */
export const GRPC_DIFFERENCES = {
  failure_info: EXPECTED_DIFFERENCES.failure_info,
  failed_phase_duration: EXPECTED_DIFFERENCES.failed_phase_duration,
  ssl_verified: EXPECTED_DIFFERENCES.ssl_verified,
  certificate_of_failed_verification: EXPECTED_DIFFERENCES.certificate_of_failed_verification,
  newer: {
    title: 'The timeout is a metric',
    reason: 'probe_timeout_seconds came after upstream 0.28',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && what === 'probe_timeout_seconds',
  },
  phases: {
    title: 'Connecting and TLS are phases of their own',
    reason: 'upstream counts them as a part of the phase check; the sum is the same',
    everywhere: true,
    covers: ({ kind, what }) =>
      (kind === 'only in Sonde' && PHASES.test(what)) ||
      (kind === 'other value' && what === 'probe_grpc_duration_seconds{phase="check"}'),
  },
  more_tls_facts: {
    title: 'The expiry of the verified chain and the cipher are metrics',
    reason: 'upstream has them for HTTP only',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && NOT_IN_UPSTREAM.test(what),
  },
  ssl_of_refused: {
    title: 'TLS is reported whatever the service answers',
    reason: 'upstream says probe_grpc_ssl 0 and knows no certificate unless the answer is OK',
    covers: ({ kind, what }) =>
      (kind === 'other value' && what === 'probe_grpc_ssl') ||
      EXPECTED_DIFFERENCES.certificate_of_failed_verification.covers({ kind, what, peer: '', sonde: '' }),
  },
  ipv6_literals: {
    title: 'IPv6 addresses can be probed',
    reason: 'upstream forgets their brackets',
    covers: ({ what }) => /^probe_(success|grpc_|ip_|dns_lookup)/.test(what),
  },
  resolved_address: {
    title: 'The address that is reported is the one that is asked',
    reason: 'upstream dials the name again, and any family',
    covers: ({ what }) => /^probe_(success|grpc_)/.test(what),
  },
  fallback: {
    title: 'Without a grpc block the other address family will do',
    reason: 'upstream has no defaults there, so that a name with IPv4 addresses only fails',
    covers: ({ what }) => /^probe_(success|grpc_|ip_)/.test(what),
  },
} as const satisfies Record<string, ExpectedDifference>;

export type GrpcDifferenceId = keyof typeof GRPC_DIFFERENCES;
