import { writeFileSync } from 'node:fs';
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import bcrypt from 'bcrypt';
import t, { type Test } from 'tap';
import { ManualClock } from '../../helpers/manual-clock.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { httpsGet } from '../../helpers/services/https-get.js';
import { startApp, testModule } from '../../helpers/services/start-app.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';
import { until } from '../../helpers/until.js';

/** `sesame`, with the least cost that there is, as `htpasswd -nbBC 4` writes it. */
const SESAME = '$2y$04$kSy2WQ.bTTasIuY38Q/QcucyoUE5kkNelPuAxOIGGOQJC2XjbjT3e';
const OTHER = '$2b$04$L1o29z37HHJUnOWy4ioRk.POuVSuK9ZOvi/f./HzWjs5Ak2dbR/Sy';

const USERS = `basic_auth_users:\n  alice: ${SESAME}\n`;
const HEADERS =
  'http_server_config:\n  headers:\n    X-Frame-Options: deny\n    Content-Security-Policy: default-src none\n';

const basic = (credentials: string | Buffer): { authorization: string } => ({
  authorization: `Basic ${(typeof credentials === 'string' ? Buffer.from(credentials) : credentials).toString('base64')}`,
});

interface Guarded {
  readonly address: string;
  readonly clock: ManualClock;
  readonly logLines: readonly string[];
  /** Changes the file; seen a second later. */
  readonly change: (yaml: string | undefined) => Promise<void>;
}

async function startGuarded(t: Test, yaml: string): Promise<Guarded> {
  const file = join(t.testdir({}), 'web.yml');
  writeFileSync(file, yaml);
  const clock = new ManualClock();
  const app = await startApp({ modules: [testModule({ name: 'm' })], clock, web: { configFile: file } });
  t.teardown(() => app.stop(0));
  const change = async (text: string | undefined): Promise<void> => {
    await (text === undefined ? rm(file) : writeFile(file, text));
    clock.advance(1);
  };
  return { address: app.address, clock, logLines: app.logLines, change };
}

t.test('passwords are compared as the bytes that they are', async (t) => {
  const latin = Buffer.from('p\u00e4ss', 'latin1');
  const hashed = bcrypt.hashSync(latin, 4);
  const replaced = bcrypt.hashSync('p\ufffdss', 4);
  const { address } = await startGuarded(t, `basic_auth_users:\n  latin: ${hashed}\n  replaced: ${replaced}\n`);
  const ask = async (user: string, password: Buffer) => {
    const authorization = basic(Buffer.concat([Buffer.from(`${user}:`), password])).authorization;
    return (await httpGet(address, '/-/healthy', { headers: { authorization } })).status;
  };
  t.equal(await ask('latin', latin), 200, 'no UTF-8');
  t.equal(await ask('latin', Buffer.from('p\u00f6ss', 'latin1')), 401, 'another byte that is no UTF-8');
  t.equal(await ask('latin', Buffer.from('p\u00e4ss')), 401, 'the same letters as UTF-8');
  t.equal(await ask('replaced', Buffer.from('p\ufffdss')), 200);
  t.equal(await ask('replaced', latin), 401, 'bytes that are no UTF-8 are no U+FFFD');
});

t.test('who is let in', async (t) => {
  const { address } = await startGuarded(t, USERS + HEADERS);
  const rows: readonly (readonly [name: string, authorization: string | undefined, status: number])[] = [
    ['no header', undefined, 401],
    ['the right password', basic('alice:sesame').authorization, 200],
    ['again, from memory', basic('alice:sesame').authorization, 200],
    ['in small letters', basic('alice:sesame').authorization.replace('Basic', 'basic'), 200],
    ['a wrong password', basic('alice:sesam').authorization, 401],
    ['again, from memory', basic('alice:sesam').authorization, 401],
    ['a user that there is not', basic('bob:sesame').authorization, 401],
    ['an inherited property for a user', basic('constructor:sesame').authorization, 401],
    ['no password', basic('alice').authorization, 401],
    ['an empty password', basic('alice:').authorization, 401],
    ['the hash as password', basic(`alice:${SESAME}`).authorization, 401],
    ['another scheme', 'Bearer sesame', 401],
    ['no base64', 'Basic alice:sesame', 401],
    ['incomplete base64', 'Basic YWxpY2U6c2VzYW1l=', 401],
  ];
  for (const [name, authorization, status] of rows) {
    const headers = authorization === undefined ? {} : { authorization };
    for (const path of ['/-/healthy', '/metrics', '/probe?module=m&target=t', '/', '/nowhere']) {
      const answer = await httpGet(address, path, { headers });
      if (status === 200) t.not(answer.status, 401, `${name}: ${path}`);
      else t.equal(answer.status, status, `${name}: ${path}`);
    }
  }
});

