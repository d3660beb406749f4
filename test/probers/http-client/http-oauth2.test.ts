import 'reflect-metadata';
import { createVerify, generateKeyPairSync, webcrypto } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import net from 'node:net';
import { join } from 'node:path';
import { inspect } from 'node:util';
import zlib from 'node:zlib';
import * as x509 from '@peculiar/x509';
import t from 'tap';
import { ResolveError } from '../../../src/net/resolve/resolve-error.js';
import { createSystemResolver } from '../../../src/net/resolve/resolver.js';
import { compileTlsConfig } from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { ProbeFailure } from '../../../src/probe/failure.js';
import { ProbeAbort } from '../../../src/probe/probe-abort.js';
import { compileOauth2, type Oauth2Client, type Oauth2Deps } from '../../../src/probers/http-client/http-oauth2.js';
import type { RawOauth2, RawTlsConfig } from '../../../src/values/raw-config.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { startProxy, startSocksServer } from '../../helpers/servers/proxy-server.js';
import { startRawServer } from '../../helpers/servers/raw-server.js';
import { json, startTokenServer } from '../../helpers/servers/token-server.js';
import { asker } from '../../helpers/services/asked.js';

const never = new AbortController().signal;
const clock = new ManualClock();
const platform = createTlsPlatform({ clock, certFile: undefined, certDir: undefined });
const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

const NO_TLS: RawTlsConfig = {
  ...{ ca: '', cert: '', key: '', ca_file: '', cert_file: '', key_file: '', ca_ref: '', cert_ref: '', key_ref: '' },
  ...{ server_name: '', insecure_skip_verify: false },
};

const DEFAULTS: RawOauth2 = {
  ...{ client_id: 'id', client_secret: 's3cret', client_secret_file: '', client_secret_ref: '' },
  ...{ client_certificate_key_id: '', client_certificate_key: '', client_certificate_key_file: '' },
  ...{ client_certificate_key_ref: '', grant_type: 'client_credentials', signature_algorithm: 'RS256' },
  ...{ iss: '', audience: '', claims: {}, scopes: [], token_url: '', endpoint_params: {}, tls_config: NO_TLS },
  ...{ proxy_url: '', no_proxy: '', proxy_from_environment: false, proxy_connect_header: {} },
};

const SURROUNDINGS: Oauth2Deps = {
  userAgent: 'Sonde/1',
  env: {},
  compileTls: (raw) => compileTlsConfig(raw, platform),
  resolver: createSystemResolver({ hostsFile: '/etc/hosts', resolvConfFile: '/etc/resolv.conf', clock }),
  clock,
};

function client(raw: Partial<RawOauth2>, deps: Partial<Oauth2Deps> = {}): Oauth2Client {
  return compileOauth2({ ...DEFAULTS, ...raw }, { ...SURROUNDINGS, ...deps });
}

