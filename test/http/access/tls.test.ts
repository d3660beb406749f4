import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import net from 'node:net';
import { join } from 'node:path';
import tls, { type ConnectionOptions } from 'node:tls';
import t, { type Test } from 'tap';
import type { TlsServerConfig } from '../../../src/config/web-config.js';
import { TlsGate } from '../../../src/http/access/tls-gate.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { httpsGet } from '../../helpers/services/https-get.js';
import { startApp, type TestApp, testModule } from '../../helpers/services/start-app.js';
import { makeAuthority, makeSelfSigned, sharedIdentities } from '../../helpers/tls/certificates.js';
import { until } from '../../helpers/until.js';

const PAIR = 'cert_file: c.pem, key_file: k.pem';

interface Secured extends TestApp {
  readonly folder: string;
  readonly clock: ManualClock;
  /** Writes files beside the web config file; seen a second later. */
  readonly change: (files: Readonly<Record<string, string>>) => Promise<void>;
}

/** A service over TLS with the certificate of sharedIdentities, and `settings` in tls_server_config. */
async function startSecured(t: Test, settings: string, files: Readonly<Record<string, string>> = {}): Promise<Secured> {
  const { localhost } = await sharedIdentities();
  const folder = t.testdir({
    'web.yml': `tls_server_config: { ${settings} }\n`,
    'c.pem': localhost.cert,
    'k.pem': localhost.key,
    ...files,
  });
  const clock = new ManualClock();
  const modules = [testModule({ name: 'm' })];
  const app = await startApp({
    modules,
    clock,
    options: { logLevel: 'debug' },
    web: { configFile: join(folder, 'web.yml') },
  });
  t.teardown(() => app.stop(0));
  const change = async (changed: Readonly<Record<string, string>>): Promise<void> => {
    for (const [name, text] of Object.entries(changed)) await writeFile(join(folder, name), text);
    clock.advance(1);
  };
  return { ...app, folder, clock, change };
}

/** Whether a client gets an answer. */
async function isServed(
  address: string,
  options: ConnectionOptions,
  protocol: 'http/1.1' | 'h2' = 'http/1.1',
): Promise<boolean> {
  try {
    return (await httpsGet(address, '/-/healthy', { protocol, tls: options })).status === 200;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}

/** The fingerprint of the certificate that the service shows. */
async function shownCertificate(address: string): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  const socket = tls.connect({ host, port: Number(port), rejectUnauthorized: false });
  await once(socket, 'secureConnect');
  const { raw } = socket.getPeerCertificate();
  socket.destroy();
  return raw.toString('base64');
}

