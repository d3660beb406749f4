import { gauge } from '../metrics/metric-definition.js';
import { shownText } from '../values/shown-text.js';
import type { Fields } from './fields.js';
import { shownFields } from './shown-fields.js';

/** Every phase that a failure can happen in, with what happens there. */
export const PHASES = {
  setup: 'reading the target and the files that the module names, before anything is sent',
  resolve: "looking up the target's name and choosing an address",
  auth: 'getting an OAuth2 token',
  connect: 'opening the connection to the target, or to its proxy',
  proxy: 'asking the proxy for a tunnel',
  tls: 'TLS handshake and verification of the certificate',
  request: 'sending the question and waiting for the reply',
  processing: 'from the connection being ready to the first byte of the answer',
  transfer: 'reading the rest of the answer',
  dialogue: 'saying and expecting what query_response lists',
  rtt: 'from sending an ICMP echo request to its reply',
  check: "judging the answer by the module's expectations",
  answer: 'writing the metrics, where a server gave tens of thousands of them',
} as const;

/** The phase in which a probe failed: the label `phase` of `probe_failure_info`. */
export type Phase = keyof typeof PHASES;

/**
 * Every reason why a probe can fail. The list is closed: dashboards and alerts select by it, so a word is never reused
 * or renamed.
 */
export const FAILURE_REASONS = {
  probe_cancelled: 'whoever asked for the probe went away, or Sonde was told to stop',
  overloaded:
    'too many probes ran at once: its turn did not come in time (--probe.max-in-flight and its like), or what servers gave filled the heap',
  no_time_left:
    'the timeout was used up before the step began (for example a scrape timeout not above --timeout-offset)',
  invalid_target: 'the target is not what the prober can probe (URL, host:port, address)',
  target_denied: 'target_policy does not allow the target, or what it leads to',
  invalid_request: 'the module asks for a request that cannot be sent (method, header, body)',
  file_unreadable: 'a file that the module names cannot be read',
  tls_config_invalid: 'the certificates, keys or versions of tls_config do not work together',
  secret_ref_unsupported: 'a key that ends in _ref is set; there is no secret manager to resolve it',
  http3_unsupported: 'the module asks for HTTP/3, which Sonde does not speak yet',
  dns_no_such_host: 'the name does not exist or has no address',
  dns_no_suitable_address: 'the name has addresses, but none of the wanted IP family',
  dns_server_failure: 'the resolver answered with an error or not in a way that can be understood',
  dns_timeout: 'no resolver answered in time',
  dns_response_malformed: 'the reply is no DNS message, or a record in it is broken',
  dns_response_too_large: 'the reply does not fit into the UDP size that the module asks for',
  dns_response_mismatch: 'the reply is not one to the question that was asked',
  expectation_invalid: 'the module expects something that cannot be tested (a regular expression, a response code)',
  dns_rcode_mismatch: 'the response code is not a valid one',
  dns_record_mismatch: 'the records do not match the regular expressions of the module',
  connection_refused: 'nothing listens at the address, or a firewall rejects the connection',
  connection_reset: 'the peer cut the connection',
  connection_closed: 'the peer closed the connection before the answer was complete',
  connection_timeout: 'the connection was not established in time',
  network_unreachable: 'there is no route to the network of the address',
  host_unreachable: 'the host does not answer at its network',
  address_unavailable: 'the source address cannot be used for this target',
  permission_denied: 'the operating system, or the server, does not allow it',
  resources_exhausted: 'out of file descriptors, ports or memory',
  network_error: 'any other error of the operating system; the log has its code',
  proxy_refused: 'the proxy answered, but gave no tunnel',
  proxy_timeout: 'the proxy did not answer in time',
  token_refused: 'the token endpoint answered without a token',
  token_timeout: 'the token endpoint did not answer in time',
  token_unreachable: 'the token endpoint could not be reached',
  tls_timeout: 'the handshake did not finish in time',
  tls_handshake_failed: 'the peer does not speak TLS, or no common version or cipher, or wants another handshake',
  tls_certificate_expired: 'a certificate of the chain is past its notAfter',
  tls_certificate_not_yet_valid: 'a certificate of the chain is before its notBefore',
  tls_unknown_authority: 'the chain does not lead to a trusted authority',
  tls_self_signed: 'the certificate, or the root that was sent along, is self-signed and not trusted',
  tls_name_mismatch: 'the certificate is not for the name that was asked for',
  tls_certificate_invalid: 'the certificate or its chain is not acceptable for another reason',
  tls_client_certificate_required: 'the server demands a client certificate that was not given or not accepted',
  response_timeout: 'no answer, or only a part of its head, in time',
  response_malformed: 'the answer does not follow the protocol',
  response_header_too_large: 'the head of the answer exceeds what Sonde is ready to hold',
  http2_refused_stream: 'the server refused the request before it looked at it (HTTP/2: REFUSED_STREAM)',
  http2_goaway: 'the server took leave of the connection before it answered (HTTP/2: GOAWAY)',
  http2_enhance_your_calm: 'the server says that it is asked too much (HTTP/2: ENHANCE_YOUR_CALM)',
  redirect_invalid: 'the answer redirects to something that is no URL',
  too_many_redirects: 'more than ten redirects, or a loop of them; the last one is judged as the answer',
  redirect_unsupported: 'the answer redirects to a scheme other than http and https',
  response_mismatch: 'the answer is not what query_response expects',
  response_rejected: 'the answer matches the reject of query_response',
  response_too_large: 'a line, a message or the whole answer exceeds what Sonde is ready to hold',
  upgrade_refused: 'the server answered, but did not change to the WebSocket protocol',
  body_timeout: 'the body did not arrive completely in time',
  body_truncated: 'the connection ended before the announced end of the body',
  body_too_large: 'the body exceeds body_size_limit, or what Sonde is ready to hold for a check',
  body_decompression_failed: 'the body cannot be decompressed as the module says',
  status_code_mismatch: 'the status code is not a valid one',
  header_mismatch: 'a header does not match what the module expects',
  body_mismatch: 'the body does not match the regular expressions of the module',
  body_too_complex: 'the body is JSON with more values, or more levels, than Sonde is ready to hold',
  body_not_json: 'the body is no JSON, but a CEL expression needs it',
  cel_mismatch: 'the CEL expression gave the unwanted answer',
  cel_error: 'the CEL expression could not be evaluated, or gave no boolean',
  http_version_mismatch: 'the HTTP version is not a valid one',
  grpc_unimplemented: 'the server has no gRPC health service (UNIMPLEMENTED, or HTTP status 404)',
  grpc_service_unknown: 'the health service does not know the service that was asked for (NOT_FOUND)',
  grpc_status_error: 'the server answered with another gRPC status than OK',
  grpc_not_serving: 'the health service answered, but with something other than SERVING',
  icmp_addon_missing: 'the addon that ICMP needs was not built; the log says what was missing',
  icmp_prohibited: 'a router or a firewall answered that the packet may not pass',
  icmp_error: 'another ICMP error came for the packet; the log has its type and code',
  icmp_replies_missing: 'some echo requests were answered, but fewer than min_replies',
  ttl_exceeded: 'a router dropped the packet because its time to live, or hop limit, had run out',
  packet_too_big: 'the packet is too large for the path, or for any, and must not be fragmented',
  check_timeout: 'the module asks for checks that did not end in time',
  check_too_costly: 'the module asks for checks that take more memory than Sonde is ready to give',
  auth_failed: 'the server does not accept the credentials of the module, or demands some',
  credentials_refused: 'the module has credentials, and its credentials_for does not name the target: nothing was sent',
  too_many_connections: 'the server has as many clients as it may have',
  protocol_error: 'the server answers, but not as the server that the prober is for',
  tls_unexpected: 'the final answer came over TLS, and fail_if_ssl is set',
  tls_missing: 'the final answer came without TLS, and fail_if_not_ssl is set',
} as const;

