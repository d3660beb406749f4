import { once } from 'node:events';
import net from 'node:net';
import t, { type Test } from 'tap';
import { connectTcp } from '../../../src/net/connect.js';
import { tlsAlertReason } from '../../../src/net/tls/alerts/tls-alert.js';
import type { TlsFacts } from '../../../src/net/tls/certificate-facts.js';
import {
  CertificateRefused,
  compileTlsConfig,
  type HandshakeOptions,
  TlsHandshakeError,
} from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { systemClock } from '../../../src/values/clock.js';
import type { RawTlsConfig } from '../../../src/values/raw-config.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { startSilentServer } from '../../helpers/servers/silent-server.js';
import { ASKED } from '../../helpers/services/asked.js';
import { localhost } from '../../helpers/tls/certificate-extensions.js';
import { make } from '../../helpers/tls/certificate-writer.js';
import {
  DAY_MS,
  type Identity,
  makeAuthority,
  makeSelfSigned,
  sharedIdentities,
} from '../../helpers/tls/certificates.js';
import { dn } from '../../helpers/tls/der-names.js';
import { rawTlsConfig } from '../../helpers/tls/tls-config.js';
import { startTlsServer, type TlsServer, type TlsServerOptions } from '../../helpers/tls/tls-server.js';

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;
const platform = createTlsPlatform({ clock: systemClock, certFile: '/nonexistent', certDir: '/nonexistent' });

async function serve(t: Test, identity: Identity, options?: TlsServerOptions): Promise<TlsServer> {
  const server = await startTlsServer(identity, options);
  t.teardown(server.close);
  return server;
}

type Wish = Partial<HandshakeOptions> & { readonly config?: Partial<RawTlsConfig> };

/** What `verification` says of a certificate that is refused; the connection is closed then. */
interface Shake {
  readonly facts: TlsFacts;
  readonly verification: { readonly ok: boolean; readonly reason?: string; readonly message?: string };
  readonly socket: net.Socket;
}

async function shake(port: number, { config, ...options }: Wish = {}): Promise<Shake> {
  const signal = options.signal ?? new AbortController().signal;
  const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port, signal });
  const client = compileTlsConfig(rawTlsConfig(config), platform);
  try {
    const connection = await client.handshake(socket, { serverName: 'localhost', signal, ...options });
    // What the server says after the test's end is of no interest.
    connection.socket.on('error', () => connection.socket.destroy());
    return { ...connection, verification: { ok: true } };
  } catch (error) {
    if (!(error instanceof CertificateRefused) || error.facts === undefined) throw error;
    const { facts, reason, message } = error;
    return { facts, socket, verification: { ok: false, reason, message } };
  }
}

async function failure(port: number, wish?: Wish): Promise<TlsHandshakeError> {
  try {
    const { socket } = await shake(port, wish);
    socket.destroy();
  } catch (error) {
    if (error instanceof TlsHandshakeError) return error;
    throw error;
  }
  throw new Error('The handshake was expected to fail');
}

t.test('a certificate that verifies', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  for (const version of VERSIONS) {
    const server = await serve(t, localhost, { minVersion: version, maxVersion: version, ALPNProtocols: ['h2'] });
    const connection = await shake(server.port, { config: { ca: authority.cert }, alpn: ['h2', 'http/1.1'] });
    t.same(connection.verification, { ok: true });
    t.match(connection.facts, { verified: true, negotiatedProtocol: 'h2', version: version.replace('v', ' ') });
    t.match(connection.facts.cipher, /^TLS_/);
    t.match(connection.facts.lastChainExpirySeconds, connection.facts.earliestExpirySeconds);
    const [greeting] = (await once(connection.socket, 'data')) as [Buffer];
    t.equal(greeting.toString(), 'hello', 'the socket is good to use');
    t.match(connection.socket, { authorized: false, authorizationError: null }, 'and Node has not judged');
    connection.socket.destroy();
  }
});