t.test('client certificates', async (t) => {
  const { authority } = await sharedIdentities();
  const clientAuthority = await makeAuthority({ subject: 'CN=clients' });
  const middle = await clientAuthority.issueAuthority({ subject: 'CN=middle' });
  const named = await clientAuthority.issue({
    subject: 'CN=named',
    dnsNames: ['client.example'],
    ipAddresses: ['192.0.2.7'],
    mailAddresses: ['a@client.example'],
    uris: ['spiffe://client.example/a'],
  });
  const behind = await middle.issue({ subject: 'CN=behind', dnsNames: ['behind.example'] });
  const expired = await clientAuthority.issue({ subject: 'CN=old', notAfter: new Date('2021-01-01T00:00:00Z') });
  const stranger = await makeSelfSigned({ subject: 'CN=stranger', dnsNames: ['client.example'] });
  const clients = {
    none: {},
    named: { cert: named.cert, key: named.key },
    behind: { cert: behind.cert + middle.cert, key: behind.key },
    expired: { cert: expired.cert, key: expired.key },
    stranger: { cert: stranger.cert, key: stranger.key },
  } as const;
  type Client = keyof typeof clients;
  const ca = 'client_ca_file: ca.pem';
  const everybody: readonly Client[] = ['none', 'named', 'behind', 'expired', 'stranger'];
  const rows: readonly (readonly [settings: string, served: readonly Client[]])[] = [
    ['client_auth_type: NoClientCert', everybody],
    [`client_auth_type: RequestClientCert, ${ca}`, everybody],
    [`client_auth_type: RequireAnyClientCert, ${ca}`, ['named', 'behind', 'expired', 'stranger']],
    ['client_auth_type: RequireClientCert', ['named', 'behind', 'expired', 'stranger']],
    [`client_auth_type: VerifyClientCertIfGiven, ${ca}`, ['none', 'named', 'behind']],
    [`client_auth_type: RequireAndVerifyClientCert, ${ca}`, ['named', 'behind']],
    ['client_auth_type: RequireAndVerifyClientCert', []],
    [`client_auth_type: RequireAndVerifyClientCert, ${ca}, client_allowed_sans: [behind.example]`, ['behind']],
    [`client_auth_type: RequireAndVerifyClientCert, ${ca}, client_allowed_sans: [x, 192.0.2.7]`, ['named']],
    [`client_auth_type: RequireAndVerifyClientCert, ${ca}, client_allowed_sans: [a@client.example]`, ['named']],
    [
      `client_auth_type: RequireAndVerifyClientCert, ${ca}, client_allowed_sans: ["spiffe://client.example/a"]`,
      ['named'],
    ],
    [
      `client_auth_type: RequireAndVerifyClientCert, ${ca}, client_allowed_sans: [example, Client.example, "*.example"]`,
      [],
    ],
    ['client_auth_type: RequireAnyClientCert, client_allowed_sans: [client.example]', ['named', 'stranger']],
  ];
  for (const [settings, served] of rows) {
    await t.test(settings, async (t) => {
      const app = await startSecured(t, `${PAIR}, ${settings}`, { 'ca.pem': clientAuthority.cert });
      for (const protocol of ['http/1.1', 'h2'] as const) {
        const got: Client[] = [];
        for (const client of everybody) {
          if (await isServed(app.address, { ca: authority.cert, ...clients[client] }, protocol)) got.push(client);
        }
        t.same(got, served, protocol);
      }
    });
  }
});

/** With it, a suite that every client of HTTP/2 has would be asked for. */
const NO_HTTP2 = 'http_server_config: { http2: false';

t.test('versions, ciphers and curves', async (t) => {
  const rows: readonly (readonly [settings: string, client: ConnectionOptions, served: boolean])[] = [
    ['min_version: TLS12', { maxVersion: 'TLSv1.2' }, true],
    ['min_version: TLS13', { maxVersion: 'TLSv1.2' }, false],
    ['min_version: TLS13', {}, true],
    ['max_version: TLS12', { minVersion: 'TLSv1.3' }, false],
    ['max_version: TLS12', {}, true],
    ['min_version: TLS12', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }, false],
    ['min_version: TLS10', { maxVersion: 'TLSv1.1', minVersion: 'TLSv1', ciphers: 'DEFAULT@SECLEVEL=0' }, true],
    ['cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]', { maxVersion: 'TLSv1.2' }, true],
    [
      'cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]',
      { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
      false,
    ],
    ['cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]', { minVersion: 'TLSv1.3' }, true],
    [`cipher_suites: [TLS_AES_128_GCM_SHA256] }\n${NO_HTTP2}`, { maxVersion: 'TLSv1.2' }, false],
    [`cipher_suites: [TLS_AES_128_GCM_SHA256] }\n${NO_HTTP2}`, {}, true],
    ['curve_preferences: [CurveP384]', { ecdhCurve: 'P-384' }, true],
    ['curve_preferences: [CurveP384]', { ecdhCurve: 'X25519' }, false],
    ['prefer_server_cipher_suites: false', {}, true],
  ];
  const { authority } = await sharedIdentities();
  for (const [settings, client, served] of rows) {
    await t.test(`${settings}, ${JSON.stringify(client)}`, async (t) => {
      const { address } = await startSecured(t, `${PAIR}, ${settings}`);
      t.equal(await isServed(address, { ca: authority.cert, ...client }), served);
    });
  }
});

t.test('HTTP/2 can be turned off', async (t) => {
  const { authority } = await sharedIdentities();
  const app = await startSecured(t, `${PAIR} }\nhttp_server_config: { http2: false`);
  t.match(app.logLines.join(''), 'msg="TLS is enabled." http2=false');
  t.equal(await isServed(app.address, { ca: authority.cert }), true);
  t.equal(await isServed(app.address, { ca: authority.cert }, 'h2'), false);
});