async function failure(asking: Promise<unknown>): Promise<ProbeFailure> {
  try {
    await asking;
  } catch (error) {
    if (error instanceof ProbeFailure) return error;
    throw error;
  }
  throw new Error('there was a token');
}

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`;
}

t.test('client credentials: what is sent, and the token', async (t) => {
  const server = await startTokenServer(t, (_request, response) => json(response, 200, { access_token: 'T0K' }));
  const oauth2 = client({
    client_id: 'id 1/ü~',
    client_secret: 's+c r&et',
    scopes: ['a', 'b c'],
    endpoint_params: { audience: 'x y', zz: '1' },
    token_url: `${server.url}/token?x=1`,
  });
  const { type, token } = await oauth2.token(asker(never));
  t.equal(`${type} ${token.reveal()}`, 'Bearer T0K');
  t.notMatch(inspect({ type, token }, { depth: 9 }), /T0K/);
  t.equal(server.requests.length, 1);
  t.match(server.requests[0], {
    method: 'POST',
    path: '/token?x=1',
    headers: {
      authorization: basic('id+1%2F%C3%BC~:s%2Bc+r%26et'),
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'Sonde/1',
      host: `127.0.0.1:${server.port}`,
    },
  });
  t.strictSame(Object.fromEntries(server.requests[0]?.form ?? []), {
    audience: 'x y',
    grant_type: 'client_credentials',
    scope: 'a b c',
    zz: '1',
  });
  await oauth2.token(asker(never));
  t.equal(server.requests.length, 2, 'a token is for one probe');
});

t.test('the secret goes into the form where the header is refused', async (t) => {
  const server = await startTokenServer(t, ({ headers }, response) =>
    headers.authorization === undefined
      ? json(response, 200, { access_token: 'P' })
      : json(response, 401, { error: 'invalid_client' }),
  );
  const { token } = await client({ token_url: server.url }).token(asker(never));
  t.equal(token.reveal(), 'P');
  t.strictSame(
    server.requests.map(({ form }) => Object.fromEntries(form)),
    [
      { grant_type: 'client_credentials' },
      { grant_type: 'client_credentials', client_id: 'id', client_secret: 's3cret' },
    ],
  );
  await client({ token_url: server.url, client_secret: '' }).token(asker(never));
  t.equal(server.requests[2]?.headers.authorization, basic('id:'), 'a secret is optional');
  t.strictSame(Object.fromEntries(server.requests[3]?.form ?? []), {
    grant_type: 'client_credentials',
    client_id: 'id',
  });
});

t.test('credentials in the URL do not replace those of the client', async (t) => {
  const server = await startTokenServer(t, (_request, response) => json(response, 401, {}));
  await failure(client({ token_url: server.url.replace('//', '//u%40:p@') }).token(asker(never)));
  t.strictSame(
    server.requests.map(({ headers }) => headers.authorization),
    [basic('id:s3cret'), basic('u@:p')],
  );
});

type Reply = (response: ServerResponse) => void;

function plain(contentType: string, body: string): Reply {
  return (response) => {
    response.writeHead(200, { 'content-type': contentType });
    response.end(body);
  };
}

t.test('answers with a token', async (t) => {
  const rows: readonly { name: string; reply: Reply; header: string }[] = [
    {
      name: 'a type in the usual letter case',
      reply: (r) => json(r, 200, { access_token: 'T', token_type: 'bearer' }),
      header: 'Bearer T',
    },
    { name: 'mac', reply: (r) => json(r, 200, { access_token: 'T', token_type: 'mAc' }), header: 'MAC T' },
    { name: 'another type', reply: (r) => json(r, 200, { access_token: 'T', token_type: 'Odd' }), header: 'Odd T' },
    {
      name: 'a lifetime as text',
      reply: (r) => json(r, 201, { access_token: 'T', expires_in: '-60' }),
      header: 'Bearer T',
    },
    {
      name: 'any lifetime in a form',
      reply: plain('application/x-www-form-urlencoded', 'access_token=T&expires_in=x'),
      header: 'Bearer T',
    },
    { name: 'names in another letter case', reply: (r) => json(r, 200, { ACCESS_TOKEN: 'T' }), header: 'Bearer T' },
    {
      name: 'a form',
      reply: plain('application/x-www-form-urlencoded', 'access_token=T%2B&token_type=x'),
      header: 'x T+',
    },
    { name: 'a form as text', reply: plain('text/plain; charset=utf-8', 'access_token=T'), header: 'Bearer T' },
    { name: 'JSON as text', reply: plain('text/plain', ' {"access_token":"T"}'), header: 'Bearer T' },
    {
      name: 'of names in several letter cases the last one',
      reply: plain('application/json', '{"access_token":"A","ACCESS_TOKEN":"T","access_Token":null}'),
      header: 'Bearer T',
    },
    ...['"expires_in":1000', '"x":{"expires_in":1e3}', '"x":[{"expires_in":1e3}]', '"x":"\\"expires_in\\":1e3"'].map(
      (field) => ({
        name: field,
        reply: plain('application/json', `{"access_token":"T",${field},"y":1e3}`),
        header: 'Bearer T',
      }),
    ),
    { name: 'JSON without a type', reply: (r) => r.end('{"access_token":"T","error":null}'), header: 'Bearer T' },
  ];
  for (const { name, reply, header } of rows) {
    const server = await startTokenServer(t, (_request, response) => reply(response));
    const { type, token } = await client({ token_url: server.url }).token(asker(never));
    t.equal(`${type} ${token.reveal()}`, header, name);
    t.equal(server.requests.length, 1, `${name}: asked once`);
  }
});

t.test('answers without a token', async (t) => {
  const gibberish = Buffer.from('x'.repeat(300));
  const rows: readonly { name: string; reply: Reply; err: string | RegExp }[] = [
    ...['x', '', ' 5', '1.5', 1.5, 1e30, '99999999999999999999', true, [], {}].map((lifetime) => ({
      name: `the lifetime ${JSON.stringify(lifetime)}`,
      reply: (r: ServerResponse) => json(r, 200, { access_token: 'T', expires_in: lifetime }),
      err: 'oauth2: cannot parse json: expires_in is not an integer',
    })),
    ...['"expires_in":1e3', '"expires_in" : 1000.0', '"EXPIRES_\\u0049N":1E3', '"x":[{}],"expires_in":0.5e1'].map(
      (field) => ({
        name: `the lifetime ${field}`,
        reply: plain('application/json', `{"access_token":"T",${field}}`),
        err: 'oauth2: cannot parse json: expires_in is not an integer',
      }),
    ),
    {
      name: 'an error',
      reply: (r) => json(r, 401, { error: 'invalid_client', error_description: 'bad "x"', error_uri: 'http://x' }),
      err: 'oauth2: "invalid_client" "bad \\"x\\"" "http://x"',
    },
    {
      name: 'an error with success',
      reply: (r) => json(r, 200, { error: 'boo', access_token: 'x' }),
      err: 'oauth2: "boo"',
    },
    {
      name: 'an error page',
      reply: (r) => r.writeHead(401, { 'content-type': 'text/html' }).end('<b>no</b>'),
      err: 'oauth2: cannot fetch token: 401 Unauthorized\nResponse: <b>no</b>',
    },
    {
      name: 'a secret in the reason phrase',
      reply: (r) => r.writeHead(401, 'no client s3cret').end('<b>no</b>'),
      err: 'oauth2: cannot fetch token: 401 no client <secret>\nResponse: <b>no</b>',
    },
    {
      name: 'a long error page',
      reply: (r) => r.writeHead(500).end(gibberish),
      err: `oauth2: cannot fetch token: 500 Internal Server Error\nResponse: ${'x'.repeat(200)}…`,
    },
    {
      name: 'a failure with JSON',
      reply: (r) => json(r, 403, { message: 'no' }),
      err: 'oauth2: cannot fetch token: 403 Forbidden\nResponse: {"message":"no"}',
    },
    {
      name: 'garbage',
      reply: plain('application/json', '{nope'),
      err: 'oauth2: cannot parse json: the answer is not JSON',
    },
    {
      name: 'a list',
      reply: plain('application/json', '[1]'),
      err: 'oauth2: cannot parse json: the answer is not an object',
    },
    { name: 'null', reply: plain('application/json', 'null'), err: 'oauth2: server response missing access_token' },
    {
      name: 'a number as token',
      reply: plain('application/json', '{"access_token":5}'),
      err: 'oauth2: cannot parse json: access_token is not a string',
    },
    { name: 'no token', reply: (r) => json(r, 200, {}), err: 'oauth2: server response missing access_token' },
    {
      name: 'nothing',
      reply: (r) => r.writeHead(204).end(),
      err: 'oauth2: cannot parse json: unexpected end of JSON input',
    },
    {
      name: 'compressed, though nobody asked for that',
      reply: (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end(zlib.gzipSync('{}')),
      err: 'oauth2: server response missing access_token',
    },
    {
      name: 'said to be compressed',
      reply: (r) => r.writeHead(200, { 'content-encoding': 'gzip' }).end('{}'),
      err: /^oauth2: cannot fetch token: the answer cannot be decompressed: /,
    },
    {
      name: 'a form with a semicolon',
      reply: plain('application/x-www-form-urlencoded', 'access_token=T&a;b'),
      err: 'oauth2: cannot parse response: invalid semicolon separator in query',
    },
    {
      name: 'a form with a broken escape',
      reply: plain('application/x-www-form-urlencoded', 'access_token=T&a=%2'),
      err: 'oauth2: cannot parse response: invalid URL escape "%2"',
    },
    {
      name: 'JSON of many parts',
      reply: (r) => json(r, 200, { access_token: 'T', all: Array.from({ length: 1000 }, () => 0) }),
      err: 'oauth2: cannot parse json: the answer has more than 1000 parts',
    },
    {
      name: 'JSON of many levels',
      reply: plain('application/json', '['.repeat(100_000)),
      err: 'oauth2: cannot parse json: the answer has more than 1000 parts',
    },
    {
      name: 'a form of many parts',
      reply: plain('application/x-www-form-urlencoded', `access_token=T${'&a'.repeat(1001)}`),
      err: 'oauth2: cannot parse response: the answer has more than 1000 parts',
    },
    {
      name: 'an endless answer',
      reply: endless,
      err: 'oauth2: cannot fetch token: the answer is longer than 131072 bytes',
    },
    { name: 'half an answer', reply: half, err: 'oauth2: cannot fetch token: unexpected EOF' },
    {
      name: 'a redirect loop',
      reply: (r) => r.writeHead(307, { location: '/again' }).end(),
      err: 'oauth2: cannot fetch token: stopped after 10 redirects',
    },
  ];
  for (const { name, reply, err } of rows) {
    const server = await startTokenServer(t, (_request, response) => reply(response));
    const failed = await failure(client({ token_url: server.url }).token(asker(never)));
    t.match(
      failed,
      { phase: 'auth', reason: 'token_refused', message: 'Error for HTTP request', fields: { err } },
      name,
    );
  }
});

function endless(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  const write = (): void => {
    while (!response.destroyed && response.write(Buffer.alloc(65_536, ' ')));
  };
  response.on('drain', write);
  write();
}

function half(response: ServerResponse): void {
  response.writeHead(200, { 'content-length': 100 });
  response.write('{"access_token":"T"', () => response.destroy());
}

t.test('what is fine on a target is fine here', async (t) => {
  const body = '{"access_token":"T"}';
  const rows: readonly { readonly name: string; readonly head: string; readonly body?: Buffer }[] = [
    { name: 'a head of 100 KB', head: `X: ${'y'.repeat(100_000)}\r\nContent-Length: ${body.length}` },
    { name: 'a folded line', head: `X: y\r\n z\r\nContent-Length: ${body.length}` },
    { name: 'a blank before the colon', head: `X : y\r\nContent-Length: ${body.length}` },
    { name: 'equal lengths', head: `Content-Length: ${body.length}\r\nContent-Length: ${body.length}` },
    { name: 'no length', head: 'X: y' },
    { name: 'gzip unasked', head: 'Content-Encoding: gzip', body: zlib.gzipSync(body) },
  ];
  for (const { name, head, body: sent = Buffer.from(body) } of rows) {
    const server = await startRawServer(t, (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n${head}\r\n\r\n`);
      socket.end(sent);
    });
    const { token } = await client({ token_url: `http://127.0.0.1:${server.port}/` }).token(asker(never));
    t.equal(token.reveal(), 'T', name);
  }
  const garbage = await startRawServer(t, (socket) => void socket.end('SSH-2.0-x\r\n'));
  const failed = await failure(client({ token_url: `http://127.0.0.1:${garbage.port}/` }).token(asker(never)));
  t.match(failed, { reason: 'token_refused', fields: { err: /: malformed HTTP response "SSH-2.0-x"$/ } }, 'garbage');
});