t.test('the server name', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const server = await serve(t, localhost);
  const config = { ca: authority.cert };
  for (const serverName of ['localhost', 'localhost.', '127.0.0.1', '::1']) {
    const { verification, socket } = await shake(server.port, { config, serverName });
    t.same(verification, { ok: true }, serverName);
    await once(socket, 'data');
    socket.destroy();
  }
  t.same(server.names, ['localhost', 'localhost', false, false], 'addresses are not sent, nor final dots');
});

t.test('certificates that do not verify are reported nevertheless', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const other = await makeAuthority({ subject: 'CN=Other' });
  const trusted = authority.cert;
  const past = new Date('2021-06-07T08:09:10Z');
  const future = new Date('2080-01-02T03:04:05Z');
  const expiredIntermediate = await authority.issueAuthority({ notAfter: past });
  const rows: readonly (readonly [
    title: string,
    reason: string,
    text: RegExp,
    setting: { identity: Identity; others?: readonly Identity[]; ca: string; serverName?: string },
  ])[] = [
    [
      'expired',
      'tls_certificate_expired',
      /x509: certificate has expired or is not yet valid: current time 20\d\d-\S+Z is after 2021-06-07T08:09:10Z$/,
      { identity: await authority.issue({ notAfter: past }), ca: trusted },
    ],
    [
      'expired, of an unknown authority, for another name',
      'tls_certificate_expired',
      /is after 2021-06-07T08:09:10Z$/,
      { identity: await other.issue({ notAfter: past, dnsNames: ['x'] }), ca: trusted },
    ],
    [
      'not yet valid',
      'tls_certificate_not_yet_valid',
      /x509: certificate has expired or is not yet valid: current time \S+ is before 2080-01-02T03:04:05Z$/,
      { identity: await authority.issue({ notBefore: future, notAfter: new Date('2081-01-01') }), ca: trusted },
    ],
    [
      'unknown authority',
      'tls_unknown_authority',
      /x509: certificate signed by unknown authority$/,
      { identity: await other.issue(), ca: trusted },
    ],
    [
      'unknown authority, root sent along',
      'tls_self_signed',
      /x509: certificate signed by unknown authority$/,
      { identity: await other.issue(), others: [other], ca: trusted },
    ],
    [
      'self-signed',
      'tls_self_signed',
      /x509: certificate signed by unknown authority$/,
      { identity: await makeSelfSigned({ dnsNames: ['localhost'] }), ca: trusted },
    ],
    [
      'intermediate missing',
      'tls_unknown_authority',
      /x509: certificate signed by unknown authority$/,
      { identity: await (await authority.issueAuthority()).issue(), ca: trusted },
    ],
    [
      'intermediate expired',
      'tls_certificate_expired',
      /is after 2021-06-07T08:09:10Z$/,
      { identity: await expiredIntermediate.issue(), others: [expiredIntermediate], ca: trusted },
    ],
    [
      'signed by a certificate that is no authority',
      'tls_unknown_authority',
      /possibly because of "x509: invalid signature: parent certificate cannot sign this kind of certificate"/,
      await (async () => {
        const impostor = await other.issueAuthority({ subject: 'CN=impostor' });
        const pretender = await authority.crossSign(impostor, { isAuthority: false, subject: 'CN=impostor' });
        return { identity: await impostor.issue(), others: [{ ...impostor, ...pretender }], ca: trusted };
      })(),
    ],
    [
      'another name',
      'tls_name_mismatch',
      /x509: certificate is valid for localhost, not other.example$/,
      { identity: localhost, ca: trusted, serverName: 'other.example' },
    ],
  ];
  for (const [title, reason, text, { identity, others, ca, serverName = 'localhost' }] of rows) {
    const server = await serve(t, identity, { ...(others && { others }) });
    const { verification, facts, socket } = await shake(server.port, { config: { ca }, serverName });
    socket.destroy();
    t.match(verification, { ok: false, reason, message: /^tls: failed to verify certificate: / }, title);
    t.match(verification, { message: text });
    t.match(facts, { verified: false, leaf: { issuer: /^CN=/ }, version: 'TLS 1.3' });
    t.notOk('lastChainExpirySeconds' in facts, 'no chain verified');
    const careless = await shake(server.port, { config: { ca, insecure_skip_verify: true }, serverName });
    careless.socket.destroy();
    t.same(careless.verification, { ok: true });
    t.equal(timeless(careless.facts), timeless(facts), 'insecure_skip_verify changes the verdict only');
  }
});

