/**
 * Keys that older versions of blackbox_exporter had, or that users often confuse with others. Key: block and key, with
 * `*` for any block; value: what to use instead.
 */
const RENAMED: ReadonlyMap<string, string> = new Map([
  // Renamed in 0.16.
  ['http.fail_if_matches_regexp', 'it is called `fail_if_body_matches_regexp` since 0.16'],
  ['http.fail_if_not_matches_regexp', 'it is called `fail_if_body_not_matches_regexp` since 0.16'],
  // Removed in 0.12: the IP family, and for DNS the transport, have keys of their own.
  ['http.protocol', 'it is called `preferred_ip_protocol` since 0.12, with the values ip4 and ip6'],
  ['tcp.protocol', 'it is called `preferred_ip_protocol` since 0.12, with the values ip4 and ip6'],
  ['icmp.protocol', 'it is called `preferred_ip_protocol` since 0.12, with the values ip4 and ip6'],
  [
    'dns.protocol',
    'use `transport_protocol` (udp or tcp) and `preferred_ip_protocol` (ip4 or ip6), which took its place in 0.12',
  ],
  ['http.path', 'it is gone: the path belongs to the target, such as https://example.com/health'],
  ['http.fail_if_header_matches_regexp', 'use `fail_if_header_matches`, a list of `header` and `regexp`'],
  ['http.fail_if_header_not_matches_regexp', 'use `fail_if_header_not_matches`, a list of `header` and `regexp`'],
  ['http.fail_if_nossl', 'it is called `fail_if_not_ssl`'],
  ['http.use_http2', 'it is called `enable_http2`'],
  ['http.use_http3', 'it is called `enable_http3`'],
  ['http.status_codes', 'it is called `valid_status_codes`'],
  ['http.valid_http_status_codes', 'it is called `valid_status_codes`'],
  ['http.http_versions', 'it is called `valid_http_versions`'],
  ['http.proxy', 'it is called `proxy_url`'],
  ['http.tls', 'there is no such switch: an https:// target is probed over TLS; options belong below `tls_config:`'],
  ['*.ip_protocol', 'it is called `preferred_ip_protocol`, with the values ip4 and ip6'],
]);

/**
 * Returns what to use instead of an unknown key in a block such as `http`, or undefined if nothing is known about it.
 */
export function renamedKey(block: string, key: string): string | undefined {
  return RENAMED.get(`${block}.${key}`) ?? RENAMED.get(`*.${key}`);
}