t.test('redirects', async (t) => {
  const token = { access_token: 'T' };
  const other = await startTokenServer(t, (_request, response) => json(response, 200, token));
  const server = await startTokenServer(t, ({ path }, response) => {
    if (path === '/ok') {
      json(response, 200, token);
      return;
    }
    const location = path === '/far' ? `http://localhost:${other.port}/ok` : '/ok';
    response.writeHead(path === '/302' ? 302 : 307, { location }).end();
  });
  await client({ token_url: `${server.url}/307` }).token(asker(never));
  t.match(server.requests[1], { method: 'POST', headers: { authorization: basic('id:s3cret') } });
  t.equal(server.requests[1]?.form.get('grant_type'), 'client_credentials', 'is sent again');
  await client({ token_url: `${server.url}/302` }).token(asker(never));
  t.match(server.requests[3], { method: 'GET', headers: { authorization: basic('id:s3cret') } });
  t.equal(server.requests[3]?.form.size, 0, 'is not sent again');
  await client({ token_url: `${server.url}/far` }).token(asker(never));
  t.equal(other.requests[0]?.headers.authorization, undefined, 'another host does not get the secret');
  t.equal(other.requests[0]?.headers.host, `localhost:${other.port}`);
});

t.test('a redirect whose short body does not end is not followed', async (t) => {
  const end = new AbortController();
  const server = await startTokenServer(t, ({ path }, response) => {
    if (path === '/ok') json(response, 200, { access_token: 'T' });
    else {
      response.writeHead(307, { location: '/ok', 'content-length': path === '/long' ? 2049 : 2048 }).write('x');
      // Time in which a client that does not wait would be at the next place.
      if (path === '/short') setTimeout(() => end.abort(new ProbeAbort('deadline')), 300);
    }
  });
  await client({ token_url: `${server.url}/long` }).token(asker(never));
  t.equal(server.requests.length, 2, 'a long one is');
  await failure(client({ token_url: `${server.url}/short` }).token(asker(end.signal)));
  t.equal(server.requests.length, 3);
});

