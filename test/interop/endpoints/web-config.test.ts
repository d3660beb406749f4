import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { WEB_ACCEPT_TABLE } from '../../config/web-accept-table.js';
import { queryPrometheus, startPrometheus } from '../../helpers/documents/prometheus.js';
import {
  findBlackboxExporter,
  findPrometheusServers,
  isCurrent,
  NO_PEER,
  type Peer,
  startBlackboxExporter,
  startSonde,
} from '../../helpers/peer.js';
import { type HttpAnswer, httpGet } from '../../helpers/services/http-get.js';
import { httpsGet, type HttpsGetOptions } from '../../helpers/services/https-get.js';
import { makeAuthority, makeSelfSigned } from '../../helpers/tls/certificates.js';
import { until } from '../../helpers/until.js';
import { withCharset } from '../http/with-charset.js';

// A hundred programs are started, one after the other.
t.setTimeout(500_000);

const found = findBlackboxExporter();
const peer = found !== undefined && isCurrent(found) ? found : undefined;
const skip = peer === undefined ? (found === undefined ? NO_PEER : `${found.version} has other rules`) : false;

/** Whether anything comes back: it logs that TLS is on before it looks at what HTTP/2 needs. */
async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1', () => socket.write('GET / HTTP/1.0\r\n\r\n'));
  return new Promise((resolve) => {
    socket.on('data', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
  });
}

