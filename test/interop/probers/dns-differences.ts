import { EXPECTED_DIFFERENCES, type ExpectedDifference } from '../expected-differences.js';

const VERDICT = /^probe_(success|dns_(query_succeeded|answer_rrs|authority_rrs|additional_rrs|duration_seconds))\b/;
const TLS_FACTS =
  /^probe_(ssl_(earliest_cert_expiry|last_chain_info|last_chain_expiry_timestamp_seconds)|tls_(version|cipher)_info)\b/;

/** In what the dns prober is meant to differ from upstream's; docs/probers/dns.md has a row for each title. */
export const DNS_DIFFERENCES = {
  failure_info: EXPECTED_DIFFERENCES.failure_info,
  failed_phase_duration: EXPECTED_DIFFERENCES.failed_phase_duration,
  ssl_verified: EXPECTED_DIFFERENCES.ssl_verified,
  newer: {
    title: 'The timeout is a metric',
    reason: 'probe_timeout_seconds came after upstream 0.28',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && what === 'probe_timeout_seconds',
  },
  tls_facts: {
    title: 'The certificate of DNS over TLS is a metric',
    reason: 'upstream has no TLS metrics for DNS',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && TLS_FACTS.test(what),
  },
  certificate_of_failed_verification: {
    title: 'The certificate of DNS over TLS is a metric',
    reason: 'also where it did not verify',
    covers: ({ kind, what }) => kind === 'only in Sonde' && TLS_FACTS.test(what),
  },
  no_round_trip: {
    title: 'A phase that was not reached is zero',
    reason: 'upstream counts the time of a failed exchange in the phases connect and request in turns',
    everywhere: true,
    covers: ({ kind, what }) =>
      kind === 'other value' && /^probe_dns_duration_seconds\{phase="(connect|request)"/.test(what),
  },
  ignored_counted: {
    title: 'Datagrams that are no replies are counted',
    reason: 'probe_dns_ignored_replies exists in Sonde only',
    covers: ({ kind, what }) => kind === 'only in Sonde' && what === 'probe_dns_ignored_replies',
  },
  other_question: {
    title: 'A reply has to repeat the question',
    reason: 'upstream takes a reply to any question',
    covers: ({ what }) => VERDICT.test(what),
  },
  echo: {
    title: 'A reply has to be one',
    reason: 'upstream takes its own query for a reply, if a server sends it back',
    covers: ({ what }) => VERDICT.test(what),
  },
  broken_of_others: {
    title: 'What has another id is not read',
    reason: 'upstream fails at once where it is broken',
    covers: ({ what }) => VERDICT.test(what),
  },
  amtrelay: {
    title: 'AMTRELAY records with the discovery bit are read',
    reason: 'upstream refuses the whole message',
    covers: ({ what }) => VERDICT.test(what),
  },
  impossible_name: {
    title: 'A query_name that is no name is not asked for',
    reason: 'upstream sends names of more than 255 octets, and drops a backslash at the end',
    covers: () => true,
  },
} as const satisfies Record<string, ExpectedDifference>;

export type DnsDifferenceId = keyof typeof DNS_DIFFERENCES;