t.test('secrets that an answer repeats are masked', async (t) => {
  const server = await startTokenServer(t, ({ path }, response) => {
    const echo = `no id:hush%21, hush!, ${Buffer.from('id:hush%21').toString('base64')}`;
    if (path === '/json') json(response, 400, { error: 'e', error_description: echo, access_token: 'T0K-' });
    else response.writeHead(400).end(`${echo} {"access_token":"T0K"}`);
  });
  for (const path of ['/json', '/text']) {
    const failed = await failure(client({ client_secret: 'hush!', token_url: server.url + path }).token(asker(never)));
    const err = String(failed.fields['err']);
    t.match(err, /<secret>/);
    t.notMatch(err, /hush|aWQ6/, path);
  }
});

t.test('a secret of one letter is masked once', async (t) => {
  const server = await startTokenServer(t, (_request, response) => {
    response.writeHead(400).end('Missing');
  });
  const failed = await failure(client({ client_secret: 's', token_url: server.url }).token(asker(never)));
  t.match(failed, { fields: { err: /Response: Mi<secret><secret>ing$/ } });
});

t.test('a secret through which the end of what is shown goes is masked', async (t) => {
  const server = await startTokenServer(t, (_request, response) => {
    response.writeHead(400).end(`${'x'.repeat(195)}${'hush!'.repeat(100)}`);
  });
  const failed = await failure(client({ client_secret: 'hush!', token_url: server.url }).token(asker(never)));
  const [, shown] = String(failed.fields['err']).split('Response: ');
  t.equal(shown, `${'x'.repeat(195)}<secr…`);
});