/** Why a probe failed: the label `reason` of `probe_failure_info`, one word of a closed list. */
export type FailureReason = keyof typeof FAILURE_REASONS;

/** Says why a probe failed; absent from successful probes. */
export const probeFailureInfo = gauge('probe_failure_info', 'Why the probe failed, always 1. Absent on success', [
  'phase',
  'reason',
]);

/** Upstream's gauges are zero where a phase failed; this one tells what was waited for. */
export const failedPhaseDuration = gauge(
  'probe_failed_phase_duration_seconds',
  'Time spent in the phase that failed, the last time it was entered. Absent on success',
  ['phase'],
);

/** The error that a prober throws when the target fails. Any other error from a prober is a bug of ours. */
export class ProbeFailure extends Error {
  override readonly name = 'ProbeFailure';
  readonly phase: Phase;
  readonly reason: FailureReason;
  readonly fields: Fields;

  /**
   * `message` is the log line, in upstream's words where upstream has the same failure. Texts are cut where they are
   * too long to be shown.
   */
  constructor(phase: Phase, reason: FailureReason, message: string, fields: Fields = {}) {
    // Without a stack: V8 keeps with one what its frames were called on, such as a probe with all that its target sent,
    // and the history keeps failures.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(shownText(message));
    Error.stackTraceLimit = stackTraceLimit;
    this.phase = phase;
    this.reason = reason;
    this.fields = shownFields(fields);
  }
}