// The message of an expired certificate tells the second, which may have passed between two handshakes.
const timeless = (facts: unknown): string => JSON.stringify(facts).replace(/current time \S+/g, '');

t.test('a trusted certificate that is no root is an anchor, as in Go', async (t) => {
  const { authority } = await sharedIdentities();
  const intermediate = await authority.issueAuthority({ notAfter: new Date('2070-01-01T00:00:00Z') });
  const leaf = await intermediate.issue();
  const server = await serve(t, leaf);
  const selfSigned = await makeSelfSigned({ dnsNames: ['localhost'] });
  for (const ca of [intermediate.cert, leaf.cert]) {
    const { verification, facts, socket } = await shake(server.port, { config: { ca } });
    socket.destroy();
    t.same(verification, { ok: true });
    t.equal(facts.lastChainExpirySeconds, facts.earliestExpirySeconds);
  }
  const other = await serve(t, selfSigned);
  const { verification, socket } = await shake(other.port, { config: { ca: selfSigned.cert } });
  socket.destroy();
  t.same(verification, { ok: true }, 'a self-signed one, too');
});

t.test('a server that demands a client certificate', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const client = await authority.issue({ subject: 'CN=client' });
  const stranger = await makeSelfSigned();
  const config = { ca: authority.cert };
  const demanding = { requestCert: true, rejectUnauthorized: true, ca: authority.cert };

  t.test('TLS 1.2: the handshake fails, the certificate was seen', async (t) => {
    const server = await serve(t, localhost, { ...demanding, maxVersion: 'TLSv1.2' });
    const seen = {
      verified: true,
      version: 'TLS 1.2',
      cipher: /^TLS_ECDHE_/,
      leaf: { subject: 'CN=localhost' },
      lastChainExpirySeconds: Number,
    };
    const without = await failure(server.port, { config });
    t.match(without, { reason: 'tls_client_certificate_required', message: /^remote error: tls: / });
    t.match(without.facts, seen);
    // Node's server hangs up on a certificate that it does not like, without an alert.
    const { cert, key } = stranger;
    const wrong = await failure(server.port, { config: { ...config, cert, key } });
    t.match(wrong, { reason: 'connection_closed', message: 'EOF', facts: seen });
    const { facts } = await failure(server.port, { config, serverName: 'other.example' });
    t.match(facts, { verified: false }, 'the name would not have fitted');
  });

  t.test('TLS 1.3: the handshake succeeds, the first read fails', async (t) => {
    const server = await serve(t, localhost, { ...demanding, minVersion: 'TLSv1.3' });
    const { facts, verification, socket } = await shake(server.port, { config });
    t.same(verification, { ok: true });
    t.match(facts, { verified: true, version: 'TLS 1.3' });
    const [error] = (await once(socket, 'error')) as [Error];
    t.equal(tlsAlertReason(error), 'tls_client_certificate_required');
    t.equal(tlsAlertReason(new Error('something else')), undefined);
  });

  t.test('with a certificate that the server accepts', async (t) => {
    for (const version of VERSIONS) {
      const server = await serve(t, localhost, { ...demanding, maxVersion: version });
      const { socket } = await shake(server.port, { config: { ...config, cert: client.cert, key: client.key } });
      t.match(await once(socket, 'data'), [Buffer.from('hello')], version);
      socket.destroy();
    }
  });
});