t.test('refusals, whole', async (t) => {
  const { address, clock } = await startGuarded(t, `${USERS}${HEADERS}rate_limit: { interval: 10s, burst: 2 }\n`);
  const refusal = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' };
  const unauthorized = await httpGet(address, '/metrics', { method: 'POST', body: 'x'.repeat(100_000) });
  t.equal(unauthorized.status, 401);
  t.equal(unauthorized.text, 'Unauthorized\n');
  t.match(unauthorized.headers, { ...refusal, 'www-authenticate': 'Basic', 'x-frame-options': 'deny' });
  const allowed = await httpGet(address, '/-/healthy', { headers: basic('alice:sesame') });
  t.equal(allowed.status, 200);
  t.match(allowed.headers, { 'x-frame-options': 'deny', 'content-security-policy': 'default-src none' });
  const limited = await httpGet(address, '/-/healthy', { headers: basic('alice:sesame') });
  t.equal(limited.status, 429);
  t.equal(limited.text, 'Too Many Requests\n');
  t.match(limited.headers, refusal);
  t.notMatch(limited.headers, { 'x-frame-options': 'deny' }, 'the limit comes before the headers');
  clock.advance(10);
  t.equal((await httpGet(address, '/-/healthy', { headers: basic('alice:sesame') })).status, 200, 'one more by now');
  t.equal((await httpGet(address, '/-/healthy', { headers: basic('alice:sesame') })).status, 429);
});