t.test('a token server that cannot be reached', async (t) => {
  const closed = net.createServer().listen(0, '127.0.0.1');
  await once(closed, 'listening');
  const { port } = closed.address() as net.AddressInfo;
  closed.close();
  const cut = net.createServer((socket) => socket.resetAndDestroy()).listen(0, '127.0.0.1');
  await once(cut, 'listening');
  t.teardown(() => cut.close());
  const cutPort = (cut.address() as net.AddressInfo).port;
  const rows = [
    {
      url: `http://127.0.0.1:${port}/t`,
      err: /^Post "http:\/\/127\.0\.0\.1:\d+\/t": dial tcp 127\.0\.0\.1:\d+: connect: connection refused/,
    },
    { url: `http://u:hidden@127.0.0.1:${port}/t`, err: /^Post "http:\/\/127\.0\.0\.1:\d+\/t": / },
    { url: `http://127.0.0.1:${cutPort}/`, err: /connection reset by peer/ },
    { url: 'ftp://x/', err: 'Post "ftp://x/": unsupported protocol scheme "ftp"' },
    { url: 'nope', err: 'Post "nope": unsupported protocol scheme ""' },
  ];
  for (const { url, err } of rows) {
    const failed = await failure(client({ token_url: url }).token(asker(never)));
    t.match(failed, { phase: 'auth', reason: 'token_unreachable', fields: { err } }, url);
  }
});