t.test('handshakes that fail before a certificate is seen', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const config = { ca: authority.cert };
  const talk = async (answer: (socket: net.Socket) => void): Promise<number> => {
    const server = net.createServer((socket) => {
      // The client hangs up as it likes.
      socket.on('error', () => socket.destroy());
      socket.once('data', () => answer(socket));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    return (server.address() as net.AddressInfo).port;
  };
  const old = await serve(t, localhost, { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' });
  const noCommonCipher = await serve(t, localhost, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-GCM-SHA256' });
  const rows: readonly (readonly [title: string, port: number, reason: string, message: string, config?: object])[] = [
    [
      'plain text',
      await talk((socket) => socket.end('SSH-2.0-OpenSSH_9.6 and a little more\r\n')),
      'tls_handshake_failed',
      'tls: first record does not look like a TLS handshake',
    ],
    ['closed', await talk((socket) => socket.end()), 'connection_closed', 'EOF'],
    [
      'reset',
      await talk((socket) => socket.resetAndDestroy()),
      'connection_reset',
      'read tcp HERE->HERE: read: connection reset by peer',
    ],
    [
      'no common version',
      old.port,
      'tls_handshake_failed',
      'remote error: tls: protocol version not supported',
      { min_version: 'TLS13' },
    ],
    ['no common cipher', noCommonCipher.port, 'tls_handshake_failed', 'remote error: tls: handshake failure'],
    [
      'impossible versions',
      old.port,
      'tls_config_invalid',
      'tls: no supported versions satisfy MinVersion and MaxVersion',
      { max_version: 'TLS11' },
    ],
  ];
  for (const [title, port, reason, message, versions] of rows) {
    const error = await failure(port, { config: { ...config, ...versions } });
    const text = error.message.replaceAll(/127\.0\.0\.1:\d+/g, 'HERE');
    t.same([error.reason, text, error.facts], [reason, message, undefined], title);
  }
});

t.test('versions', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const ca = authority.cert;
  const old = await serve(t, localhost, { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' });
  const { facts, socket } = await shake(old.port, { config: { ca, min_version: 'TLS10' } });
  socket.destroy();
  t.equal(facts.version, 'TLS 1.0', 'old versions are spoken when asked for');
  t.equal((await failure(old.port, { config: { ca } })).reason, 'tls_handshake_failed', 'and only then');
  const current = await serve(t, localhost);
  const limited = await shake(current.port, { config: { ca, max_version: 'TLS12' } });
  limited.socket.destroy();
  t.equal(limited.facts.version, 'TLS 1.2');
});

t.test('a server that hangs up while its long certificate is read takes nothing along', async (t) => {
  const parts = Array.from({ length: 1500 }, (_, index) => ['OU', `u${index}`] as const);
  for (const version of VERSIONS) {
    const leaf = make({ subject: dn(...parts), extensions: [localhost] });
    const server = await serve(t, leaf, { minVersion: version, maxVersion: version, hangsUp: true });
    const wish = { serverName: 'other.test' };
    for (const { facts, verification } of await Promise.all(
      Array.from({ length: 8 }, () => shake(server.port, wish)),
    )) {
      t.equal(verification.reason, 'tls_name_mismatch', version);
      t.equal(facts.version, version.replace('v', ' '));
      t.match(facts.cipher, /^TLS_/);
      t.match(facts.leaf.subject, /^OU=u0\+OU=u1\+.*OU=u1499$/);
    }
  }
});

t.test('a server that says nothing', async (t) => {
  const server = await startSilentServer();
  t.teardown(server.close);
  const reason = new Error('time is up');

  const abort = new AbortController();
  const shaking = shake(server.port, { signal: abort.signal });
  await server.waitForOpen(1);
  abort.abort(reason);
  await t.rejects(shaking, reason, 'costs its time');
  await server.waitForOpen(0);

  const clock = new ManualClock();
  const client = compileTlsConfig(rawTlsConfig(), createTlsPlatform({ clock, certFile: '/nonexistent' }));
  const signal = new AbortController().signal;
  const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal });
  await client.prepare(new AbortController().signal);
  const slow = client.handshake(socket, { serverName: 'localhost', signal });
  while (clock.pending === 0) await new Promise((resolve) => setImmediate(resolve));
  clock.advance(9.9);
  t.equal(clock.pending, 1);
  clock.advance(0.2);
  await t.rejects(slow, { reason: 'tls_timeout', message: 'net/http: TLS handshake timeout' }, 'at most ten seconds');
  await server.waitForOpen(0);

  const late = await connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal });
  await t.rejects(client.handshake(late, { serverName: 'x', signal: AbortSignal.abort(reason) }), reason);
  await server.waitForOpen(0);
  t.equal(clock.pending, 0, 'no timer is left');
});

t.test('a server that breaks off within the handshake', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const server = await serve(t, localhost);
  for (const limit of [1, 100, 700]) {
    const proxy = net.createServer((client) => {
      const upstream = net.connect(server.port, '127.0.0.1');
      // Both sides are cut on purpose.
      for (const side of [client, upstream]) side.on('error', () => side.destroy());
      client.pipe(upstream);
      upstream.once('data', (chunk) => client.write(chunk.subarray(0, limit), () => client.resetAndDestroy()));
      client.on('close', () => upstream.destroy());
    });
    proxy.listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    const error = await failure((proxy.address() as net.AddressInfo).port, { config: { ca: authority.cert } });
    t.match(error, { reason: /^connection_(reset|closed)$/ }, `after ${limit} bytes`);
    proxy.close();
  }
});

