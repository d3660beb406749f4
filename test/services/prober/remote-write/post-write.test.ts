import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer as createTlsServer } from 'node:https';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { TLSSocket } from 'node:tls';
import t from 'tap';
import type { GivenWrite } from '../../../../src/services/prober/remote-write/remote-write-options.js';
import type { WriteAnswer } from '../../../../src/services/prober/remote-write/write-answer.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { startProxy } from '../../../helpers/servers/proxy-server.js';
import { listen, poster, send, startRaw, startServer } from '../../../helpers/services/write-poster.js';
import { makeAuthority } from '../../../helpers/tls/certificates.js';

t.test('redirects by 307 and 308 are followed, with samples and login', async (t) => {
  const { port, got } = await startServer(t, (response, { path }) => {
    if (path === '/a') response.writeHead(307, { Location: '/b' }).end();
    else if (path === '/b') response.writeHead(308, { Location: `http://127.0.0.1:${port}/c` }).end();
    else response.writeHead(204).end();
  });
  const post = poster({
    url: `http://127.0.0.1:${port}/a`,
    bearer_token: 'secret',
    headers: { 'X-Scope-OrgID': 'team' },
  });
  t.strictSame(await send(post), { kind: 'taken' });
  t.strictSame(
    got.map(({ method, path, body, headers }) => [method, path, body, headers.authorization, headers['x-scope-orgid']]),
    ['/a', '/b', '/c'].map((path) => ['POST', path, 'body', 'Bearer secret', 'team']),
  );
});

t.test('credentials stay with the host', async (t) => {
  const { port, got } = await startServer(t, (response, { headers }) => {
    if (headers.host?.startsWith('127.')) response.writeHead(307, { Location: `http://localhost:${port}/` }).end();
    else response.writeHead(204).end();
  });
  const post = poster({
    url: `http://127.0.0.1:${port}/`,
    basic_auth: { username: 'me', password: 'secret' },
    headers: { 'X-Scope-OrgID': 'team', 'X-Api-Key': 'one' },
    http_headers: { 'X-Other': { values: ['open'], secrets: ['two'] } },
  });
  t.strictSame(await send(post), { kind: 'taken' });
  const [first, second] = got;
  t.match(first?.headers, { authorization: /^Basic /, 'x-api-key': 'one', 'x-other': 'open, two' });
  t.match(second?.headers, { 'x-scope-orgid': 'team', 'x-other': 'open', 'content-encoding': 'snappy' });
  t.notMatch(JSON.stringify(second?.headers), /authorization|api-key|two/);
});

