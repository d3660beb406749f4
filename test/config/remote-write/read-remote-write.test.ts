import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ConfigFileError } from '../../../src/config/config-problem.js';
import { readRemoteWriteFile } from '../../../src/config/remote-write/read-remote-write.js';
import { PACKAGE_ROOT } from '../../../src/files/package-root.js';
import { ConfigError } from '../../../src/values/config-error.js';

const ENV = { TOKEN: 'top-secret', HOST: 'receiver.example' };

/** Reads a file with this text. */
function read(t: Test, text: string) {
  const path = join(t.testdir({}), 'rw.yml');
  writeFileSync(path, text);
  return readRemoteWriteFile(path, ENV);
}

/** What is wrong with a text, a line a mistake, without the folder. */
async function problemsOf(t: Test, text: string): Promise<readonly string[]> {
  try {
    await read(t, text);
    return [];
  } catch (error) {
    if (!(error instanceof ConfigFileError)) throw error;
    return error.problems.map((line) => line.replace(/^.*rw\.yml/, 'rw.yml'));
  }
}

t.test('an entry of Prometheus is taken as it is', async (t) => {
  const { raw } = await read(
    t,
    `
url: https://\${ENV:HOST}/api/v1/write
name: central
remote_timeout: 1m30s
protobuf_message: io.prometheus.write.v2.Request
headers: { X-Scope-OrgID: team }
send_native_histograms: true
oauth2:
  client_id: me
  client_secret: \${ENV:TOKEN}
  token_url: https://login.example/token
  scopes: [write]
  tls_config: { min_version: TLS13 }
tls_config: { ca_file: ca.pem, cert_file: me.pem, key_file: me.key, server_name: inside }
proxy_url: http://proxy:3128
no_proxy: 10.0.0.0/8
http_headers: { X-Key: { files: [key] } }
follow_redirects: false
enable_http2: false
`,
  );
  t.match(raw, {
    ...{ url: 'https://receiver.example/api/v1/write', name: 'central', remote_timeout: '1m30s' },
    ...{ protobuf_message: 'io.prometheus.write.v2.Request', headers: { 'X-Scope-OrgID': 'team' } },
    oauth2: { client_secret: 'top-secret', scopes: ['write'], tls_config: { min_version: 'TLS13' } },
    tls_config: { ca_file: 'ca.pem', cert_file: 'me.pem', key_file: 'me.key', server_name: 'inside' },
    ...{ proxy_url: 'http://proxy:3128', no_proxy: '10.0.0.0/8', follow_redirects: false, bearer_token: '' },
    http_headers: { 'X-Key': { values: [], files: ['key'] } },
  });
  t.match((await read(t, 'url: http://x/\n')).raw, {
    ...{ remote_timeout: '30s', protobuf_message: 'prometheus.WriteRequest', follow_redirects: true },
    ...{ headers: {}, proxy_from_environment: false },
  });
});

