import { once } from 'node:events';
import net from 'node:net';
import tls from 'node:tls';
import t, { type Test } from 'tap';
import { connectUnix } from '../../../src/net/connect-unix.js';
import { PeerFlight } from '../../../src/net/tls/peer-flight.js';
import { type PresentedChain, PresentedChains } from '../../../src/net/tls/presented-chain.js';
import { CertificateError } from '../../../src/net/x509/der-cursor.js';
import { atOnce } from '../../../src/values/in-slices.js';
import { shaken, type ShakenWish } from '../../helpers/hostile/shaken.js';
import { socketFolder } from '../../helpers/servers/socket-folder.js';
import { asker } from '../../helpers/services/asked.js';
import { type Authority, type Identity, makeAuthority, makeSelfSigned } from '../../helpers/tls/certificates.js';
import { inRecordsOf, plainRecord, startTlsRelay } from '../../helpers/tls/tls-relay.js';
import { startTlsServer, type TlsServer, type TlsServerOptions } from '../../helpers/tls/tls-server.js';

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

async function serve(t: Test, identity: Identity, options?: TlsServerOptions): Promise<TlsServer> {
  const server = await startTlsServer(identity, options);
  t.teardown(server.close);
  return server;
}

/** What one connection of its own shows. */
async function presented(chains: PresentedChains, wish: ShakenWish): Promise<PresentedChain | undefined> {
  const { socket, flight } = await shaken({ ...wish, chains });
  socket.destroy();
  return atOnce(chains.read(flight));
}

function dersOf(chain: PresentedChain | undefined): Buffer[] {
  return chain === undefined ? [] : [chain.leaf, ...chain.others].map(({ der }) => der);
}

/** What servers show under one and the same leaf. */
async function chainsOfOneLeaf(): Promise<readonly (readonly [title: string, Identity, ...Identity[]])[]> {
  const root = await makeAuthority({ notAfter: new Date('2090-01-01T00:00:00Z') });
  const issueMiddle = (): Promise<Authority> =>
    root.issueAuthority({ serialNumber: '1001', notAfter: new Date('2080-01-01T00:00:00Z') });
  let middle = await issueMiddle();
  // A signature of ECDSA that is much shorter than most is rare, and would have no other one of its size.
  for (let next = await issueMiddle(); next.der.length > middle.der.length; next = await issueMiddle()) middle = next;
  const twin = await sameSize(middle, () =>
    root.crossSign(middle, { serialNumber: '1002', notAfter: new Date('2070-01-01T00:00:00Z') }),
  );
  const leaf = await middle.issue();
  const stray = await makeSelfSigned();
  return [
    ['with its intermediate', leaf, middle],
    ['without it', leaf],
    ['with another one of the same size', leaf, twin],
    ['with it again', leaf, middle],
    ['with one too many', leaf, middle, stray],
    ['in another order', leaf, stray, middle],
    ['with the root', leaf, middle, root],
    ['the same twice', leaf, middle, middle],
    ['without any again', leaf],
  ];
}

/** Signatures of ECDSA differ by some bytes in their size. */
async function sameSize(model: Identity, make: () => Promise<Identity>): Promise<Identity> {
  for (let tries = 0; tries < 200; tries++) {
    const made = await make();
    if (made.der.length === model.der.length) return made;
  }
  throw new Error('No certificate of the same size');
}

t.test('each connection shows its own chain: exactly what was sent, in its order', async (t) => {
  const rows = await chainsOfOneLeaf();
  for (const version of VERSIONS) {
    const chains = new PresentedChains();
    const setting = { minVersion: version, maxVersion: version };
    for (const [title, identity, ...others] of rows) {
      const server = await serve(t, identity, { ...setting, others });
      const expected = [identity, ...others].map(({ der }) => der);
      t.same(dersOf(await presented(chains, { at: server.port })), expected, `${version}: ${title}`);
    }
    const [, [, first] = []] = rows;
    const server = await serve(t, first as Identity, setting);
    for (const [title, identity, ...others] of rows) {
      server.present(identity, others);
      const expected = [identity, ...others].map(({ der }) => der);
      t.same(dersOf(await presented(chains, { at: server.port })), expected, `${version}: one endpoint, ${title}`);
    }
  }
});