t.test('certificates change while the service runs', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const next = await authority.issue({ subject: 'CN=localhost', serialNumber: '77' });
  const app = await startSecured(t, PAIR);
  t.equal(await shownCertificate(app.address), localhost.der.toString('base64'));
  await app.change({ 'c.pem': next.cert });
  t.equal(await shownCertificate(app.address), localhost.der.toString('base64'), 'half a change is none');
  t.match(
    app.logLines.join(''),
    /level=ERROR msg="Cannot use the changed certificate, going on with the last one" err="failed to load X509KeyPair: tls: private key does not match public key"/,
  );
  await app.change({ 'k.pem': next.key });
  t.equal(await shownCertificate(app.address), next.der.toString('base64'));

  await app.change({ 'web.yml': 'tls_server_config: { cert_file: none.pem, key_file: k.pem }\n' });
  await t.rejects(shownCertificate(app.address), 'other files that cannot be read are no certificate');
  t.match(
    app.logLines.join(''),
    /level=ERROR msg="Cannot take part in TLS handshakes" err="failed to read cert_file \(.*none\.pem\)/,
  );
  await app.change({ 'web.yml': '' });
  await t.rejects(shownCertificate(app.address), 'the port never falls back to plain HTTP');
  await app.change({ 'web.yml': `tls_server_config: { ${PAIR} }\n` });
  t.equal(await shownCertificate(app.address), next.der.toString('base64'));
});

t.test('a chain that OpenSSL cannot use is not used', async (t) => {
  const { localhost } = await sharedIdentities();
  const rows: readonly (readonly [name: string, after: string, err: string])[] = [
    ['an issuer that is no certificate', pem(Buffer.of(1, 2, 3)), 'tls: OpenSSL cannot use it: error:'],
    ['a chain that is too long', pem(Buffer.alloc(100 * 1024)), 'tls: the certificates have more than 100 KiB'],
  ];
  for (const [name, after, err] of rows) {
    const app = await startSecured(t, PAIR);
    t.equal(await shownCertificate(app.address), localhost.der.toString('base64'));
    await app.change({ 'c.pem': `${localhost.cert}\n${after}` });
    t.equal(await shownCertificate(app.address), localhost.der.toString('base64'), `${name}: the last pair stays`);
    t.match(app.logLines.join(''), `going on with the last one" err="failed to load X509KeyPair: ${err}`, name);
  }
});

function pem(der: Buffer): string {
  return `-----BEGIN CERTIFICATE-----\n${der.toString('base64')}\n-----END CERTIFICATE-----\n`;
}

t.test('authorities of clients change while the service runs', async (t) => {
  const { authority } = await sharedIdentities();
  const [one, two] = [await makeAuthority({ subject: 'CN=one' }), await makeAuthority({ subject: 'CN=two' })];
  const { cert, key } = await one.issue({ subject: 'CN=client' });
  const settings = `${PAIR}, client_auth_type: RequireAndVerifyClientCert, client_ca_file: ca.pem`;
  const app = await startSecured(t, settings, { 'ca.pem': one.cert });
  const client = { ca: authority.cert, cert, key };
  t.equal(await isServed(app.address, client), true);
  await app.change({ 'ca.pem': two.cert });
  t.equal(await isServed(app.address, client), false);
  await app.change({ 'ca.pem': '' });
  t.equal(await isServed(app.address, client), false, 'no authority verifies nobody');
});

/** What a raw client gets, until the service closes. */
async function rawAnswer(address: string, sent: string): Promise<string> {
  const [host = '', port = ''] = address.split(':');
  const socket = net.connect(Number(port), host);
  let text = '';
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.write(sent);
  await once(socket, 'close');
  return text;
}

