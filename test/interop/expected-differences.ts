import type { Deviation } from './deviation.js';

/** A way in which Sonde is meant to differ from blackbox_exporter; README's "Differences from upstream" has the same list. */
export interface ExpectedDifference {
  /** The words that the README's row begins with. */
  readonly title: string;
  readonly reason: string;
  /** Shown by every probe, so that cases do not name it. */
  readonly everywhere?: true;
  /** Whether it accounts for a deviation. */
  readonly covers: (deviation: Deviation) => boolean;
}

const CERTIFICATE_FACTS =
  /^probe_(ssl_(earliest_cert_expiry|last_chain_info|last_chain_expiry_timestamp_seconds)|tls_(version|cipher)_info)\b/;

export const EXPECTED_DIFFERENCES = {
  failure_info: {
    title: 'Every failed probe says why',
    reason: 'probe_failure_info{phase,reason} exists in Sonde only',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && what.startsWith('probe_failure_info{'),
  },
  ssl_verified: {
    title: 'Whether the certificate verified is a metric',
    reason: 'probe_ssl_verified exists in Sonde only',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && what === 'probe_ssl_verified',
  },
  newer_timeout_metric: {
    title: 'Additions after upstream 0.28',
    reason: 'probe_timeout_seconds is in upstream since the release after 0.28',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && what === 'probe_timeout_seconds',
  },
  certificate_of_failed_verification: {
    title: 'Certificates are reported although they did not verify',
    reason: 'upstream has no certificate metrics where the handshake or the verification failed',
    covers: ({ kind, what }) => kind === 'only in Sonde' && CERTIFICATE_FACTS.test(what),
  },
  no_year_one: {
    title: 'No expiry in year 1',
    reason: 'upstream writes -62135596800 as the expiry of a chain that was not verified; Sonde leaves the metric out',
    covers: ({ kind, what }) => kind === 'only in peer' && what === 'probe_ssl_last_chain_expiry_timestamp_seconds',
  },
} as const satisfies Record<string, ExpectedDifference>;

export type DifferenceId = keyof typeof EXPECTED_DIFFERENCES;

/** What the README says of 0.28 does not hold for a 0.23: how that one differs from both. */
export const OLD_PEER_DIFFERENCES: readonly ExpectedDifference[] = [];
