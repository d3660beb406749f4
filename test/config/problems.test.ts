import t from 'tap';
import { ConfigFileError } from '../../src/config/config-problem.js';
import { loadConfig } from '../../src/config/load-config.js';
import { defineProber, type Prober } from '../../src/probe/prober.js';
import { ConfigError } from '../../src/values/config-error.js';

async function problemsOf(yaml: string, probers: readonly Prober[] = []): Promise<readonly string[]> {
  try {
    return (await loadConfig(yaml, 'f.yml', probers)).faults;
  } catch (error) {
    if (error instanceof ConfigFileError) return error.problems;
    throw error;
  }
}

t.test('every mistake is named at once, in the order of the file', async (t) => {
  const yaml = `modules:
  one:
    prober: htp
    timeout: 5
    http:
      methd: GET
      valid_status_codes: [200, "x", ~, 4xx]
      fail_if_body_matches_regexp: ["("]
      no_proxy: x
  two:
    prober: icmp
    icmp: {ttl: 300}
    tcp:
      tls_config:
        key_file: k
  a.b: {prober: tcp, prober: tcp}
`;
  t.same(await problemsOf(yaml), [
    'f.yml:3:13: modules.one.prober: "htp" is not possible here; did you mean "http"?',
    'f.yml:4:14: modules.one.timeout: `5` is no duration; write it with a unit, such as 5s or 1m30s',
    'f.yml:6:7: modules.one.http.methd: there is no such key; did you mean "method"?',
    'f.yml:7:33: modules.one.http.valid_status_codes[1]: the text "x" is not possible here; it must be a whole number',
    'f.yml:7:41: modules.one.http.valid_status_codes[3]: `4xx` is not possible here; it must be a whole number',
    'f.yml:8:37: modules.one.http.fail_if_body_matches_regexp[0]: could not compile regular expression: error parsing regexp: missing closing ): `(`',
    'f.yml:12:17: modules.two.icmp.ttl: 300 is not possible here; it must be at most 255',
    'f.yml:15:9: modules.two.tcp.tls_config.key_file: exactly one of cert or cert_file must be configured when a client key is configured',
    'f.yml:16:22: modules["a.b"].prober: the key is there twice; the first is at 16:9',
  ]);
});

t.test('a mistake in one key hides no broken rule beside it, and no key is complained about twice', async (t) => {
  const yaml = `modules:
  a:
    prober: http
    http:
      methd: GET
      bearer_token: hidden
      bearer_token_file: f
  b: {prober: http, http: {body: 1, body_file: x, valid_status_codes: [x]}}
`;
  t.same(await problemsOf(yaml), [
    'f.yml:5:7: modules.a.http.methd: there is no such key; did you mean "method"?',
    'f.yml:7:7: modules.a.http.bearer_token_file: at most one of bearer_token & bearer_token_file must be configured',
    'f.yml:8:72: modules.b.http.valid_status_codes[0]: `x` is not possible here; it must be a whole number',
  ]);
});

t.test('places are right', async (t) => {
  const rows: readonly (readonly [name: string, yaml: string, problem: RegExp])[] = [
    [
      'after null items',
      'modules: {m: {prober: http, http: {valid_status_codes: [~, ~, x]}}}',
      /^f\.yml:1:63: .*codes\[2\]: /,
    ],
    [
      'schema, after null items',
      'modules: {m: {prober: http, http: {fail_if_body_matches_regexp: [~, "("]}}}',
      /^f\.yml:1:69: .*\[1\]: /,
    ],
    ['byte order mark and CR LF', '\ufeffmodules:\r\n  m:\r\n    prober: x\r\n', /^f\.yml:3:13: /],
    [
      'in a merged mapping',
      'x: &x {a: 1}\nmodules:\n  m: {<<: {ttl: 1}, prober: tcp}',
      /f\.yml:3:12: modules\.m\.ttl: /,
    ],
    [
      'a missing key, at its mapping',
      'modules:\n  m: {timeout: 5s}',
      /^f\.yml:2:6: modules\.m\.prober: the key is missing/,
    ],
    ['malformed YAML', 'modules:\n  m: [\n', /^f\.yml:\d+:\d+: not YAML: /],
    ['an empty file', '\n# x\n', /^f\.yml: the file is empty \(EOF\)/],
  ];
  for (const [name, yaml, problem] of rows) t.match((await problemsOf(yaml)).at(-1), problem, name);
});

t.test('no secret gets into a message', async (t) => {
  const yaml = `modules:
  a: {prober: http, http: {basic_auth: {password: [hidden]}, authorization: hidden, bearer_token: {x: hidden}}}
  b: {prober: http, http: {basic_auth: hidden, http_headers: {X: hidden, Y: {secrets: hidden}}}}
  c: {prober: http, http: {proxy_url: "http://u:hidden@[::1"}}
  d: {prober: http, http: {tls_config: hidden, oauth2: {client_secret: !!binary hidden}}}
`;
  const problems = await problemsOf(yaml);
  t.ok(problems.length >= 8, problems.join('\n'));
  t.notMatch(problems.join('\n'), /hidden/);
});

t.test("a prober's own objections come with their place", async (t) => {
  const fussy = defineProber({
    name: 'tcp',
    compile: () => {
      throw new ConfigError('not this one', ['query_response', 1, 'send']);
    },
    probe: () => Promise.resolve(),
  });
  const yaml =
    'modules:\n  m:\n    prober: tcp\n    tcp:\n      query_response:\n        - ~\n        - send: a\n        - send: b\n';
  t.same(await problemsOf(yaml, [fussy]), ['f.yml:8:17: modules.m.tcp.query_response[2].send: not this one']);
});

t.test('the message begins as upstream begins it', async (t) => {
  await t.rejects(loadConfig('[]', 'f.yml', []), { message: /^error parsing config file: f\.yml:1:1: / });
});

t.test('a colon or a blank that is missing in a line of its own', async (t) => {
  for (const [yaml, problem] of [
    ['modules:\n  m:\n    prober http\n', '3:5: modules.m: %; is a `:` missing behind `prober`?'],
    ['modules:\n  m:\n    prober:http\n', '3:5: modules.m: %; a blank is missing behind `prober:`'],
    ['modules: {m: {prober: http, http: method GET}}', '1:35: modules.m.http: %; is a `:` missing behind `method`?'],
    ['modules: {m: hidden text}', '1:14: modules.m: %'],
    ['modules: {m: "prober http"}', '1:14: modules.m: %'],
  ] as const) {
    const what = 'a single value is not possible here; it must be a mapping of keys to values';
    t.same(await problemsOf(yaml), [`f.yml:${problem.replace('%', what)}`], yaml);
  }
});