t.test('who does not speak TLS', async (t) => {
  const { address } = await startSecured(t, PAIR);
  const plain = 'HTTP/1.0 400 Bad Request\r\n\r\nClient sent an HTTP request to an HTTPS server.\n';
  t.equal(await rawAnswer(address, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'), plain);
  t.equal(await rawAnswer(address, 'POST /-/reload HTTP/1.1\r\nHost: a\r\n\r\n'), plain);
  t.notMatch(await rawAnswer(address, 'SSH-2.0-OpenSSH_9.2\r\n'), 'HTTP');
});

t.test('clients that do not finish', async (t) => {
  const { authority } = await sharedIdentities();
  const app = await startSecured(t, PAIR);
  const [host = '', port = ''] = app.address.split(':');
  const connect = async (sent: string): Promise<net.Socket> => {
    const socket = net.connect(Number(port), host);
    socket.on('error', () => undefined);
    await once(socket, 'connect');
    if (sent !== '') socket.write(sent, 'latin1');
    return socket;
  };
  const slow = [await connect(''), await connect('\x16\x03\x01\x02\x00\x01')];
  const closed = Promise.all(slow.map((socket) => once(socket, 'close')));
  t.equal(await isServed(app.address, { ca: authority.cert }), true, 'others do not wait for them');
  app.clock.advance(10);
  await closed;

  const idle = await Promise.all(Array.from({ length: 600 }, () => connect('')));
  t.equal(await isServed(app.address, { ca: authority.cert }), true, 'nor for many of them');
  await until(
    () => idle.some((socket) => socket.destroyed || socket.readableEnded || socket.closed),
    'the oldest had to go',
  );
  await app.stop(0);
  t.pass('they do not keep the service from stopping');
});

t.test('handshakes that come together begin one a turn of the event loop', async (t) => {
  const clients = 40;
  let turn = 0;
  const count = (): void => {
    turn++;
    counting = setImmediate(count);
  };
  let counting = setImmediate(count);
  t.teardown(() => {
    clearImmediate(counting);
  });
  const refusedIn: number[] = [];
  const { localhost } = await sharedIdentities();
  const config: TlsServerConfig = {
    cert: { kind: 'file', key: 'cert_file', path: '' },
    key: { kind: 'file', key: 'key_file', path: '' },
    clientCa: undefined,
    clientAuth: 'none',
    allowedNames: undefined,
    ...{ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', cipherSuites: [], curves: [], preferServerCipherSuites: true },
  };
  const gate = new TlsGate({
    identity: () => Promise.resolve({ config, pair: localhost, clientTrust: undefined }),
    http2: true,
    clock: new ManualClock(),
    onSecure: () => undefined,
    // A first message that is none is refused as soon as it is read, in place of being answered with a signature.
    onRefused: () => refusedIn.push(turn),
  });
  let admitted = 0;
  const server = net.createServer((socket) => {
    gate.admit(socket);
    admitted++;
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  const sockets = Array.from({ length: clients }, () => net.connect(address.port, '127.0.0.1'));
  await until(() => admitted === clients, 'all are admitted');
  const closed = sockets.map((socket) => once(socket.on('error', () => undefined).resume(), 'close'));
  for (const socket of sockets) socket.write('no handshake of TLS');
  await Promise.all(closed);
  t.equal(refusedIn.length, clients);
  t.equal(new Set(refusedIn).size, clients, 'each in a turn of its own');
});

t.test('a request that is under way has its answer before the service stops', async (t) => {
  const { authority } = await sharedIdentities();
  for (const protocol of ['http/1.1', 'h2'] as const) {
    const folder = t.testdir({ 'web.yml': `tls_server_config: { ${PAIR} }\n` });
    const { localhost } = await sharedIdentities();
    await writeFile(join(folder, 'c.pem'), localhost.cert);
    await writeFile(join(folder, 'k.pem'), localhost.key);
    let finish: () => void = () => undefined;
    const isAsked = new Promise<void>((asked) => {
      finish = asked;
    });
    let release: () => void = () => undefined;
    const mayEnd = new Promise<void>((resolve) => {
      release = resolve;
    });
    const slow = testModule({
      name: 'slow',
      probe: () => {
        finish();
        return mayEnd;
      },
    });
    const app = await startApp({ modules: [slow], web: { configFile: join(folder, 'web.yml') } });
    const tlsOptions = { ca: authority.cert };
    const answer = httpsGet(app.address, '/probe?module=slow&target=t', { protocol, tls: tlsOptions });
    await isAsked;
    const stopped = app.stop(5);
    release();
    t.equal((await answer).status, 200, protocol);
    await stopped;
  }
});
