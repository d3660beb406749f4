import type { Deviation } from './deviation.js';

/**
 * A way in which Sonde is meant to differ from blackbox_exporter; README's "Differences from upstream" has the same
 * list.
 */
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
  failed_phase_duration: {
    title: 'What the phase that failed took is a metric',
    reason: 'probe_failed_phase_duration_seconds{phase} exists in Sonde only',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && what.startsWith('probe_failed_phase_duration_seconds{'),
  },
  ssl_verified: {
    title: 'Whether the certificate verified is a metric',
    reason: 'probe_ssl_verified exists in Sonde only',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && what === 'probe_ssl_verified',
  },
  queue: {
    title: 'Probes that wait say so',
    reason: 'probe_queue_seconds exists in Sonde only; the first probes after a start wait for its warm-up',
    everywhere: true,
    covers: ({ kind, what }) => kind === 'only in Sonde' && what === 'probe_queue_seconds',
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
    reason:
      'upstream writes -62135596800 as the expiry of a chain that it did not verify; Sonde leaves the metric out, or has the real one where the chain verifies although the module does not ask',
    covers: ({ kind, what, peer }) =>
      what === 'probe_ssl_last_chain_expiry_timestamp_seconds' &&
      (kind === 'only in peer' || (kind === 'other value' && Number(peer) < 0)),
  },
  newer_scheme: {
    title: 'Additions after upstream 0.28',
    reason: 'the scheme of a target may be written in any letter case since the release after 0.28',
    covers: () => true,
  },
  host_header_with_port: {
    title: 'A Host header with a port names its host in TLS',
    reason: 'upstream takes the port as a part of the name, which no certificate has',
    covers: () => true,
  },
  body_file_replayed: {
    title: 'A body from a file is sent again after 307 and 308',
    reason: 'upstream cannot read the file twice and takes the redirect for the final answer',
    covers: () => true,
  },
  secure_cookie_on_loopback: {
    title: 'Secure cookies are for https only',
    reason: 'newer Go versions send them over plain HTTP where the host is a loopback address',
    covers: ({ kind }) => kind === 'other requests',
  },
  request_details: {
    title: 'Details of requests that no server goes by',
    reason:
      'place of Proxy-Authorization among the headers, order of headers and Accept-Encoding in token requests, no fragment in Referer',
    covers: ({ kind, peer, sonde }) => kind === 'other requests' && essence(peer) === essence(sonde),
  },
} as const satisfies Record<string, ExpectedDifference>;

export type DifferenceId = keyof typeof EXPECTED_DIFFERENCES;

/**
 * Requests without what a server must not go by: order and letter case of headers, what is accepted as coding,
 * fragments.
 */
function essence(requests: string): string {
  const lines = requests
    .split('\r\n')
    .filter((line) => !/^accept-encoding:/i.test(line))
    .map((line) => line.replace(/^(Referer: [^#]*)#.*$/, '$1').replace(/^[\w-]+:/, (name) => name.toLowerCase()));
  return lines.sort().join('\n');
}

/** What the README says of 0.28 does not hold for a 0.23: how that one differs from both. */
export const OLD_PEER_DIFFERENCES: readonly ExpectedDifference[] = [
  {
    title: 'The cipher',
    reason: 'probe_tls_cipher_info came with 0.26',
    covers: ({ kind, what }) => kind === 'only in Sonde' && what.startsWith('probe_tls_cipher_info{'),
  },
  {
    title: 'The serial number',
    reason: 'the label serialnumber came with 0.26',
    covers: ({ what }) => what.startsWith('probe_ssl_last_chain_info{'),
  },
];

/** Cases that a 0.23, built with Go 1.19, answers otherwise than 0.28 does; with such a peer they are left out. */
export const NOT_FOR_OLD_PEERS: readonly string[] = [
  'six answers 1xx first',
  'a header value with a zero byte',
  'a header with an empty name',
  ...['301 Moved', '302 Found', '303 See Other'].map(
    (status) => `redirect: ${status} {"method":"POST","body":"a=1","headers":{"Content-Type":"text/x"}}`,
  ),
  'redirect: to another port',
  'redirect: basic_auth to another host',
  'redirect: a Referer of its own',
  'proxy: an empty proxy_url',
];
