import t from 'tap';
import { ConfigFileError } from '../../../src/config/config-problem.js';
import { loadConfig } from '../../../src/config/load-config.js';
import { closest } from '../../../src/values/suggest.js';

async function problemsOf(yaml: string): Promise<readonly string[]> {
  try {
    await loadConfig(yaml, 'f.yml', []);
    return [];
  } catch (error) {
    if (error instanceof ConfigFileError) return error.problems.map((line) => line.replace(/^f\.yml:\d+:\d+: /, ''));
    throw error;
  }
}

const module = (prober: string, keys: string): string => `modules: {m: {prober: ${prober}, ${keys}}}`;
const block = (prober: string, keys: string): string => module(prober, `${prober}: {${keys}}`);

t.test('what is said of a key that does not exist', async (t) => {
  const rows: readonly (readonly [yaml: string, problem: RegExp])[] = [
    [block('http', 'fail_if_matches_regexp: [a]'), /called `fail_if_body_matches_regexp` since 0\.16$/],
    [block('http', 'fail_if_not_matches_regexp: [a]'), /called `fail_if_body_not_matches_regexp` since 0\.16$/],
    [block('icmp', 'protocol: icmp4'), /called `preferred_ip_protocol` since 0\.12, with the values ip4 and ip6$/],
    [block('tcp', 'protocol: tcp4'), /called `preferred_ip_protocol`/],
    [block('dns', 'protocol: tcp'), /use `transport_protocol` \(udp or tcp\) and `preferred_ip_protocol`/],
    [block('http', 'path: /x'), /the path belongs to the target/],
    [block('http', 'use_http3: true'), /called `enable_http3`$/],
    [block('http', 'fail_if_nossl: true'), /called `fail_if_not_ssl`$/],
    [block('http', 'fail_if_header_matches_regexp: [a]'), /use `fail_if_header_matches`, a list/],
    [block('http', 'insecure_skip_verify: true'), /it belongs under `tls_config:`$/],
    [module('http', 'insecure_skip_verify: true'), /it belongs under `http:` `tls_config:`$/],
    [module('tcp', 'insecure_skip_verify: true'), /it belongs under `tcp:` `tls_config:`$/],
    [block('http', 'tls: true'), /an https:\/\/ target is probed over TLS/],
    [module('http', 'tls: true'), /an https:\/\/ target is probed over TLS/],
    [module('tcp', 'tls: true'), /it belongs under `tcp:`$/],
    [block('http', 'proxy: x'), /called `proxy_url`$/],
    [block('http', 'status_codes: [200]'), /called `valid_status_codes`$/],
    [block('tcp', 'ip_protocol: ip4'), /called `preferred_ip_protocol`/],
    [module('http', 'valid_status_codes: [200]'), /it belongs under `http:`$/],
    [module('dns', 'query_name: x'), /it belongs under `dns:`$/],
    [module('http', 'query_name: x'), /it belongs under `dns:`$/],
    [block('http', 'timeout: 5s'), /it belongs one level further left, beside `http:`$/],
    [block('http', 'tls_config: {method: GET}'), /it belongs one level further left, beside `tls_config:`$/],
    [module('http', 'timout: 5s'), /did you mean "timeout"\?$/],
    [block('http', 'methd: x'), /did you mean "method"\?$/],
    [block('http', 'nonsense_of_its_own: x'), /there is no such key; docs\/configuration\.md lists those of `http`$/],
    [block('icmp', 'nonsense: x'), /possible are preferred_ip_protocol, /],
    ['tls_server_config: {}', /looks like a web config file; check it with `sonde check --web`$/],
    ['scrape_configs: []', /looks like a configuration of Prometheus itself/],
    ['write_relabel_configs: []', /check it with `sonde check --remote-write`$/],
    [module('ftp', 'tcp: {nonsense: 1}'), /nonsense: there is no such key/],
  ];
  for (const [yaml, problem] of rows) t.match((await problemsOf(yaml)).at(-1), problem, yaml);
});

t.test('a block that is not indented', async (t) => {
  const rows = [
    'modules:\n  m:\n    prober: http\n  http:\n    method: GET\n',
    'modules:\n  m:\n    prober: http\nhttp:\n  method: GET\n',
  ];
  for (const yaml of rows) {
    const problems = await problemsOf(yaml);
    t.match(problems[0], /indent `http:`, so that it stands below the `prober:` of its module$/, yaml);
  }
});

t.test('a suggestion never turns a check round', async (t) => {
  const keys = [
    ...['fail_if_ssl', 'fail_if_not_ssl', 'fail_if_body_matches_regexp', 'fail_if_body_not_matches_regexp'],
    ...['fail_if_header_matches', 'fail_if_header_not_matches', 'fail_if_none_matches_regexp', 'no_proxy', 'method'],
  ];
  const rows: readonly (readonly [word: string, meant: string | undefined])[] = [
    ['fail_if_nossl', 'fail_if_not_ssl'],
    ['fail_if_no_ssl', 'fail_if_not_ssl'],
    ['fail_if_sssl', 'fail_if_ssl'],
    ['fail_if_header_match', 'fail_if_header_matches'],
    ['fail_if_header_not_match', 'fail_if_header_not_matches'],
    ['fail_if_header_matches_regexp', 'fail_if_header_matches'],
    ['fail_if_body_not_match_regexp', 'fail_if_body_not_matches_regexp'],
    ['fail_if_body_matches_regex', 'fail_if_body_matches_regexp'],
    ['proxy', undefined],
    ['noproxy', 'no_proxy'],
    ['mehtod', 'method'],
  ];
  for (const [word, meant] of rows) t.equal(closest(word, keys), meant, word);
});
