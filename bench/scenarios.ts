/** What the programs probe. */
export const TARGETS = ['http', 'https', 'http2', 'tcp', 'dns', 'icmp', 'grpc'] as const;
export type TargetName = (typeof TARGETS)[number];

/** What is probed, and how. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** A module of the benchmark's blackbox.yml. */
  readonly module: ModuleName;
  readonly target: TargetName;
  /** Lines of the answer, beside `probe_success 1`, that show that this was measured and nothing else. */
  readonly shows: readonly string[];
  /** Other users may not send such packets. */
  readonly needsRoot?: boolean;
}

/** Every probe opens a connection of its own; with TLS that is a full handshake whose certificate is verified. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'http', title: 'HTTP, 11 bytes', module: 'plain', target: 'http', shows: ['probe_http_version 1.1'] },
  {
    name: 'https',
    title: 'HTTPS, full verified handshake',
    module: 'verified',
    target: 'https',
    shows: ['probe_http_version 1.1', 'probe_http_ssl 1'],
  },
  {
    name: 'http2',
    title: 'HTTP/2 over TLS, full verified handshake',
    module: 'verified',
    target: 'http2',
    shows: ['probe_http_version 2'],
  },
  { name: 'tcp', title: 'TCP, connect', module: 'tcp', target: 'tcp', shows: [] },
  {
    name: 'tcp-dialogue',
    title: 'TCP, a line sent and one expected',
    module: 'dialogue',
    target: 'tcp',
    shows: ['probe_failed_due_to_regex 0'],
  },
  { name: 'dns', title: 'DNS over UDP, one A record', module: 'dns', target: 'dns', shows: ['probe_dns_answer_rrs 1'] },
  { name: 'icmp', title: 'ICMP, one echo', module: 'icmp', target: 'icmp', shows: [], needsRoot: true },
  {
    name: 'grpc',
    title: 'gRPC health check, plain',
    module: 'grpc',
    target: 'grpc',
    shows: ['probe_grpc_status_code 0'],
  },
];

type ModuleName = keyof ReturnType<typeof modules>;

/** The configuration of both programs; JSON is YAML. */
export function benchConfig(caFile: string): string {
  return JSON.stringify({ modules: modules(caFile) });
}

function modules(caFile: string) {
  return {
    plain: { prober: 'http' },
    verified: { prober: 'http', http: { tls_config: { ca_file: caFile } } },
    tcp: { prober: 'tcp' },
    dialogue: {
      prober: 'tcp',
      // A line feed is appended, which ends the request.
      tcp: { query_response: [{ send: 'GET / HTTP/1.0\r\n\r' }, { expect: '^HTTP/1.[01] 200' }] },
    },
    dns: {
      prober: 'dns',
      dns: {
        query_name: 'bench.test',
        query_type: 'A',
        validate_answer_rrs: { fail_if_not_matches_regexp: ['192.0.2.1'] },
      },
    },
    icmp: { prober: 'icmp' },
    grpc: { prober: 'grpc', grpc: { preferred_ip_protocol: 'ip4' } },
  };
}
