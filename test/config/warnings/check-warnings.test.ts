import t from 'tap';
import { loadConfig } from '../../../src/config/load-config.js';

async function warningsOf(yaml: string): Promise<readonly string[]> {
  return (await loadConfig(yaml, 'f.yml', [])).checkWarnings();
}

t.test('a file that is in order has none', async (t) => {
  const folder = t.testdir({ token: 'x' });
  const yaml = `modules:
  a: {prober: http, http: {preferred_ip_protocol: ip6, bearer_token_file: ${folder}/token, http_headers: {x_file: {values: [none]}}}}
  b: {prober: tcp, tcp: {preferred_ip_protocol: "", tls_config: {ca_file: ""}}}
  c: {prober: icmp, tcp: }
  d:
`;
  t.same(await warningsOf(yaml), []);
});

t.test('what works, but is hardly meant, is named with its place, in the order of the file', async (t) => {
  const folder = t.testdir();
  const yaml = `modules:
  a:
    prober: http
    icmp: {preferred_ip_protocol: ipv4}
    http:
      preferred_ip_protocol: ipv4
      body_file: ${folder}/body
      basic_auth: {username: u, password_file: ${folder}}
      tls_config:
        ca_file: ${folder}/ca
        cert_file: ${folder}/cert
        key_file: ${folder}/key
      http_headers: {X: {files: [none]}}
      no_follow_redirects: true
  b:
    prober: websocket
    websocket: {http_config: {authorization: {credentials_file: ${folder}/token}}}
  c:
    prober: dns
    dns: {query_name: x, preferred_ip_protocol: ipv6, validate_answer_rrs: {fail_if_all_match_regexp: [x]}}
`;
  const gone = 'no such file or directory';
  t.same(await warningsOf(yaml), [
    "f.yml:4:5: modules.a.icmp: warning: not used, because the module's prober is http",
    'f.yml:6:30: modules.a.http.preferred_ip_protocol: warning: "ipv4" counts as ip4, as with blackbox_exporter; write ip4 or ip6',
    `f.yml:7:18: modules.a.http.body_file: warning: open ${folder}/body: ${gone}`,
    `f.yml:8:48: modules.a.http.basic_auth.password_file: warning: read ${folder}: is a directory`,
    `f.yml:10:18: modules.a.http.tls_config.ca_file: warning: open ${folder}/ca: ${gone}`,
    `f.yml:11:20: modules.a.http.tls_config.cert_file: warning: open ${folder}/cert: ${gone}`,
    `f.yml:12:19: modules.a.http.tls_config.key_file: warning: open ${folder}/key: ${gone}`,
    'f.yml:14:7: modules.a.http.no_follow_redirects: warning: no_follow_redirects is deprecated and will be removed in the next release. It is replaced by follow_redirects.',
    `f.yml:17:65: modules.b.websocket.http_config.authorization.credentials_file: warning: open ${folder}/token: ${gone}`,
    'f.yml:20:49: modules.c.dns.preferred_ip_protocol: warning: "ipv6" counts as ip4, as with blackbox_exporter; write ip4 or ip6',
    'f.yml:20:77: modules.c.dns.validate_answer_rrs.fail_if_all_match_regexp: warning: fail_if_all_match_regexp is the opposite of its name: as with blackbox_exporter, a probe fails unless every record matches.',
  ]);
});