t.test('what the chain says', async (t) => {
  const now = Math.floor(Date.now() / 1000);
  const inDays = (days: number): Date => new Date(now * 1000 + days * DAY_MS);
  const root = await makeAuthority({ subject: 'CN=root', notAfter: inDays(500) });
  const laterRoot = await makeAuthority({ subject: 'CN=later root', notAfter: inDays(900) });
  const middle = await root.issueAuthority({ subject: 'CN=middle', notAfter: inDays(300) });
  const crossed = await laterRoot.crossSign(middle, { notAfter: inDays(600) });
  const leaf = await middle.issue({ notAfter: inDays(700) });
  const stray = await makeSelfSigned({ subject: 'CN=stray', notAfter: new Date('2020-06-01T00:00:00Z') });
  const server = await serve(t, leaf);
  const crossedMiddle = { ...middle, ...crossed };
  const rows: readonly (readonly [title: string, others: readonly Identity[], ca: string, lastDays: number])[] = [
    ['one root', [middle, stray], root.cert, 300],
    ['the other root', [crossedMiddle, stray], laterRoot.cert, 600],
    ['both: the longest way counts', [middle, crossedMiddle, stray], root.cert + laterRoot.cert, 600],
    ['the leaf itself', [stray, middle], leaf.cert, 700],
  ];
  for (const [title, others, ca, lastDays] of rows) {
    server.present(leaf, others);
    const fresh = createTlsPlatform({ clock: systemClock });
    const signal = new AbortController().signal;
    const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal });
    const client = compileTlsConfig(rawTlsConfig({ ca }), fresh);
    const connection = await client.handshake(socket, { serverName: 'localhost', signal });
    connection.socket.destroy();
    const { earliestExpirySeconds, lastChainExpirySeconds } = connection.facts;
    t.equal(earliestExpirySeconds, Date.UTC(2020, 5, 1) / 1000, `${title}: the stray one counts for the earliest end`);
    t.equal(lastChainExpirySeconds, now + (lastDays * DAY_MS) / 1000, title);
  }
});