t.test('the same chain is the same object, as long as there is room', async (t) => {
  const [one, other] = [await makeSelfSigned(), await makeSelfSigned()];
  const server = await serve(t, one);
  const chains = new PresentedChains(one.der.length + other.der.length - 1);
  const first = await presented(chains, { at: server.port });
  t.equal(await presented(chains, { at: server.port, maxVersion: 'TLSv1.2' }), first, 'also in another version');
  server.present(other);
  t.not(await presented(chains, { at: server.port }), first);
  server.present(one);
  const again = await presented(chains, { at: server.port });
  t.not(again, first, 'forgotten, because both are too large together');
  t.same(again, first);
});

t.test('chains that differ in a single byte are told apart, wherever it is', async (t) => {
  const { der } = await makeSelfSigned();
  const other = await makeSelfSigned();
  const chains = new PresentedChains();
  const shown = (...ders: readonly Buffer[]) =>
    dersOf(atOnce(chains.read(flightOf(plainRecord(HANDSHAKE, message(CERTIFICATE, listOf(...ders)))))));
  for (const fromEnd of [1, 16, 17, 30]) {
    const changed = Buffer.from(der);
    changed.writeUInt8((changed.at(-fromEnd) ?? 0) ^ 1, der.length - fromEnd);
    for (const ders of [[der], [changed], [der], [der, changed], [other.der, der], [other.der, changed]]) {
      t.same(shown(...ders), ders, `${fromEnd} from the end`);
    }
  }
});