t.test('names are looked up by the resolver of the house', async (t) => {
  const server = await startTokenServer(t, (_request, response) => json(response, 200, { access_token: 'T' }));
  const asked: string[] = [];
  const resolver = {
    lookup: async (host: string, family: 4 | 6) => {
      asked.push(`${host} ${family}`);
      if (host === 'tokens.example' && family === 4) return { addresses: ['127.0.0.1'], aliases: [] };
      throw new ResolveError('dns_no_such_host', `lookup ${host}: no such host`);
    },
  };
  const url = `http://tokens.example:${server.port}/`;
  t.equal((await client({ token_url: url }, { resolver }).token(asker(never))).token.reveal(), 'T');
  t.strictSame(asked, ['tokens.example 6', 'tokens.example 4']);
  const failed = await failure(client({ token_url: 'http://gone.example/' }, { resolver }).token(asker(never)));
  t.match(failed, {
    reason: 'token_unreachable',
    fields: { err: 'Post "http://gone.example/": lookup gone.example: no such host' },
  });
});

t.test('the deadline of the probe', async (t) => {
  for (const [name, kind, reason] of [
    ['a silent server', 'deadline', 'token_timeout'],
    ['nobody waits any more', 'cancelled', 'probe_cancelled'],
  ] as const) {
    const end = new AbortController();
    const server = await startTokenServer(t, () => end.abort(new ProbeAbort(kind)));
    const failed = await failure(client({ token_url: server.url }).token(asker(end.signal)));
    t.match(failed, { phase: 'auth', reason, message: 'Error for HTTP request' }, name);
    t.equal(server.requests.length, 1, `${name}: is not asked again`);
  }
  const end = new AbortController();
  const trickling = await startTokenServer(t, (_request, response) => {
    response.write('{', () => end.abort(new ProbeAbort('deadline')));
  });
  t.match(
    await failure(client({ token_url: trickling.url }).token(asker(end.signal))),
    { reason: 'token_timeout' },
    'half an answer',
  );
  const late = AbortSignal.abort(new ProbeAbort('deadline'));
  t.match(
    await failure(client({ token_url: trickling.url }).token(asker(late))),
    { phase: 'auth', reason: 'token_timeout' },
    'no time at all',
  );
  t.equal(trickling.requests.length, 1);
});

t.test('what the module has wrong', async (t) => {
  const reason = 'invalid_request';
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' });
  const noSecret = { client_secret: '' };
  const jwt = { ...noSecret, grant_type: JWT_GRANT };
  const rows: readonly { name: string; raw: Partial<RawOauth2>; reason: string; err: string }[] = [
    {
      name: 'scope twice',
      raw: { scopes: ['a'], endpoint_params: { scope: 'b' } },
      reason,
      err: 'oauth2: cannot overwrite parameter "scope"',
    },
    {
      name: 'client_secret_file',
      raw: { ...noSecret, client_secret_file: '/nope' },
      reason: 'file_unreadable',
      err: 'unable to read oauth2 client secret: unable to read file /nope: open /nope: no such file or directory',
    },
    {
      name: 'client_secret_ref',
      raw: { ...noSecret, client_secret_ref: 'x' },
      reason: 'secret_ref_unsupported',
      err: 'unable to use client secret: cannot use secret ref without manager',
    },
    { name: 'no key', raw: jwt, reason, err: 'invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key' },
    {
      name: 'a key that is none',
      raw: { ...jwt, client_certificate_key: 'nope' },
      reason,
      err: 'invalid key: Key must be a PEM encoded PKCS1 or PKCS8 key',
    },
    {
      name: 'an EC key',
      raw: { ...jwt, client_certificate_key: String(ec) },
      reason,
      err: 'key is not a valid RSA private key',
    },
    {
      name: 'a key file',
      raw: { ...jwt, client_certificate_key_file: '/nope' },
      reason: 'file_unreadable',
      err: 'unable to read oauth2 client secret: unable to read file /nope: open /nope: no such file or directory',
    },
  ];
  for (const { name, raw, reason: expected, err } of rows) {
    const failed = await failure(client({ token_url: 'http://127.0.0.1:9/', ...raw }).token(asker(never)));
    t.match(failed, { phase: 'setup', reason: expected, fields: { err } }, name);
  }
  t.throws(() => client({ proxy_url: 'h:1' }), { name: 'ConfigError', path: ['proxy_url'] });
});