const REDIRECTS: readonly (readonly [name: string, status: number, to: string, given: GivenWrite, says: RegExp])[] = [
  ['302', 302, '/login', {}, /^302 redirects to \/login: .*asked with GET.*; write the URL that takes the samples/],
  ['301', 301, 'https://x/', {}, /^301 redirects to https:\/\/x\/: that is not followed/],
  ['303', 303, '/', {}, /^303 redirects to \//],
  [
    '307 that is not to be followed',
    307,
    '/b',
    { follow_redirects: false },
    /not followed \(follow_redirects: false\)/,
  ],
  ['a circle', 307, '/', {}, /^stopped after 10 redirects/],
  ['a file', 308, 'file:///etc/passwd', {}, /^308 cannot follow the redirect to "file:\/\/\/etc\/passwd"/],
  ['a socket', 308, 'unix:///run/docker.sock', {}, /^308 cannot follow the redirect to "unix:/],
  ['no URL', 308, 'http://[', {}, /^308 cannot follow the redirect/],
  ['a long URL', 302, `/${'a'.repeat(9000)}`, {}, /^302 redirects to \/a{199}…: /],
];
for (const [name, status, to, given, says] of REDIRECTS) {
  t.test(`a redirect: ${name}: the samples wait`, async (t) => {
    const { port, got } = await startServer(t, (response) => response.writeHead(status, { Location: to }).end());
    const answer = await send(poster({ url: `http://127.0.0.1:${port}/`, ...given }));
    t.equal(answer.kind, 'later');
    t.match('problem' in answer ? answer.problem : '', says);
    t.ok(
      got.every(({ method }) => method === 'POST'),
      'nothing is asked with GET',
    );
  });
}

t.test('a policy holds for the receiver, and for where it redirects to', async (t) => {
  const deny = [{ addresses: ['link_local', 'metadata'] }, { hosts: ['localhost'] }];
  const { port, got } = await startServer(t, (response, { path }) =>
    response.writeHead(307, { Location: decodeURIComponent(path.slice(1)) }).end(),
  );
  for (const to of [
    'http://169.254.169.254/latest/',
    'http://0xa9fea9fe/',
    'http://[fd00:ec2::254]/',
    'http://localhost/',
  ]) {
    const url = `http://127.0.0.1:${port}/${encodeURIComponent(to)}`;
    const answer = await send(poster({ url, target_policy: { deny } }));
    t.match(answer, { kind: 'later', problem: 'The target is denied by target_policy' }, to);
  }
  t.equal(got.length, 4);
  const own = await send(poster({ url: `http://localhost:${port}/`, target_policy: { deny } }));
  t.match(own, { kind: 'later', problem: /denied/ });
  t.equal(got.length, 4, 'no packet');
});

const RETRIES: readonly (readonly [name: string, value: string, seconds: number | undefined])[] = [
  ['seconds', '7', 7],
  ['years', '3155760000', 600],
  ['more digits than a number has', '9'.repeat(400), 600],
  ['a date in a century', 'Fri, 31 Dec 2126 23:59:59 GMT', 600],
  ['a date that has gone', 'Fri, 31 Dec 1999 23:59:59 GMT', 0],
  ['a negative number', '-5', 0],
  ['nonsense', 'soon', undefined],
];
for (const [name, value, seconds] of RETRIES) {
  t.test(`Retry-After: ${name}`, async (t) => {
    const { port } = await startServer(t, (response) => response.writeHead(429, { 'Retry-After': value }).end('busy'));
    const answer = await send(poster({ url: `http://127.0.0.1:${port}/` }, new ManualClock()));
    t.match(answer, { kind: 'later', problem: '429 busy' });
    const after = answer.kind === 'later' ? answer.afterSeconds : NaN;
    // A negative number is a year to the parser of dates, and long gone.
    t.equal(after, seconds);
  });
}

const WRITTEN: readonly (readonly [name: string, headers: Readonly<Record<string, string>>, written: unknown])[] = [
  ['all', { Samples: '3', Histograms: '1', Exemplars: '0' }, { samples: 3, histograms: 1 }],
  ['one', { Exemplars: '0' }, { samples: 0, histograms: 0 }],
  ['negative numbers', { Samples: '-3', Histograms: '1' }, { samples: 0, histograms: 1 }],
  ['huge numbers', { Samples: '9'.repeat(30) }, undefined],
  ['fractions and words', { Samples: '1.5', Histograms: 'NaN', Exemplars: '0x10' }, undefined],
];
for (const [name, headers, written] of WRITTEN) {
  t.test(`what was written: ${name}`, async (t) => {
    const { port } = await startServer(t, (response) => {
      const entries = Object.entries(headers).map(([what, text]) => [
        `X-Prometheus-Remote-Write-${what}-Written`,
        text,
      ]);
      response.writeHead(204, Object.fromEntries(entries) as Record<string, string>).end();
    });
    t.strictSame(await send(poster({ url: `http://127.0.0.1:${port}/` })), {
      kind: 'taken',
      ...(written !== undefined && { written }),
    });
  });
}

const HOSTILE: readonly (readonly [name: string, onHead: (socket: Socket) => void, says: RegExp])[] = [
  ['silent', () => undefined, /^no answer within 300ms$/],
  ['slow in its head', (socket) => void drip(socket, 'HTTP/1.1 200 OK\r\nX: a'), /^no answer within 300ms$/],
  ['slow in its body', (socket) => void drip(socket, 'HTTP/1.1 500 No\r\n\r\n'), /^500 a+$/],
  ['endless in its head', (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n', 'X-A: b\r\n'), /head|header|large|long/i],
  [
    'never done with what comes before its answer',
    (socket) => flood(socket, '', 'HTTP/1.1 103 Early Hints\r\nLink: a\r\n\r\n'),
    /headers exceeded 10000 lines/,
  ],
  ['no HTTP', (socket) => void socket.end('SSH-2.0-x\r\n'), /malformed/i],
  ['gone', (socket) => void socket.destroy(), /EOF|reset|closed/i],
];
for (const [name, onHead, says] of HOSTILE) {
  t.test(`a receiver that is ${name}: the samples wait`, async (t) => {
    const port = await startRaw(t, onHead);
    const remote_timeout = /silent|slow/.test(name) ? '300ms' : '20s';
    const answer = await send(poster({ url: `http://127.0.0.1:${port}/`, remote_timeout }));
    t.equal(answer.kind, 'later');
    t.match('problem' in answer ? answer.problem : '', says);
  });
}

t.test('of an endless answer no more is read than is shown', async (t) => {
  const port = await startRaw(t, (socket) => flood(socket, 'HTTP/1.1 400 Bad\r\n\r\n', 'no '));
  const answer = await send(poster({ url: `http://127.0.0.1:${port}/` }));
  t.match(answer, { kind: 'refused', status: 400 });
  t.ok('problem' in answer && answer.problem.length <= 310);
});

const CUT: readonly (readonly [name: string, status: string, afterHead: (socket: Socket) => void, answer: object])[] = [
  ['a refusal that breaks off', '400 Bad', (socket) => void socket.end('no'), { kind: 'refused', problem: '400 no' }],
  ['a refusal that is reset', '400 Bad', (socket) => void socket.resetAndDestroy(), { kind: 'refused', status: 400 }],
  ['a refusal that never ends', '400 Bad', (socket) => void socket.write('no'), { kind: 'refused', problem: '400 no' }],
  ['a login that breaks off', '401 Who', (socket) => void socket.end('no'), { kind: 'refused', status: 401 }],
  ['busy, and breaks off', '503 Busy', (socket) => void socket.end('no'), { kind: 'later', afterSeconds: 120 }],
];
for (const [name, status, afterHead, expected] of CUT) {
  t.test(`the status counts without the whole body: ${name}`, async (t) => {
    const head = `HTTP/1.1 ${status}\r\nRetry-After: 120\r\nContent-Length: 100\r\n\r\n`;
    const port = await startRaw(t, (socket) => socket.write(head, () => setTimeout(afterHead, 20, socket)));
    const remote_timeout = name.includes('never') ? '300ms' : '20s';
    t.match(await send(poster({ url: `http://127.0.0.1:${port}/`, remote_timeout })), expected);
  });
}

t.test('an endless answer of success is not read', async (t) => {
  const port = await startRaw(t, (socket) => flood(socket, 'HTTP/1.1 200 OK\r\n\r\n', 'yes '));
  t.strictSame(await send(poster({ url: `http://127.0.0.1:${port}/` })), { kind: 'taken' });
});

t.test('a refusal that says what it was shown shows no secret', async (t) => {
  const { port } = await startServer(t, (response, { headers }) =>
    response.writeHead(400).end(`no: ${JSON.stringify(headers)} and me:top-secret and top-secret`),
  );
  const answer = await send(
    poster({
      url: `http://127.0.0.1:${port}/`,
      basic_auth: { username: 'me', password: 'top-secret' },
      headers: { 'X-Api-Key': 'key-of-mine' },
    }),
  );
  t.match(answer, { kind: 'refused' });
  const { problem } = answer as Extract<WriteAnswer, { kind: 'refused' }>;
  t.notMatch(problem, new RegExp(`top-secret|key-of-mine|${Buffer.from('me:top-secret').toString('base64')}`));
  t.match(problem, /<secret>/);
});

t.test('requests go by the proxy, but for what no_proxy names', async (t) => {
  const { port, got } = await startServer(t, (response) => response.writeHead(204).end());
  const proxy = await startProxy(t, { authorization: `Basic ${Buffer.from('a:b').toString('base64')}` });
  const url = `http://127.0.0.1:${port}/w`;
  const proxy_url = `http://a:b@127.0.0.1:${proxy.port}`;
  t.match(await send(poster({ url, proxy_url })), { kind: 'taken' });
  t.match(proxy.seen, [{ method: 'POST', target: url, headers: { 'content-encoding': 'snappy' } }]);
  t.match(await send(poster({ url, proxy_url, no_proxy: '127.0.0.1' })), { kind: 'taken' });
  t.equal(proxy.seen.length, 1);
  t.equal(got.length, 2);
});

t.test('files with secrets are read for each request; one that is none makes the samples wait', async (t) => {
  const folder = t.testdir({ password: 'one\n' });
  const { port, got } = await startServer(t, (response) => response.writeHead(204).end());
  const file = join(folder, 'password');
  const post = poster({
    url: `http://127.0.0.1:${port}/`,
    basic_auth: { username: 'me', password_file: file },
    proxy_url: '',
  });
  t.match(await send(post), { kind: 'taken' });
  writeFileSync(file, 'two');
  t.match(await send(post), { kind: 'taken' });
  t.strictSame(
    got.map(({ headers }) => Buffer.from(headers.authorization?.slice(6) ?? '', 'base64').toString()),
    ['me:one', 'me:two'],
  );
  mkdirSync(join(folder, 'folder'));
  const none = poster({
    url: `http://127.0.0.1:${port}/`,
    basic_auth: { username: 'me', password_file: join(folder, 'folder') },
  });
  t.match(await send(none), { kind: 'later', problem: /unable to read basic auth password.*folder/ });
  const pipe = join(folder, 'pipe');
  t.equal(spawnSync('mkfifo', [pipe]).status, 0);
  for (const given of [
    { basic_auth: { username: 'me', password_file: pipe } },
    { http_headers: { 'X-Key': { files: [pipe] } } },
    { url: `https://127.0.0.1:${port}/`, tls_config: { ca_file: pipe } },
  ])
    t.match(await send(poster({ url: `http://127.0.0.1:${port}/`, ...given })), { kind: 'later', problem: /pipe/ });
});

t.test('a client certificate is shown, and the receiver has to have one of the authority', async (t) => {
  const authority = await makeAuthority();
  const client = await authority.issue({ subject: 'CN=sonde' });
  const folder = t.testdir({ 'ca.pem': authority.cert, 'me.pem': client.cert, 'me.key': client.key });
  const names: unknown[] = [];
  const { cert, key } = await authority.issue();
  const options = { cert, key, ca: authority.cert, requestCert: true, rejectUnauthorized: true };
  const server = createTlsServer(options, (request, response) => {
    if (request.socket instanceof TLSSocket) names.push(request.socket.getPeerCertificate().subject);
    request.resume().on('end', () => response.writeHead(204).end());
  });
  const port = await listen(t, server);
  const url = `https://127.0.0.1:${port}/`;
  const files = {
    ca_file: join(folder, 'ca.pem'),
    cert_file: join(folder, 'me.pem'),
    key_file: join(folder, 'me.key'),
  };
  t.match(await send(poster({ url, tls_config: files })), { kind: 'taken' });
  t.match(names, [{ CN: 'sonde' }]);
  t.match(await send(poster({ url, tls_config: { ca_file: files.ca_file } })), {
    kind: 'later',
    problem: /certificate/,
  });
  const { cert_file, key_file } = files;
  t.match(await send(poster({ url, tls_config: { cert_file, key_file } })), {
    kind: 'later',
    problem: /unknown authority/,
  });
});

/** Sends a start, and then a letter every few milliseconds. */
function drip(socket: Socket, start: string): NodeJS.Timeout {
  socket.write(start);
  const timer = setInterval(() => socket.write('a'), 20);
  socket.on('close', () => {
    clearInterval(timer);
  });
  return timer;
}

/** Sends a start, and then the same without an end, as fast as it is read. */
function flood(socket: Socket, start: string, again: string): void {
  socket.write(start);
  const more = (): void => {
    while (!socket.destroyed && socket.write(again.repeat(1000)));
  };
  socket.on('drain', more);
  more();
}