/** Whether the peer starts to serve with the file, rather than ending. */
async function starts({ path }: Peer, folder: string): Promise<boolean> {
  const args = ['--config.file=blackbox.yml', '--web.listen-address=127.0.0.1:0', '--web.config.file=web.yml'];
  const child = spawn(path, args, { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
  const ended = once(child, 'exit');
  let log = '';
  const isServing = new Promise<boolean>((resolve) => {
    child.stderr.on('data', (chunk: Buffer) => {
      log += chunk.toString();
      const [, address] = /TLS is (?:en|dis)abled.*address=\S+:(\d+)/.exec(log) ?? [];
      if (address !== undefined) void answers(Number(address)).then(resolve);
    });
  });
  const result = await Promise.race([isServing, ended.then(() => false)]);
  child.kill('SIGKILL');
  await ended;
  return result;
}

t.test('blackbox_exporter accepts and refuses what the table says', { skip }, async (t) => {
  if (peer === undefined) return;
  const [one, two] = [await makeSelfSigned(), await makeSelfSigned()];
  const folder = t.testdir({
    'blackbox.yml': 'modules: {}\n',
    'cert.pem': one.cert,
    'key.pem': one.key,
    'other-key.pem': two.key,
  });
  for (const { name, yaml, accepted, upstream } of WEB_ACCEPT_TABLE) {
    writeFileSync(join(folder, 'web.yml'), yaml);
    t.equal(await starts(peer, folder), upstream === undefined ? accepted : !accepted, name);
  }
});

const USERS = 'basic_auth_users: { alice: $2y$04$kSy2WQ.bTTasIuY38Q/QcucyoUE5kkNelPuAxOIGGOQJC2XjbjT3e }\n';
const HEADERS = 'http_server_config: { headers: { X-Frame-Options: deny, Strict-Transport-Security: max-age=5 } }\n';
const TLS = 'tls_server_config: { cert_file: cert.pem, key_file: key.pem }\n';
const VERIFIED = TLS.replace(' }', ', client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem }');

const basic = (credentials: string): Readonly<Record<string, string>> => ({
  authorization: `Basic ${Buffer.from(credentials).toString('base64')}`,
});

interface Both {
  readonly theirs: string;
  readonly ours: string;
}

/** Runs both programs with the same files. */
async function startBoth(
  t: Test,
  running: Peer,
  files: Readonly<Record<string, string>>,
): Promise<Both & { readonly folder: string }> {
  const folder = t.testdir({ 'blackbox.yml': 'modules: {}\n', ...files });
  const args = ['--config.file=blackbox.yml', '--web.config.file=web.yml'];
  const theirs = await startBlackboxExporter(running, args, folder);
  t.teardown(() => theirs.stop());
  const ours = await startSonde(args, { cwd: folder });
  t.teardown(() => ours.stop());
  return { theirs: theirs.address, ours: ours.address, folder };
}

/** What a client can tell answers by. */
const COMPARED = [
  'content-type',
  'x-content-type-options',
  'www-authenticate',
  'x-frame-options',
  'strict-transport-security',
];

const seen = ({ status, headers, text }: HttpAnswer) => ({
  status,
  headers: COMPARED.map((name) => [name, headers[name]]),
  text,
});

t.test('answers over plain HTTP', { skip }, async (t) => {
  if (peer === undefined) return;
  const rows: readonly (readonly [name: string, yaml: string, headers: Readonly<Record<string, string>>])[] = [
    ['no header', USERS + HEADERS, {}],
    ['the right password', USERS + HEADERS, basic('alice:sesame')],
    ['a wrong password', USERS + HEADERS, basic('alice:x')],
    ['an unknown user', USERS + HEADERS, basic('bob:sesame')],
    ['small letters', USERS, { authorization: basic('alice:sesame')['authorization']?.toLowerCase() ?? '' }],
    ['another scheme', USERS, { authorization: 'Bearer x' }],
    ['headers alone', HEADERS, {}],
    ['a limit of one', `${USERS}${HEADERS}rate_limit: { interval: 1h, burst: 1 }\n`, basic('alice:sesame')],
  ];
  for (const [name, yaml, headers] of rows) {
    await t.test(name, async (t) => {
      const { theirs, ours } = await startBoth(t, peer, { 'web.yml': yaml });
      for (const path of ['/-/healthy', '/config']) {
        const wanted = await httpGet(theirs, path, { headers });
        const expected = seen({ ...wanted, headers: withCharset(wanted.headers) });
        t.same(seen(await httpGet(ours, path, { headers })), expected, path);
      }
    });
  }
});

t.test('a file that is broken, gone or empty later', { skip }, async (t) => {
  if (peer === undefined) return;
  const { theirs, ours, folder } = await startBoth(t, peer, { 'web.yml': USERS + HEADERS });
  for (const yaml of ['x: y\n', '', HEADERS]) {
    writeFileSync(join(folder, 'web.yml'), yaml);
    const wanted = seen(await httpGet(theirs, '/-/healthy'));
    // Ours looks at the file once a second.
    let got = seen(await httpGet(ours, '/-/healthy'));
    const isAlike = async (): Promise<boolean> => {
      got = seen(await httpGet(ours, '/-/healthy'));
      return JSON.stringify(got) === JSON.stringify(wanted);
    };
    await until(isAlike, JSON.stringify(yaml)).catch(() => undefined);
    t.same(got, wanted, JSON.stringify(yaml));
  }
});

/** The answer to a client, or that it got none. */
async function answerOver(address: string, options: HttpsGetOptions): Promise<unknown> {
  try {
    return seen(await httpsGet(address, '/-/healthy', options));
  } catch (error) {
    if (error instanceof Error) return 'refused';
    throw error;
  }
}

t.test('answers over TLS', { skip }, async (t) => {
  if (peer === undefined) return;
  const authority = await makeAuthority();
  const server = await authority.issue({ subject: 'CN=localhost', dnsNames: ['localhost'] });
  const client = await authority.issue({ subject: 'CN=client' });
  const stranger = await makeSelfSigned();
  const files = { 'cert.pem': server.cert, 'key.pem': server.key, 'ca.pem': authority.cert };
  const ca = authority.cert;
  const rows: readonly (readonly [name: string, yaml: string, options: HttpsGetOptions])[] = [
    ['HTTP/1.1', TLS + HEADERS, { tls: { ca } }],
    ['HTTP/2', TLS + HEADERS, { protocol: 'h2', tls: { ca } }],
    ['a password', TLS + USERS, { tls: { ca }, headers: basic('alice:sesame') }],
    ['a wrong password', TLS + USERS, { protocol: 'h2', tls: { ca }, headers: basic('alice:x') }],
    ['TLS 1.1', TLS, { tls: { ca, minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'DEFAULT@SECLEVEL=0' } }],
    ['TLS 1.2, RSA key exchange', TLS, { tls: { ca, maxVersion: 'TLSv1.2', ciphers: 'kRSA' } }],
    ['TLS 1.2, CBC', TLS, { tls: { ca, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-SHA' } }],
    ['no client certificate', VERIFIED, { tls: { ca } }],
    ['a client certificate', VERIFIED, { tls: { ca, cert: client.cert, key: client.key } }],
    ['a client certificate over HTTP/2', VERIFIED, { protocol: 'h2', tls: { ca, cert: client.cert, key: client.key } }],
    ["a stranger's certificate", VERIFIED, { tls: { ca, cert: stranger.cert, key: stranger.key } }],
  ];
  for (const [name, yaml, options] of rows) {
    await t.test(name, async (t) => {
      const { theirs, ours } = await startBoth(t, peer, { ...files, 'web.yml': yaml });
      // Upstream's 0.28 says that it has HTTP/2, but does not offer it to anybody.
      t.same(await answerOver(ours, options), await answerOver(theirs, { ...options, protocol: 'http/1.1' }));
      const plain = await Promise.all([ours, theirs].map((address) => httpGet(address, '/-/healthy')));
      t.same(plain[0]?.text, plain[1]?.text, 'plain HTTP');
      t.same(plain[0]?.status, plain[1]?.status);
    });
  }
});

const servers = findPrometheusServers();

t.test(
  'a real Prometheus scrapes over TLS, with a password and a certificate',
  { skip: servers.length === 0 ? 'no Prometheus here' : false },
  async (t) => {
    const authority = await makeAuthority();
    const server = await authority.issue({ subject: 'CN=localhost', dnsNames: ['localhost'] });
    const client = await authority.issue({ subject: 'CN=prometheus', dnsNames: ['prometheus.example'] });
    const folder = t.testdir({
      'blackbox.yml': 'modules: {}\n',
      'web.yml': USERS + VERIFIED.replace(' }', ', client_allowed_sans: [prometheus.example] }'),
      'cert.pem': server.cert,
      'key.pem': server.key,
      'ca.pem': authority.cert,
      'client.pem': client.cert,
      'client-key.pem': client.key,
    });
    const sonde = await startSonde(['--config.file=blackbox.yml', '--web.config.file=web.yml'], { cwd: folder });
    t.teardown(() => sonde.stop());
    const trust = { ca_file: join(folder, 'ca.pem'), server_name: 'localhost' };
    const tls = { ...trust, cert_file: join(folder, 'client.pem'), key_file: join(folder, 'client-key.pem') };
    const job = (name: string, more: object): object => ({
      job_name: name,
      scheme: 'https',
      tls_config: tls,
      basic_auth: { username: 'alice', password: 'sesame' },
      static_configs: [{ targets: [sonde.address] }],
      ...more,
    });
    const jobs = [
      job('http2', {}),
      job('http1', { enable_http2: false }),
      job('wrong', { basic_auth: { username: 'alice', password: 'x' } }),
      job('stranger', { tls_config: trust }),
    ];
    for (const running of servers) {
      const prometheus = await startPrometheus(t, running, `scrape_configs: ${JSON.stringify(jobs)}\n`);
      const up = await queryPrometheus(prometheus, 'up', jobs.length);
      t.same(
        Object.fromEntries(up.map(({ metric, value }) => [metric['job'], value])),
        { http2: 1, http1: 1, wrong: 0, stranger: 0 },
        running.version,
      );
    }
  },
);
