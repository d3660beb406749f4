/** What is probed, and how. */
export interface Scenario {
  readonly name: string;
  readonly title: string;
  /** A module of the benchmark's blackbox.yml. */
  readonly module: 'plain' | 'verified';
  /** The port of nginx that answers. */
  readonly server: 'http' | 'https' | 'http2';
}

/** Every probe opens a connection of its own; with TLS that is a full handshake whose certificate is verified. */
export const SCENARIOS: readonly Scenario[] = [
  { name: 'http', title: 'HTTP, 11 bytes', module: 'plain', server: 'http' },
  { name: 'https', title: 'HTTPS, full verified handshake', module: 'verified', server: 'https' },
  { name: 'http2', title: 'HTTP/2 over TLS, full verified handshake', module: 'verified', server: 'http2' },
];

/** The configuration of both programs; JSON is YAML. */
export function benchConfig(caFile: string): string {
  return JSON.stringify({
    modules: {
      plain: { prober: 'http' },
      verified: { prober: 'http', http: { tls_config: { ca_file: caFile } } },
    },
  });
}
