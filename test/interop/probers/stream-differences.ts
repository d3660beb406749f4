import { EXPECTED_DIFFERENCES, type ExpectedDifference } from '../expected-differences.js';

const OWN = /^probe_((tcp|unix)_duration_seconds|query_response_(duration_seconds|success))\{/;

/**
 * In what the tcp and unix probers are meant to differ from upstream's; docs/probers/tcp.md has a row for each title.
 */
export const STREAM_DIFFERENCES = {
  failure_info: EXPECTED_DIFFERENCES.failure_info,
  failed_phase_duration: EXPECTED_DIFFERENCES.failed_phase_duration,
  ssl_verified: EXPECTED_DIFFERENCES.ssl_verified,
  certificate_of_failed_verification: EXPECTED_DIFFERENCES.certificate_of_failed_verification,
  no_year_one: EXPECTED_DIFFERENCES.no_year_one,
  newer: {
    title: 'The timeout is a metric',
    reason: 'probe_timeout_seconds came after upstream 0.28',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && what === 'probe_timeout_seconds',
  },
  phases_and_steps: {
    title: 'Phases and steps are metrics',
    reason: 'upstream shows only how long the whole probe took',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && OWN.test(what),
  },
  bytes_in_pieces: {
    title: 'Bytes may arrive in pieces',
    reason: 'upstream reads once and fails if that gave fewer bytes than expected',
    covers: ({ what }) => what === 'probe_success' || what === 'probe_failed_due_to_bytes',
  },
  bytes_after_lines: {
    title: 'Nothing is lost between lines and bytes',
    reason: 'upstream forgets what came in one piece with the last line',
    covers: ({ what }) => what === 'probe_success',
  },
  first_wrong_byte: {
    title: 'A wrong byte fails at once',
    reason: 'upstream says that bytes differ only if there were enough of them',
    covers: ({ what }) => what === 'probe_failed_due_to_bytes',
  },
} as const satisfies Record<string, ExpectedDifference>;

export type StreamDifferenceId = keyof typeof STREAM_DIFFERENCES;
