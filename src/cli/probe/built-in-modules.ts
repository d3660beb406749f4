/** The blocks of modules that `sonde probe` knows without a configuration, as YAML on one line. */
const BLOCKS: Readonly<Record<string, string>> = {
  http_2xx: 'prober: http, http: {preferred_ip_protocol: ip4}',
  http_post_2xx:
    "prober: http, http: {preferred_ip_protocol: ip4, method: POST, headers: {Content-Type: application/json}, body: '{}'}",
  tcp_connect: 'prober: tcp, tcp: {preferred_ip_protocol: ip4}',
  tcp_tls: 'prober: tcp, tcp: {preferred_ip_protocol: ip4, tls: true}',
  unix_connect: 'prober: unix',
  icmp: 'prober: icmp, icmp: {preferred_ip_protocol: ip4}',
  dns_a: 'prober: dns, dns: {preferred_ip_protocol: ip4, query_name: example.com, query_type: A}',
  grpc: 'prober: grpc, grpc: {preferred_ip_protocol: ip4, tls: true}',
  grpc_plain: 'prober: grpc, grpc: {preferred_ip_protocol: ip4}',
  websocket: 'prober: websocket, websocket: {preferred_ip_protocol: ip4}',
  ssh_banner: "prober: tcp, tcp: {preferred_ip_protocol: ip4, query_response: [{expect: '^SSH-2.0-'}]}",
  smtp_starttls:
    "prober: tcp, tcp: {preferred_ip_protocol: ip4, query_response: [{expect: '^220 ', reject: '^[^2]'}, {send: EHLO prober.invalid, newline: crlf}, {expect: '^250[ -]STARTTLS$', reject: '^[^2]|^250 (?:[^S]|S[^T])'}, {send: STARTTLS, newline: crlf}, {expect: '^220 ', reject: '^[^2]', starttls: true}]}",
};

const SECONDS = 10;

/** One module as a configuration: its name, and the text. */
export interface BuiltIn {
  readonly name: string;
  readonly yaml: string;
}

const MODULES: ReadonlyMap<string, BuiltIn> = new Map(
  Object.entries(BLOCKS).map(([name, block]) => [name, configOf(name, block)]),
);

/** The names of the modules that need no configuration file. */
export const BUILT_IN_NAMES: readonly string[] = [...MODULES.keys()];

/** Returns a module that needs no configuration file; undefined for any other name. */
export function builtIn(name: string): BuiltIn | undefined {
  return MODULES.get(name);
}

/** Asks for records of one name. */
export function dnsModule({ name, type, transport }: { name: string; type: string; transport: string }): BuiltIn {
  const query = `query_name: ${JSON.stringify(name)}, query_type: ${JSON.stringify(type)}`;
  const block = `prober: dns, dns: {preferred_ip_protocol: ip4, ${query}, transport_protocol: ${JSON.stringify(transport)}}`;
  return configOf(`dns_${/^[\w-]{1,20}$/.test(type) ? type.toLowerCase() : 'query'}`, block);
}

function configOf(name: string, block: string): BuiltIn {
  return { name, yaml: `modules: {${name}: {timeout: ${SECONDS}s, ${block}}}\n` };
}
