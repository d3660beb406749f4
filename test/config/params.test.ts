import t from 'tap';
import { guarded } from '../../src/config/guard-modules.js';
import { loadConfig } from '../../src/config/load-config.js';
import { TargetPolicy } from '../../src/probe/policy/target-policy.js';
import { allProbers } from '../../src/probers/all-probers.js';
import { testProberDeps } from '../helpers/services/prober-deps.js';

const probers = allProbers(testProberDeps());

async function problemsOf(module: string): Promise<string> {
  try {
    await loadConfig(`modules: {m: ${module}}`, 'f.yml', probers);
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
}

/** What a module is filled with by these parameters: `prober/key` lines, or the refusal. */
async function filled(module: string, params: Readonly<Record<string, string>>, target = 'http://example.com/') {
  const { modules } = await loadConfig(`modules: {m: ${module}}`, 'f.yml', probers);
  const fill = modules.get('m')?.params?.fill;
  if (fill === undefined) throw new Error('The module has no parameters');
  try {
    const found = await fill({ target, params: new Map(Object.entries(params)) });
    return { request: found.request, yaml: found.module.describeOwn(), used: found.used, module: found.module };
  } catch (error) {
    return (error as Error).message;
  }
}

const HTTP = (params: string, block = '{}'): string => `{prober: http, params: ${params}, http: ${block}}`;

const mistakes: readonly (readonly [name: string, module: string, place: string, message: RegExp])[] = [
  [
    'an unknown type',
    HTTP('{a: {type: int, key: method}}'),
    '1:48',
    /"int" is not possible here; it must be one of string, integer/,
  ],
  ['an unknown key of a declaration', HTTP('{a: {keys: method}}'), '1:41', /there is no such key; did you mean "key"/],
  ['a bad pattern', HTTP("{a: {key: method, pattern: '('}}"), '1:64', /could not compile regular expression/],
  [
    'a pattern that is too large',
    HTTP(`{a: {key: method, pattern: '(abcde){1000}'}}`),
    '1:64',
    /the pattern is too large: its parts count more than 1000 characters/,
  ],
  ['a bad default', HTTP('{a: {key: method, type: port, default: 0}}'), '1:76', /the default must be a port/],
  ['a default against its pattern', HTTP("{a: {key: method, pattern: 'G', default: X}}"), '1:78', /the pattern "G"/],
  ['an enum without values', HTTP('{a: {key: method, type: enum}}'), '1:41', /an enum needs `values`/],
  ['values without an enum', HTTP('{a: {key: method, values: [x]}}'), '1:63', /for the type enum/],
  ['a name that is taken', HTTP('{target: {key: method}}'), '1:46', /of its own; take another name/],
  ['a name with a dot', HTTP('{a.b: {key: method}}'), '1:43', /the name of a parameter has letters/],
  ['a key that is none', HTTP('{a: {key: methods}}'), '1:41', /there is no such key below `http:`/],
  ['a key that needs a number', HTTP('{a: {key: valid_status_codes}}'), '1:41', /needs the type integer/],
  ['a key that is a block', HTTP('{a: {key: basic_auth}}'), '1:41', /`basic_auth` is not for whoever/],
  ['two for one key', HTTP('{a: {key: method}, b: {key: method}}'), '1:65', /"a" fills the same key/],
  ['a parameter that nothing uses', HTTP('{a: {}}'), '1:41', /nothing uses the parameter/],
  [
    'an undeclared one',
    HTTP('{a: {key: method}}', '{body: "${param.aa}"}'),
    '1:70',
    /no parameter "aa" below `params:`/,
  ],
  ['one that may be absent', HTTP('{a: {}}', '{body: "${param.a}"}'), '1:59', /needs a default or `required: true`/],
  ['a secret', HTTP('{a: {default: x}}', '{bearer_token: "${param.a}"}'), '1:77', /`bearer_token` is not for/],
  [
    'a header that holds a secret',
    HTTP('{a: {default: x}}', '{headers: {X-Api-Key: "${param.a}"}}'),
    '1:84',
    /it is a secret/,
  ],
  ['a password by key', HTTP('{a: {key: basic_auth.password}}'), '1:41', /`basic_auth` is not for/],
  ['a file', HTTP('{a: {key: body_file}}'), '1:41', /it names a file or a secret/],
  ['a proxy', HTTP('{a: {key: proxy_url}}'), '1:41', /`proxy_url` is not for/],
  ['an authority of tls_config', HTTP('{a: {key: tls_config.ca}}'), '1:41', /only `server_name`/],
  ['verification', HTTP('{a: {type: boolean, key: tls_config.insecure_skip_verify}}'), '1:41', /not for whoever/],
  [
    'a backslash before it',
    HTTP('{a: {default: x}}', "{fail_if_body_matches_regexp: ['\\${param.a}']}"),
    '1:93',
    /a backslash before/,
  ],
  ['a host beside credentials', HTTP('{a: {key: hostname}}', '{bearer_token: x}'), '1:41', /needs a `pattern`/],
  [
    'a Host header beside credentials',
    HTTP('{a: {default: x}}', '{bearer_token: x, headers: {Host: "${param.a}"}}'),
    '1:41',
    /needs a `pattern`/,
  ],
  ['a port beside credentials', HTTP('{a: {key: port, type: port}}', '{bearer_token: x}'), '1:41', /needs a `pattern`/],
  ['a password of redis', '{prober: redis, params: {a: {key: password}}}', '1:42', /`password` is not for/],
  ['a user of redis', '{prober: redis, params: {a: {key: username}}}', '1:42', /`username` is not for/],
  [
    'TLS beside credentials',
    '{prober: redis, params: {a: {type: boolean, key: tls}}, redis: {password: x, credentials_for: [x]}}',
    '1:63',
    /in the clear/,
  ],
  [
    'whom credentials are for',
    '{prober: redis, params: {a: {default: x}}, redis: {credentials_for: ["${param.a}"]}}',
    '1:83',
    /`credentials_for` is not/,
  ],
  [
    'a login',
    '{prober: tcp, params: {a: {default: x}}, tcp: {query_response: [{send: "PASS ${param.a}"}]}}',
    '1:85',
    /a part of a login/,
  ],
  [
    'a label name',
    '{prober: tcp, params: {a: {default: x}}, tcp: {query_response: [{expect: x, labels: [{name: "${param.a}"}]}]}}',
    '1:106',
    /names of labels/,
  ],
  [
    'a policy',
    '{prober: icmp, params: {a: {default: x}}, target_policy: {deny: [{hosts: ["${param.a}"]}]}}',
    '1:88',
    /`target_policy` is not/,
  ],
  ['a mistake beside parameters', HTTP('{a: {key: method}}', '{methd: x}'), '1:64', /did you mean "method"/],
  [
    'a key that only a sample fills',
    '{prober: dns, params: {a: {key: query_name}}, dns: {}}',
    '1:65',
    /the key is missing/,
  ],
];
for (const [name, module, place, message] of mistakes) {
  t.test(`mistake: ${name}`, async (t) => {
    const problems = await problemsOf(module);
    t.match(problems, message);
    t.match(problems, new RegExp(`f\\.yml:${place}: modules\\.m`), problems);
  });
}

t.test('the prober is no parameter', async (t) => {
  const yaml = 'modules: {m: {prober: "${param.a}", params: {a: {default: http}}}}';
  const { faults, modules } = await loadConfig(yaml, 'f.yml', probers);
  t.match(faults.join(), /no parameter may stand here: `prober` is not/);
  t.equal(modules.get('m')?.params, undefined);
});

t.test('a plain module has none, and its texts stay as they are', async (t) => {
  const yaml = 'modules: {m: {prober: http, http: {body: "${param.a}"}}}';
  const { modules } = await loadConfig(yaml, 'f.yml', probers);
  t.equal(modules.get('m')?.params, undefined);
  t.match(modules.get('m')?.describe(), 'body: ${param.a}');
});

const TEXT = HTTP('{a: {default: usual}}', '{body: "<${param.a}> $${param.a}"}');
const fills: readonly (readonly [
  name: string,
  module: string,
  params: Readonly<Record<string, string>>,
  yaml: RegExp,
])[] = [
  ['a text', TEXT, { a: 'x: [y]' }, /body: '?<x: \[y\]> \$\{param\.a\}/],
  ['a default', TEXT, {}, /body: <usual>/],
  ['an empty value is none', TEXT, { a: '' }, /body: <usual>/],
  ['a value is not filled again', TEXT, { a: '${param.a}' }, /body: <\$\{param\.a\}>/],
  ['undeclared ones are ignored', TEXT, { b: 'x', method: 'PUT' }, /body: <usual>/],
  ['a key', HTTP('{a: {key: method}}'), { a: 'HEAD' }, /method: HEAD/],
  ['a key that is not filled keeps its value', HTTP('{a: {key: method}}', '{method: POST}'), {}, /method: POST/],
  ['a number', HTTP('{a: {type: integer, key: valid_status_codes}}'), { a: '204' }, /valid_status_codes:\n *- 204/],
  ['a boolean', HTTP('{a: {type: boolean, key: fail_if_ssl}}'), { a: 'true' }, /fail_if_ssl: true/],
  ['a duration', HTTP('{a: {type: duration, key: timeout}}'), { a: '1500ms' }, /timeout: 1\.5s/],
  ['a header', HTTP('{a: {key: headers.X-Tenant}}', '{headers: {B: c}}'), { a: 'it' }, /B: c\n *X-Tenant: it/],
  [
    'a query',
    '{prober: dns, params: {n: {key: query_name, required: true}, q: {key: query_type, default: A}}, dns: {}}',
    { n: 'a.example', q: 'MX' },
    /query_name: a\.example\n *query_type: MX/,
  ],
  ['a service', '{prober: grpc, params: {s: {key: service}}, grpc: {}}', { s: 'a.B' }, /service: a\.B/],
  [
    'a pattern is taken literally',
    HTTP('{a: {default: x}}', '{fail_if_body_matches_regexp: ["^${param.a}$"]}'),
    { a: '.*|(' },
    /- "?\^\\+\.\\+\*\\+\|\\+\(\$/,
  ],
  [
    'CEL has it as a string',
    HTTP('{a: {default: x}}', '{fail_if_body_json_matches_cel: "body.x == ${param.a}"}'),
    { a: '" || true || "' },
    /body\.x == "\\" \|\| true \|\| \\""/,
  ],
  [
    'CEL has a number as one',
    HTTP('{a: {default: 1, type: integer}}', '{fail_if_body_json_matches_cel: "body.x == ${param.a}"}'),
    { a: '-7' },
    /body\.x == \(-7\)/,
  ],
];
for (const [name, module, params, yaml] of fills) {
  t.test(`filled: ${name}`, async (t) => {
    const found = await filled(module, params);
    t.match(typeof found === 'string' ? found : found.yaml, yaml);
  });
}

const CEL_TEXTS = [
  "body.x == '${param.a}'",
  'body.x == "${param.a}"',
  "body.x == 'not ${param.a}'",
  "body.x == '''${param.a}'''",
  'body.x == r${param.a}',
  "body.x == r'\\' + '${param.a}'",
  "body.x == 'it\\'s ${param.a}'",
  "body.x == ''${param.a}",
  'body.x == ${param.a}${param.a}',
  "body.x == 'x ${param.a}",
  'true // ${param.a}',
];
for (const cel of CEL_TEXTS) {
  t.test(`refused: a placeholder in a string of CEL, ${cel}`, async (t) => {
    const block = JSON.stringify({ fail_if_body_json_matches_cel: cel });
    t.match(await problemsOf(HTTP('{a: {required: true}}', block)), /leave out the quotes/);
  });
}

t.test('a pattern that ends within a quotation has to match, too', async (t) => {
  const module = HTTP(JSON.stringify({ a: { pattern: String.raw`a|\Qb+\ `.trim(), key: 'method' } }));
  for (const [value, matches] of [
    ['a', true],
    [String.raw`b+\ `.trim(), true],
    ['b', false],
    ['GET', false],
    ['ab+', false],
  ] as const) {
    const found = await filled(module, { a: value });
    t.equal(typeof found === 'string' && found.includes('a text that the pattern'), !matches, value);
  }
});

t.test('a placeholder beside strings of CEL', async (t) => {
  const cel = "body.x == 'a\\'' && body['y'] in [${param.a}, r'\\', \"//\"] // as it is";
  const block = JSON.stringify({ fail_if_body_json_matches_cel: cel });
  t.equal(await problemsOf(HTTP('{a: {required: true}}', block)), 'none');
});

const attacks: readonly (readonly [name: string, module: string, value: string, message: RegExp])[] = [
  ['a line break', TEXT, 'x\r\nEvil: 1', /^Parameter "a" cannot be "x\\r\\nEvil: 1": it must be one line of text/],
  ['a NUL', TEXT, 'x\0', /one line of text/],
  ['a line separator of Unicode', TEXT, 'x\u2028y', /one line of text/],
  ['the next line of C1', TEXT, 'x\u0085y', /one line of text/],
  ['half a surrogate pair', TEXT, 'x\ud800', /one line of text/],
  ['too much', TEXT, 'x'.repeat(257), /^Parameter "a" cannot be "x{80}…": it must be at most 256 characters long$/],
  ['no number', HTTP('{a: {type: integer, key: valid_status_codes}}'), '0x10', /a whole number/],
  ['a number beyond all', HTTP('{a: {type: integer, key: valid_status_codes}}'), '9'.repeat(20), /a whole number/],
  ['a list as a number', HTTP('{a: {type: integer, key: valid_status_codes}}'), '200, 500', /a whole number/],
  [
    'a number out of bounds',
    HTTP('{a: {type: integer, key: valid_status_codes, min: 200, max: 299}}'),
    '500',
    /at most 299/,
  ],
  ['not a number', HTTP('{a: {type: number, default: 1}}', '{body: "${param.a}"}'), 'NaN', /a number such as/],
  ['YAML as a boolean', HTTP('{a: {type: boolean, key: fail_if_ssl}}'), 'yes', /true or false/],
  ['another word', HTTP('{a: {type: enum, values: [A, B], key: method}}'), 'C', /one of "A", "B"/],
  ['what the pattern has only in the middle', HTTP("{a: {key: method, pattern: 'GET|HEAD'}}"), 'GETX', /the pattern/],
  ['a line break behind the pattern', HTTP("{a: {key: method, pattern: 'GET'}}"), 'GET\n', /one line/],
  ['a method that ends the line', HTTP('{a: {key: method}}'), 'GET /x HTTP/1.1', /would be no method/],
  ['a negative duration', HTTP('{a: {type: duration, key: timeout}}'), '-1s', /a duration longer than 0s/],
  ['a port of 0', HTTP('{a: {type: port, key: port}}'), '0', /a port/],
  ['a port beyond all', HTTP('{a: {type: port, key: port}}'), '65536', /a port/],
  ['a host with a path', HTTP('{a: {key: hostname}}'), 'good.example/x', /no host name/],
  ['a host with userinfo', HTTP('{a: {key: hostname}}'), 'user@evil.example', /no host name/],
  ['a host behind a fragment', HTTP('{a: {key: hostname}}'), 'evil.example#', /no host name/],
  [
    'a host of a Host header',
    HTTP('{a: {default: x}}', '{headers: {Host: "${param.a}.example.com"}}'),
    'evil.org/',
    /no host name/,
  ],
  ['a host that is no type', HTTP('{a: {type: host, key: hostname}}'), 'a b', /a host name or an address/],
  ['a name of TLS', HTTP('{a: {key: tls_config.server_name}}'), 'a/b', /no host name/],
  ['dots in a path', HTTP('{a: {key: path}}'), '/a/../b', /\. or \.\./],
  ['encoded dots in a path', HTTP('{a: {key: path}}'), '/a/%2e%2E/b', /\. or \.\./],
  ['backslashes in a path', HTTP('{a: {key: path}}'), '/a\\..\\b', /\. or \.\./],
  ['an encoded slash behind dots', HTTP('{a: {key: path}}'), '..%2fb', /\. or \.\./],
  ['a path without its slash', HTTP('{a: {key: path, type: path}}'), 'a', /begins with \//],
  [
    'no type of records',
    '{prober: dns, params: {a: {key: query_type}}, dns: {query_name: x}}',
    'EVIL',
    /^Parameter "a" cannot be "EVIL": "EVIL" is not possible here; it must be one of A, AAAA/,
  ],
  [
    'an expression of bytes',
    '{prober: tcp, params: {a: {default: "00"}}, tcp: {query_response: [{send_bytes: {hex: "${param.a}"}}]}}',
    'zz',
    /^Parameter "a" cannot be "zz"/,
  ],
  [
    'an unusual version',
    HTTP('{a: {key: valid_http_versions}}'),
    'HTTP/3.0',
    /^Parameter "a" cannot be "HTTP\/3\.0": HTTP\/3 cannot be used/,
  ],
];
for (const [name, module, value, message] of attacks) {
  t.test(`attack: ${name}`, async (t) => {
    const found = await filled(module, { a: value });
    t.match(typeof found === 'string' ? found : found.yaml, message);
  });
}

t.test('a required one that is missing', async (t) => {
  t.equal(
    await filled(HTTP('{a: {key: method, required: true}}'), {}),
    'Parameter "a" is missing: the module requires it',
  );
});

const TARGETS: readonly (readonly [part: string, target: string, value: string, filled: string])[] = [
  ['path', 'http://h/old?q=1#f', '/new', 'http://h/new?q=1'],
  ['path', 'https://u:p@[::1]:8443', 'a?b#c%20 d', 'https://u:p@[::1]:8443/a%3Fb%23c%2520%20d'],
  ['path', 'h:80/x', '//evil.example/', 'h:80//evil.example/'],
  ['path', 'h', '/ä', 'h/%C3%A4'],
  ['port', 'http://h/x', '81', 'http://h:81/x'],
  ['port', 'http://u:p@h:80/x', '81', 'http://u:p@h:81/x'],
  ['port', '[::1]:80', '81', '[::1]:81'],
  ['port', '::1', '81', '[::1]:81'],
  ['port', 'h:http', '81', 'h:81'],
];
t.test('parts of the target', async (t) => {
  for (const [part, target, value, wanted] of TARGETS) {
    const found = await filled(HTTP(`{a: {key: ${part}}}`), { a: value }, target);
    t.equal(typeof found === 'string' ? found : found.request.target, wanted, `${part} ${target}`);
  }
});

t.test('hostname: the declaration counts, whatever else a request has', async (t) => {
  const own = HTTP("{hostname: {pattern: '.*[.]example[.]com'}}", '{bearer_token: x}');
  const found = await filled(own, { hostname: 'a.example.com' });
  t.match(found, { request: { hostname: 'a.example.com' } });
  t.match(await filled(own, { hostname: 'evil.org' }), /the pattern/);
  const { modules } = await loadConfig(
    `modules: {m: ${HTTP("{vhost: {key: hostname, pattern: 'a'}}", '{bearer_token: x}')}}`,
    'f.yml',
    probers,
  );
  const { request } = await modules.get('m')!.params!.fill({ target: 'x', hostname: 'evil.org', params: new Map() });
  t.equal(request.hostname, undefined);
});

t.test('a prober does not see declared parameters beside the module', async (t) => {
  const module =
    "{prober: dns, params: {query_name: {key: query_name, pattern: 'a'}}, dns: {query_name: b, allow_query_params: [query_name, query_type]}}";
  t.match(await filled(module, { query_name: 'evil' }), /the pattern/);
  const found = await filled(module, { query_name: 'a', query_type: 'A' });
  t.same(typeof found === 'string' ? found : [...found.request.params!], [['query_type', 'A']]);
});

t.test('the same values are compiled once', async (t) => {
  const { modules } = await loadConfig(`modules: {m: ${TEXT}}`, 'f.yml', probers);
  const { fill } = modules.get('m')!.params!;
  const of = async (a: string) => (await fill({ target: 'x', params: new Map([['a', a]]) })).module;
  t.equal(await of('1'), await of('1'));
  t.not(await of('1'), await of('2'));
});

t.test('a filled module goes by every policy', async (t) => {
  const { modules } = await loadConfig(
    'modules: {m: {prober: http, params: {a: {key: method}}}}\ntarget_policy: {deny: [{ports: [22]}]}',
    'f.yml',
    probers,
  );
  const raw = { deny: [{ ports: ['23'] }], trust_proxies: false };
  const none = { raw, policy: TargetPolicy.compile(raw) };
  const plain = await modules.get('m')!.params!.fill({ target: 'x', params: new Map() });
  const filled = await guarded(modules.get('m')!, none).params!.fill({ target: 'x', params: new Map() });
  t.not(plain.module.probe, filled.module.probe);
});
