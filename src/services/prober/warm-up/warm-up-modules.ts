import type { WarmUpTargets } from './warm-up-targets.js';

/**
 * Modules that take the ways that probes take most, as a configuration; the most usual first, since the time may not
 * suffice for all.
 */
export const WARM_UP_CONFIG = `
modules:
  http: {prober: http, http: {fail_if_header_matches: [{header: X-A, regexp: b, allow_missing: true}]}}
  http2: {prober: http, http: {tls_config: {insecure_skip_verify: true}}}
  tcp: {prober: tcp, tcp: {query_response: [{send: hello}, {expect: "^hello"}]}}
  icmp: {prober: icmp}
  dns: {prober: dns, dns: {query_name: warm-up.invalid, query_type: A}}
  websocket: {prober: websocket, websocket: {query_response: [{expect: hello}]}}
  grpc: {prober: grpc}
  tls: {prober: tcp, tcp: {tls: true, tls_config: {insecure_skip_verify: true}}}
  unix: {prober: unix, unix: {query_response: [{send: hello}, {expect: "^hello"}]}}
  nginx: {prober: nginx}
  redis: {prober: redis}
  dns_tcp: {prober: dns, dns: {query_name: warm-up.invalid, query_type: A, transport_protocol: tcp}}
`;

/** A name that the warm-up's own name server knows, with the final dot that keeps the search list out. */
const NAME = 'warm-up.invalid.';

/** The target of a module of the warm-up. */
export function targetOf(module: string, { plainPort, tlsPort, dnsPort, socketPath }: WarmUpTargets): string {
  switch (module) {
    case 'http':
      return `http://${NAME}:${plainPort}/`;
    case 'http2':
      return `https://${NAME}:${tlsPort}/`;
    case 'tls':
      return `${NAME}:${tlsPort}`;
    case 'unix':
      return socketPath;
    case 'icmp':
      return '127.0.0.1';
    case 'dns':
      return `127.0.0.1:${dnsPort}`;
    case 'dns_tcp':
      return `127.0.0.1:${plainPort}`;
    case 'websocket':
      return `ws://127.0.0.1:${plainPort}/`;
    default:
      return `${NAME}:${plainPort}`;
  }
}