t.test('the file changes while the service runs', async (t) => {
  const { address, logLines, change, clock } = await startGuarded(t, USERS);
  const get = (credentials: string) => httpGet(address, '/-/healthy', { headers: basic(credentials) });
  t.equal((await get('alice:sesame')).status, 200);
  await change(`basic_auth_users: { alice: ${OTHER} }\n${HEADERS}`);
  t.equal((await get('alice:sesame')).status, 401, 'the old password is forgotten');
  const other = await get('alice:other');
  t.equal(other.status, 200);
  t.match(other.headers, { 'x-frame-options': 'deny' });

  await change('basic_auth_users: [\n');
  const broken = await get('alice:other');
  t.equal(broken.status, 500);
  t.equal(broken.text, 'Internal Server Error\n');
  t.notMatch(broken.headers, { 'x-frame-options': 'deny' });
  t.match(logLines.at(-1), /level=ERROR msg="Unable to parse configuration" err=".*web\.yml:.*not YAML/);
  const lines = logLines.length;
  await get('alice:other');
  t.equal(logLines.length, lines, 'the log is not flooded');
  clock.advance(10);
  await get('alice:other');
  t.equal(logLines.length, lines + 1, 'but reminded');

  await change(undefined);
  t.equal((await get('alice:other')).status, 500, 'a missing file opens no door');
  t.match(logLines.at(-1), /no such file or directory/);
  await change('');
  t.equal((await httpGet(address, '/-/healthy')).status, 200, 'an empty one does');
  t.notOk(
    logLines.some((line) => /sesame|\$2[by]\$/.test(line)),
    'no secrets in the log',
  );
});

t.test('a broken file at the start names every mistake', async (t) => {
  const file = join(
    t.testdir({ 'web.yml': 'rate_limit: { interval: 1s }\nusers: {}\nbasic_auth_users: { a: b }\n' }),
    'web.yml',
  );
  await t.rejects(startApp({ web: { configFile: file } }), {
    message: [
      `${file}:1:13: rate_limit.burst: 0 is not possible here; it must be at least 1, or every request would be refused`,
      `${file}:2:1: users: there is no such key; possible are tls_server_config, http_server_config, basic_auth_users, rate_limit`,
      `${file}:3:24: basic_auth_users.a: crypto/bcrypt: hashedSecret too short to be a bcrypted password; make one with \`htpasswd -nBC 10 NAME\``,
    ].join('\n'),
  });
});

/**
 * An answer without the lines that are another's a moment later: numbers of the process, times, what the pages show of
 * earlier probes.
 */
function lasting(text: string): string {
  const passing = /^(?:# |process_|nodejs_|promhttp_|sonde_|probe_)|time=|["<]/;
  return text
    .split('\n')
    .filter((line) => !passing.test(line))
    .join('\n');
}

t.test('every route, over HTTP/1.1 and HTTP/2', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const dir = t.testdir({
    'web.yml': `tls_server_config: { cert_file: c.pem, key_file: k.pem }\n${USERS}${HEADERS}`,
    'c.pem': localhost.cert,
    'k.pem': localhost.key,
  });
  const app = await startApp({ modules: [testModule({ name: 'm' })], web: { configFile: join(dir, 'web.yml') } });
  t.teardown(() => app.stop(0));
  t.match(app.logLines.join(''), /msg="TLS is enabled\." http2=true address=127\.0\.0\.1:\d+/);
  const rows: readonly (readonly [method: string, path: string])[] = [
    ['GET', '/-/healthy'],
    ['HEAD', '/-/healthy'],
    ['GET', '/metrics'],
    ['GET', '/probe?module=m&target=t'],
    ['GET', '/probe?module=m&target=t&debug=true'],
    ['GET', '/probe?module=nope&target=t'],
    ['GET', '/config'],
    ['GET', '/logs?id=0'],
    ['POST', '/-/reload'],
    ['PUT', '/-/reload'],
    ['GET', '/'],
    ['OPTIONS', '/'],
    ['GET', '/nowhere'],
    ['GET', '/a//b'],
    ['GET', '/%zz'],
  ];
  const tls = { ca: authority.cert };
  const ask = (protocol: 'http/1.1' | 'h2', [method, path]: (typeof rows)[number], headers: Record<string, string>) =>
    httpsGet(app.address, path, { protocol, method, headers, tls, ...(method === 'PUT' && { body: 'x' }) });
  for (const row of rows) {
    const name = row.join(' ');
    const one = await ask('http/1.1', row, basic('alice:sesame'));
    const two = await ask('h2', row, basic('alice:sesame'));
    t.equal(two.status, one.status, name);
    t.equal(two.headers['content-type'], one.headers['content-type'], `${name}: Content-Type`);
    t.equal(two.headers['x-frame-options'], 'deny', `${name}: configured header`);
    t.equal(two.headers.connection, undefined, `${name}: no header of HTTP/1.1`);
    t.equal(lasting(two.text), lasting(one.text), `${name}: body`);
    const [first, second] = [await ask('http/1.1', row, {}), await ask('h2', row, {})];
    t.same([first.status, second.status], [401, 401], `${name}: only with a password`);
  }
});

t.test(
  '40 who guess at once from one address keep a right password from another waiting for one comparison',
  async (t) => {
    // A comparison takes far longer here than a request, so that all guesses are there before the first is over.
    const { address } = await startGuarded(t, `basic_auth_users:\n  alice: ${await bcrypt.hash('sesame', 12)}\n`);
    const statuses: number[] = [];
    const guesses = Array.from({ length: 40 }, async (_, index) => {
      const from = { localAddress: '127.0.0.2', headers: basic(`alice:guess ${index}`) };
      statuses.push((await httpGet(address, '/-/healthy', from)).status);
    });
    await until(() => statuses.includes(401), 'a guess was compared');
    const wrongBefore = statuses.filter((status) => status === 401).length;
    const right = await httpGet(address, '/-/healthy', { headers: basic('alice:sesame') });
    t.equal(right.status, 200);
    const wrongMeanwhile = statuses.filter((status) => status === 401).length - wrongBefore;
    t.ok(wrongMeanwhile <= 2, `${wrongMeanwhile} guesses were compared meanwhile`);
    await Promise.all(guesses);
    const compared = statuses.filter((status) => status === 401).length;
    t.ok(compared >= 4 && compared <= 8, `${compared} are compared, as the first ones end`);
    t.equal(statuses.filter((status) => status === 429).length, 40 - compared, 'the others are told to come back');
  },
);