const ROWS: readonly (readonly [name: string, text: string, problems: readonly string[]])[] = [
  ['empty', '', ['rw.yml: the file is empty; it must have `url:`']],
  ['a list', '- url: http://x/', ['rw.yml:1:1: a list is not possible here; it must be a mapping of keys to values']],
  [
    'the whole section',
    'remote_write: [{url: http://x/}]',
    [
      'rw.yml:1:1: url: the key is missing',
      'rw.yml:1:1: remote_write: the file is one entry of that list: write its keys at the top, without `remote_write:`',
    ],
  ],
  [
    'relabelling',
    'url: http://x/\nwrite_relabel_configs: []',
    ['rw.yml:2:1: write_relabel_configs: there is no relab'],
  ],
  [
    'the queue',
    'url: http://x/\nqueue_config: {capacity: 1}',
    ['rw.yml:2:1: queue_config: there is one queue, on disk'],
  ],
  ['the metadata', 'url: http://x/\nmetadata_config: {}', ['rw.yml:2:1: metadata_config: metadata always goes along']],
  ['AWS', 'url: http://x/\nsigv4: {}', ['rw.yml:2:1: sigv4: signatures of AWS']],
  ['Azure', 'url: http://x/\nazuread: {}', ['rw.yml:2:1: azuread: ']],
  ['Google', 'url: http://x/\ngoogle_iam: {}', ['rw.yml:2:1: google_iam: ']],
  ['exemplars', 'url: http://x/\nsend_exemplars: true', ['rw.yml:2:1: send_exemplars: results have no exemplars']],
  ['HTTP/2', 'url: http://x/\nenable_http2: true', ['rw.yml:2:1: enable_http2: requests go by HTTP/1.1']],
  ['DNS', 'url: http://x/\nround_robin_dns: true', ['rw.yml:2:1: round_robin_dns: each request goes to the first']],
  ['an unknown key', 'url: http://x/\nurls: a', ['rw.yml:2:1: urls: there is no such key; did you mean "url"?']],
  ['a scheme', 'url: ftp://x/', ['rw.yml:1:1: url: this is no URL of the web']],
  ['a file', 'url: file:///etc/passwd', ['rw.yml:1:1: url: this is no URL of the web']],
  ['a login', 'url: http://me:top-secret@x/', ['rw.yml:1:1: url: a user and password belong into basic_auth']],
  ['a fragment', 'url: http://x/#a', ['rw.yml:1:1: url: it has a fragment']],
  ['no time', 'url: http://x/\nremote_timeout: 0s', ['rw.yml:2:1: remote_timeout: it must be more than 0']],
  ['much time', 'url: http://x/\nremote_timeout: 1h', ['rw.yml:2:1: remote_timeout: it must be more than 0']],
  ['odd time', 'url: http://x/\nremote_timeout: soon', ['rw.yml:2:17: remote_timeout: "soon" is no duration']],
  ['a message', 'url: http://x/\nprotobuf_message: x', ['rw.yml:2:19: protobuf_message: ']],
  [
    'a header',
    'url: http://x/\nheaders: {Host: y}',
    ['rw.yml:2:11: headers.Host: setting header "Host" is not allowed'],
  ],
  ['a null header', 'url: http://x/\nheaders: {X: }', ['rw.yml:2:11: headers.X: ']],
  [
    'a broken header',
    'url: http://x/\nheaders: {X-Key: "a\\r\\ntop-secret"}',
    ['rw.yml:2:11: headers.X-Key: the header X-'],
  ],
  ['no header', 'url: http://x/\nhttp_headers: {"X Y": {}}', ['rw.yml:2:16: http_headers["X Y"]: "X Y" is no name of']],
  [
    'two logins',
    'url: http://x/\nbasic_auth: {username: me}\nbearer_token: top-secret',
    ['rw.yml:3:1: bearer_token: at most one of basic_auth, oauth2, bearer_token & bearer_token_file'],
  ],
  [
    'half a key',
    'url: http://x/\ntls_config: {cert_file: c}',
    ['rw.yml:2:14: tls_config.cert_file: exactly one of key'],
  ],
  [
    'a variable',
    'url: http://x/${ENV:NONE}',
    ['rw.yml:1:6: url: ${ENV:NONE}: the environment variable NONE is not set'],
  ],
  ['a policy', 'url: http://x/\ntarget_policy: {}', ['rw.yml:2:1: target_policy: there is no rule']],
  ['several', 'urls: x\nheaders: {Host: y}\nremote_timeout: x', ['rw.yml', 'rw.yml', 'rw.yml', 'rw.yml']],
];
for (const [name, text, wanted] of ROWS) {
  t.test(`what is wrong with ${name}`, async (t) => {
    const problems = await problemsOf(t, text);
    t.equal(problems.length, wanted.length, problems.join('\n'));
    for (const [index, start] of wanted.entries())
      t.equal(problems[index]?.slice(0, start.length), start, problems[index] ?? '');
    t.notMatch(problems.join('\n'), /top-secret/);
  });
}

t.test('a change of the file, or of what it refers to, is seen; later mistakes have their place', async (t) => {
  const folder = t.testdir({ token: 'one\n', 'rw.yml': '' });
  const path = join(folder, 'rw.yml');
  const text = `url: http://x/\nbearer_token: "\${FILE:${join(folder, 'token')}}"\n`;
  writeFileSync(path, text);
  const { raw, isSame, explain } = await readRemoteWriteFile(path, ENV);
  t.equal(raw.bearer_token, 'one');
  t.equal(await isSame(), true);
  writeFileSync(join(folder, 'token'), 'two\n');
  t.equal(await isSame(), false);
  writeFileSync(join(folder, 'token'), 'one\n');
  writeFileSync(path, `${text}name: x\n`);
  t.equal(await isSame(), false);
  const { message } = await explain(new ConfigError('no', ['bearer_token']));
  t.match(message, /rw\.yml:2:15: bearer_token: what the reference stands for: /);
  t.match((await explain(new ConfigError('no', ['url']))).message, /rw\.yml:1:6: url: no$/);
});

t.test('a value of any kind for any key is taken or refused with its place', async (t) => {
  const schema = JSON.parse(readFileSync(new URL('schemas/remote-write.schema.json', PACKAGE_ROOT), 'utf8')) as {
    readonly properties: Readonly<Record<string, unknown>>;
  };
  const keys = [...Object.keys(schema.properties), 'constructor', '__proto__'];
  const values = [
    'null',
    '5',
    'true',
    '[]',
    '[null]',
    '{}',
    '{a: null}',
    '{a: {values: [null]}}',
    '{deny: [5]}',
    '{__proto__: b}',
  ];
  for (const key of keys) {
    for (const value of values) {
      const problems = await problemsOf(t, key === 'url' ? `url: ${value}\n` : `url: http://x/\n${key}: ${value}\n`);
      t.ok(
        problems.every((line) => /^rw\.yml:\d+:\d+: /.test(line)),
        `${key}: ${value}: ${problems.join()}`,
      );
    }
  }
});