t.test('versions, cipher suites and key exchanges', async (t) => {
  const root = await makeAuthority();
  const middle = await root.issueAuthority();
  const leaf = await middle.issue();
  const expected = [leaf.der, middle.der];
  const weak = 'ALL:@SECLEVEL=0';
  const rows: readonly (readonly [title: string, server: tls.TlsOptions, client?: tls.SecureContextOptions])[] = [
    ['TLS 1.0', { minVersion: 'TLSv1', maxVersion: 'TLSv1', ciphers: weak }, { minVersion: 'TLSv1', ciphers: weak }],
    ['TLS 1.1', { minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: weak }, { minVersion: 'TLSv1', ciphers: weak }],
    ['TLS 1.2', { maxVersion: 'TLSv1.2' }],
    ['AES-128', { ciphers: 'TLS_AES_128_GCM_SHA256' }],
    ['AES-256', { ciphers: 'TLS_AES_256_GCM_SHA384' }],
    ['ChaCha20', { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' }],
    ['a hello that has to be repeated', { ecdhCurve: 'secp521r1', minVersion: 'TLSv1.3' }],
    ['a client certificate asked for', { requestCert: true, rejectUnauthorized: false, ca: root.cert }],
    ['the same in TLS 1.2', { requestCert: true, rejectUnauthorized: false, ca: root.cert, maxVersion: 'TLSv1.2' }],
  ];
  for (const [title, options, client] of rows) {
    const server = await serve(t, leaf, { ...options, others: [middle] });
    t.same(dersOf(await presented(new PresentedChains(), { at: server.port, ...client })), expected, title);
  }
});

t.test('many and large certificates', async (t) => {
  const root = await makeAuthority();
  const leaf = await root.issue();
  const stray = await makeSelfSigned();
  const large = await root.issue({ dnsNames: Array.from({ length: 2500 }, (_, i) => `host-${i}.example.org`) });
  for (const version of VERSIONS) {
    const server = await serve(t, leaf, { others: Array.from({ length: 29 }, () => stray), maxVersion: version });
    t.equal(dersOf(await presented(new PresentedChains(), { at: server.port })).length, 30, version);
    server.present(large, [root]);
    const chain = await presented(new PresentedChains(), { at: server.port });
    t.same(dersOf(chain), [large.der, root.der], `${version}: ${large.der.length} bytes`);
  }
});

t.test('however the bytes are cut', async (t) => {
  const root = await makeAuthority();
  const middle = await root.issueAuthority();
  const leaf = await middle.issue();
  const expected = [leaf.der, middle.der];
  for (const version of VERSIONS) {
    const server = await serve(t, leaf, { others: [middle], maxVersion: version });
    const relay = await startTlsRelay(server.port, () => (bytes) => Array.from(bytes, (byte) => Buffer.from([byte])));
    t.teardown(relay.close);
    t.same(dersOf(await presented(new PresentedChains(), { at: relay.port })), expected, `${version}: byte by byte`);
    const fragments = await serveInFragments(t, { ...credentialsOf(leaf, middle), maxVersion: version });
    t.same(dersOf(await presented(new PresentedChains(), { at: fragments })), expected, `${version}: small records`);
  }
  const server = await serve(t, leaf, { others: [middle], maxVersion: 'TLSv1.2' });
  for (const size of [2, 100]) {
    const relay = await startTlsRelay(server.port, () => inRecordsOf(size));
    t.teardown(relay.close);
    t.same(dersOf(await presented(new PresentedChains(), { at: relay.port })), expected, `records of ${size} bytes`);
  }
});

function credentialsOf(identity: Identity, ...others: readonly Identity[]): { key: string; cert: string } {
  return { key: identity.key, cert: [identity, ...others].map(({ cert }) => cert).join('') };
}

/** A server whose records have the smallest size that OpenSSL makes; returns its port. */
async function serveInFragments(t: Test, options: tls.TlsOptions): Promise<number> {
  const secureContext = tls.createSecureContext(options);
  const server = net.createServer((raw) => {
    const secured = new tls.TLSSocket(raw, { isServer: true, secureContext });
    secured.setMaxSendFragment(512);
    // The client goes when it has seen enough.
    secured.on('error', () => raw.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return (server.address() as net.AddressInfo).port;
}

t.test('TLS within TLS, and over a unix socket', async (t) => {
  const [outer, inner] = [await makeSelfSigned({ subject: 'CN=outer' }), await makeSelfSigned({ subject: 'CN=inner' })];
  const target = await serve(t, inner);
  const proxy = tls.createServer(credentialsOf(outer), (client) => {
    const upstream = net.connect(target.port, '127.0.0.1');
    // Both ends are closed in whatever order.
    for (const side of [client, upstream]) side.on('error', () => side.destroy());
    client.pipe(upstream).pipe(client);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  t.teardown(() => proxy.close());
  const tunnel = await shaken({ at: (proxy.address() as net.AddressInfo).port });
  const through = await shaken({ at: tunnel.socket });
  const [greeting] = (await once(through.socket, 'data')) as [Buffer];
  t.equal(greeting.toString(), 'hello');
  through.socket.destroy();
  const chains = new PresentedChains();
  t.same(
    [tunnel, through].map(({ flight }) => atOnce(chains.read(flight))?.leaf.der),
    [outer.der, inner.der],
  );

  const path = `${socketFolder(t)}/tls.sock`;
  const local = tls.createServer(credentialsOf(inner)).listen(path);
  await once(local, 'listening');
  t.teardown(() => local.close());
  const at = await connectUnix(path, asker(new AbortController().signal));
  t.same(dersOf(await presented(chains, { at })), [inner.der]);
});

t.test('a handshake that breaks off behind the certificates', async (t) => {
  const leaf = await makeSelfSigned();
  for (const version of VERSIONS) {
    const server = await serve(t, leaf, { maxVersion: version });
    const relay = await startTlsRelay(server.port, () => (bytes) => [bytes.subarray(0, -20), Buffer.alloc(20)]);
    t.teardown(relay.close);
    const error = await failureOf(shaken({ at: relay.port }));
    const chain = atOnce(new PresentedChains().read(error.cause as PeerFlight));
    t.same(dersOf(chain), [leaf.der], version);
  }
});

t.test('the socket is as Node made it after the handshake, and uploads and downloads go through', async (t) => {
  const identity = await makeSelfSigned();
  const bytes = 8 * 1024 * 1024;
  const server = tls.createServer(credentialsOf(identity), (socket) => socket.pipe(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { socket } = await shaken({ at: (server.address() as net.AddressInfo).port });
  let received = 0;
  socket.on('data', (chunk: Buffer) => (received += chunk.length));
  socket.end(Buffer.alloc(bytes));
  await once(socket, 'end');
  t.equal(received, bytes);
  socket.destroy();
});

async function failureOf(promise: Promise<unknown>): Promise<Error> {
  const failure = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (failure instanceof Error) return failure;
  throw new Error('It was expected to fail');
}

const HANDSHAKE = 22;
const CERTIFICATE = 11;

function flightOf(...parts: readonly Buffer[]): PeerFlight {
  const flight = new PeerFlight('server');
  for (const part of parts) flight.add(part);
  return flight;
}

function message(type: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([type, 0, body.length >> 8, body.length & 0xff]), body]);
}

function listOf(...ders: readonly Buffer[]): Buffer {
  const sized = (bytes: Buffer): Buffer => Buffer.concat([Buffer.from([0, bytes.length >> 8, bytes.length]), bytes]);
  return sized(Buffer.concat(ders.map(sized)));
}

t.test('flights that no server in its right mind sends', async (t) => {
  const { der } = await makeSelfSigned();
  const chains = new PresentedChains();
  const whole = message(CERTIFICATE, listOf(der));
  const hello = (suite: number): Buffer =>
    message(2, Buffer.from(`0303${'00'.repeat(32)}00${suite.toString(16)}00`, 'hex'));
  const record = (body: Buffer, type = HANDSHAKE): Buffer => plainRecord(type, body);
  const rows: readonly (readonly [title: string, flight: PeerFlight, certificates: number])[] = [
    ['as it should be', flightOf(record(Buffer.concat([hello(0xc02b), whole]))), 1],
    ['nothing', flightOf(), 0],
    ['a warning before the hello', flightOf(record(Buffer.from([1, 112]), 21), record(whole)), 1],
    ['no certificates', flightOf(record(message(CERTIFICATE, listOf()))), 0],
    ['cut within the message', flightOf(record(whole.subarray(0, -1))), 0],
    ['cut within the record', flightOf(record(whole).subarray(0, -1)), 0],
    ['a list that is longer than its message', flightOf(record(message(CERTIFICATE, listOf(der).subarray(0, -1)))), 0],
    ['bytes behind the list', flightOf(record(message(CERTIFICATE, Buffer.concat([listOf(der), der])))), 0],
    ['application data at once', flightOf(record(whole, 23)), 0],
    ['a plain certificate after the hello of TLS 1.3', flightOf(record(hello(0x1301)), record(whole)), 0],
    ['an empty message', flightOf(record(message(CERTIFICATE, Buffer.alloc(0)))), 0],
    ['a hello without an end', flightOf(record(message(2, Buffer.alloc(3))), record(whole)), 1],
  ];
  for (const [title, flight, certificates] of rows) {
    t.equal(dersOf(atOnce(chains.read(flight))).length, certificates, title);
    flight.addKeyLogLine(Buffer.from(`SERVER_HANDSHAKE_TRAFFIC_SECRET 00 ${'11'.repeat(32)}\n`));
    t.equal(dersOf(atOnce(chains.read(flight))).length, certificates, `${title}, with a secret`);
  }
  const forged = flightOf(record(hello(0x1302)), record(Buffer.alloc(300), 23));
  forged.addKeyLogLine(Buffer.from(`SERVER_HANDSHAKE_TRAFFIC_SECRET 00 ${'11'.repeat(48)}\n`));
  t.equal(atOnce(chains.read(forged)), undefined, 'a record that is not genuine');
  t.throws(
    () => atOnce(chains.read(flightOf(record(message(CERTIFICATE, listOf(Buffer.from('junk'))))))),
    CertificateError,
  );
  const crumbs = Array.from({ length: 1025 }, () => record(Buffer.alloc(0)));
  t.throws(() => atOnce(chains.read(flightOf(...crumbs))), { message: 'tls: handshake of more than 1024 records' });
  const wishes = record(Buffer.alloc(4 * 1025));
  t.throws(() => atOnce(chains.read(flightOf(wishes))), { message: 'tls: handshake of more than 1024 messages' });
  const endless = Array.from({ length: 17 }, () => record(Buffer.alloc(16_000, 0xff)));
  t.throws(() => atOnce(chains.read(flightOf(...endless))), { message: 'tls: handshake of more than 262144 bytes' });
});