t.test('grant_type may be overwritten, as in upstream', async (t) => {
  const server = await startTokenServer(t, (_request, response) => json(response, 200, { access_token: 'T' }));
  await client({ token_url: server.url, endpoint_params: { grant_type: 'password' } }).token(asker(never));
  t.equal(server.requests[0]?.form.get('grant_type'), 'password');
});

t.test('a signed JWT as the grant', async (t) => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const pkcs1 = String(privateKey.export({ type: 'pkcs1', format: 'pem' }));
  const pkcs8 = String(privateKey.export({ type: 'pkcs8', format: 'pem' }));
  const file = join(t.testdir({ key: '' }), 'key');
  writeFileSync(file, `\n${pkcs8}\n`);
  const server = await startTokenServer(t, (_request, response) => json(response, 200, { access_token: 'T' }));
  const issued = Math.floor(clock.wallSeconds());
  const rows: readonly {
    name: string;
    raw: Partial<RawOauth2>;
    digest: string;
    header: object;
    claims: object;
    form: object;
  }[] = [
    {
      name: 'the least',
      raw: { client_certificate_key: pkcs1 },
      digest: 'sha256',
      header: { alg: 'RS256', typ: 'JWT' },
      claims: { iss: 'id', sub: 'id', aud: server.url, iat: issued, exp: issued + 600 },
      form: { grant_type: JWT_GRANT },
    },
    {
      name: 'everything',
      raw: {
        client_certificate_key_file: file,
        client_certificate_key_id: 'kid1',
        signature_algorithm: 'RS384',
        iss: 'me',
        audience: 'you',
        claims: { a: 1, b: { c: [true, null] }, sub: 'over' },
        scopes: ['x', 'y'],
        endpoint_params: { p: 'q' },
      },
      digest: 'sha384',
      header: { alg: 'RS384', kid: 'kid1', typ: 'JWT' },
      claims: {
        iss: 'me',
        sub: 'over',
        aud: 'you',
        iat: issued,
        exp: issued + 600,
        scope: 'x y',
        a: 1,
        b: { c: [true, null] },
      },
      form: { grant_type: JWT_GRANT, scope: 'x y', p: 'q' },
    },
    {
      name: 'RS512',
      raw: { client_certificate_key: pkcs8, signature_algorithm: 'RS512' },
      digest: 'sha512',
      header: { alg: 'RS512', typ: 'JWT' },
      claims: { iss: 'id', sub: 'id', aud: server.url, iat: issued, exp: issued + 600 },
      form: { grant_type: JWT_GRANT },
    },
  ];
  for (const { name, raw, digest, header, claims, form } of rows) {
    const { token } = await client({ client_secret: '', grant_type: JWT_GRANT, token_url: server.url, ...raw }).token(
      asker(never),
    );
    t.equal(token.reveal(), 'T', name);
    const request = server.requests.at(-1);
    t.equal(request?.headers.authorization, undefined, `${name}: no other credentials`);
    const { assertion = '', ...others } = Object.fromEntries(request?.form ?? []);
    t.strictSame(others, form, `${name}: form`);
    const [head = '', body = '', signature = ''] = assertion.split('.');
    t.strictSame(decode(head), header, `${name}: header`);
    const { jti, ...rest } = decode(body);
    t.strictSame(rest, claims, `${name}: claims`);
    t.match(jti, /^[0-9a-f-]{36}$/, `${name}: an id of its own`);
    const verified = createVerify(digest).update(`${head}.${body}`).verify(publicKey, signature, 'base64url');
    t.equal(verified, true, `${name}: signature`);
  }
});

function decode(part: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Record<string, unknown>;
}

t.test('through a proxy', async (t) => {
  const server = await startTokenServer(t, (_request, response) => json(response, 200, { access_token: 'T' }));
  const proxy = await startProxy(t, { authorization: basic('u:p') });
  const url = proxy.url.replace('//', '//u:p@');
  await client({ token_url: `${server.url}/t?q`, proxy_url: url }).token(asker(never));
  t.match(proxy.seen, [{ method: 'POST', target: `${server.url}/t?q`, headers: { host: `127.0.0.1:${server.port}` } }]);
  await client({ token_url: server.url, proxy_url: url, no_proxy: 'x' }).token(asker(never));
  t.equal(proxy.seen.length, 1, 'loopback is spared where there is a no_proxy');
  const socks = await startSocksServer(t);
  await client({ token_url: server.url, proxy_url: `socks5://127.0.0.1:${socks.port}` }).token(asker(never));
  t.strictSame(socks.seen, [`127.0.0.1:${server.port}`]);
  t.equal(server.requests.length, 3);
});

t.test('over TLS', async (t) => {
  const { key, cert } = await selfSigned();
  const server = await startTokenServer(t, (_request, response) => json(response, 200, { access_token: 'T' }), {
    key,
    cert,
  });
  const trusting = { ...NO_TLS, ca: cert };
  const { token } = await client({ token_url: server.url, tls_config: trusting }).token(asker(never));
  t.equal(token.reveal(), 'T');
  const insecure = { ...NO_TLS, insecure_skip_verify: true };
  t.equal((await client({ token_url: server.url, tls_config: insecure }).token(asker(never))).token.reveal(), 'T');
  t.match(await failure(client({ token_url: server.url }).token(asker(never))), {
    phase: 'auth',
    reason: 'token_unreachable',
    fields: { err: /x509|certificate/ },
  });
  const missing = { ...NO_TLS, ca_file: '/nope' };
  t.match(
    await failure(client({ token_url: server.url, tls_config: missing }).token(asker(never))),
    { phase: 'setup', reason: 'file_unreadable' },
    'files of tls_config',
  );
  const plainServer = await startTokenServer(t, (_request, response) => json(response, 200, { access_token: 'T' }));
  const wrong = plainServer.url.replace('http:', 'https:');
  t.match(
    await failure(client({ token_url: wrong }).token(asker(never))),
    { reason: 'token_unreachable' },
    'no TLS there',
  );
  const proxy = await startProxy(t);
  await client({
    token_url: server.url,
    tls_config: trusting,
    proxy_url: proxy.url,
    proxy_connect_header: { 'x-tag': ['a'] },
  }).token(asker(never));
  t.match(proxy.seen, [{ method: 'CONNECT', target: `127.0.0.1:${server.port}`, headers: { 'x-tag': 'a' } }]);
  const refusing = await startProxy(t, { authorization: 'other' });
  t.match(
    await failure(client({ token_url: server.url, tls_config: trusting, proxy_url: refusing.url }).token(asker(never))),
    {
      phase: 'auth',
      reason: 'token_unreachable',
      fields: { err: /: Proxy Authentication Required$/ },
    },
  );
});

/** A certificate for 127.0.0.1 that is good at the time of the tests' clock. */
async function selfSigned(): Promise<{ key: string; cert: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    serialNumber: '01',
    name: 'CN=tokens',
    notBefore: new Date('2020-01-01'),
    notAfter: new Date('2099-01-01'),
    signingAlgorithm: algorithm,
    keys,
    extensions: [
      new x509.BasicConstraintsExtension(true),
      new x509.SubjectAlternativeNameExtension([{ type: 'ip', value: '127.0.0.1' }]),
    ],
  });
  const key = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey)).toString('base64');
  return { key: `-----BEGIN PRIVATE KEY-----\n${key}\n-----END PRIVATE KEY-----\n`, cert: certificate.toString('pem') };
}
