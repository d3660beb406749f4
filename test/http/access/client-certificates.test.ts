import { once } from 'node:events';
import { createRequire } from 'node:module';
import net, { type AddressInfo } from 'node:net';
import tls, { type ConnectionOptions } from 'node:tls';
import t, { type Test } from 'tap';
import type { TlsServerConfig } from '../../../src/config/web-config.js';
import { TlsGate } from '../../../src/http/access/tls-gate.js';
import { passClientCertificates } from '../../../src/net/tls/certificate-gate.js';
import { PeerFlight } from '../../../src/net/tls/peer-flight.js';
import { PresentedChains } from '../../../src/net/tls/presented-chain.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { makeSelfSigned, sharedIdentities } from '../../helpers/tls/certificates.js';
import { distributed } from '../../helpers/tls/costly-chains.js';
import { PASSED, REFUSED } from '../../helpers/tls/gate-chains.js';
import { plainRecord } from '../../helpers/tls/tls-relay.js';
import { until } from '../../helpers/until.js';

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

const [CHANGE_CIPHER_SPEC, HANDSHAKE, APPLICATION_DATA] = [20, 22, 23];
const sized = (body: Buffer): Buffer => Buffer.concat([Buffer.from([0, body.length >> 8, body.length & 0xff]), body]);
const message = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([type]), sized(body)]);
const HELLO = message(1, Buffer.alloc(60));

interface Gated {
  readonly port: number;
  /** The certificates of the clients that came in, in DER. */
  readonly admitted: readonly (Buffer | undefined)[];
  readonly refused: readonly string[];
}

/** A server that asks clients for certificates, and answers with an `x` to each piece of data. */
async function startGate(t: Test, config: Partial<TlsServerConfig> = {}): Promise<Gated> {
  const { localhost } = await sharedIdentities();
  const whole: TlsServerConfig = {
    cert: { kind: 'file', key: 'cert_file', path: '' },
    key: { kind: 'file', key: 'key_file', path: '' },
    clientCa: undefined,
    clientAuth: 'require',
    allowedNames: undefined,
    ...{ minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3', cipherSuites: [], curves: [], preferServerCipherSuites: true },
    ...config,
  };
  const admitted: (Buffer | undefined)[] = [];
  const refused: string[] = [];
  const gate = new TlsGate({
    identity: () => Promise.resolve({ config: whole, pair: localhost, clientTrust: undefined }),
    http2: false,
    clock: new ManualClock(),
    onSecure: (socket) => {
      admitted.push((socket.getPeerCertificate() as { readonly raw?: Buffer }).raw);
      socket.on('error', () => undefined);
      socket.on('data', () => socket.write('x'));
    },
    onRefused: ({ message }) => refused.push(message),
  });
  const server = net.createServer((socket) => {
    gate.admit(socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    gate.close();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, admitted, refused };
}

/** A client whose connection is closed with the test. */
function connect(t: Test, port: number, options: ConnectionOptions): tls.TLSSocket {
  const ciphers = 'DEFAULT:@SECLEVEL=0';
  const socket = tls.connect({ host: '127.0.0.1', port, rejectUnauthorized: false, ciphers, ...options });
  socket.on('error', () => undefined);
  t.teardown(() => socket.destroy());
  return socket;
}

function versioned(version: (typeof VERSIONS)[number]): ConnectionOptions {
  return { minVersion: version, maxVersion: version };
}

// The first test, since it counts what others leave behind.
t.test('what was put before a connection is taken away with it', async (t) => {
  const { HTTPParser } = createRequire(import.meta.url)('node:_http_common') as {
    HTTPParser: { prototype: Record<'consume' | 'unconsume', (this: unknown, ...args: unknown[]) => unknown> };
  };
  const calls = { consume: 0, unconsume: 0 };
  for (const name of ['consume', 'unconsume'] as const) {
    const original = HTTPParser.prototype[name];
    HTTPParser.prototype[name] = function counted(...args) {
      calls[name]++;
      return original.apply(this, args);
    };
    t.teardown(() => (HTTPParser.prototype[name] = original));
  }
  const client = await makeSelfSigned();
  const { port, admitted, refused } = await startGate(t);
  const costly = distributed(60, 200, 2);
  const rows: Readonly<Record<string, ConnectionOptions>> = {
    'one that came in': { key: client.key, cert: client.cert },
    'one that was refused before OpenSSL saw it': { key: costly.key, cert: costly.cert },
    'one without a certificate': {},
  };
  for (const [title, options] of Object.entries(rows)) {
    const before = calls.unconsume;
    const socket = connect(t, port, options);
    await until(() => admitted.length + refused.length > 0, 'the verdict');
    socket.destroy();
    await until(() => calls.unconsume > before, title);
    t.equal(calls.unconsume, calls.consume, title);
    (admitted as unknown[]).length = 0;
    (refused as unknown[]).length = 0;
  }
  const before = calls.unconsume;
  const gone = net.connect(port, '127.0.0.1').on('error', () => undefined);
  gone.write(plainRecord(HANDSHAKE, HELLO.subarray(0, 20)));
  await until(() => calls.consume > before, 'the beginning of a hello');
  gone.destroy();
  await until(() => calls.unconsume > before, 'one that leaves');
  t.equal(calls.unconsume, calls.consume, 'one that leaves');
});

t.test('certificates of clients that would hold the loop are refused before OpenSSL sees them', async (t) => {
  for (const [title, present, message] of REFUSED) {
    const chain = present();
    const [{ key }] = chain;
    const cert = chain.map((each) => each.cert).join('');
    for (const version of VERSIONS) {
      const { port, admitted, refused } = await startGate(t);
      const socket = connect(t, port, { key, cert, ...versioned(version) });
      await until(() => socket.destroyed && refused.length > 0, 'the refusal');
      t.match(refused, [message], `${title}, ${version}`);
      t.same([refused.length, admitted.length], [1, 0], `${title}, ${version}: told once, and not let in`);
    }
  }
});

t.test('certificates of clients in earnest pass', async (t) => {
  for (const [title, present] of PASSED) {
    const chain = present();
    const [{ key, der }] = chain;
    const cert = chain.map((each) => each.cert).join('');
    for (const version of VERSIONS) {
      const { port, admitted, refused } = await startGate(t);
      const socket = connect(t, port, { key, cert, ...versioned(version) });
      socket.write('hello');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      t.same([admitted, refused, answer.toString()], [[der], [], 'x'], `${title}, ${version}`);
    }
  }
});

const WAYS: Readonly<Record<string, { client?: ConnectionOptions; server?: Partial<TlsServerConfig> }>> = {
  'AES-128': { client: { ciphers: 'TLS_AES_128_GCM_SHA256' } },
  'AES-256': { client: { ciphers: 'TLS_AES_256_GCM_SHA384' } },
  ChaCha20: { client: { ciphers: 'TLS_CHACHA20_POLY1305_SHA256' } },
  'a second hello, for another group': { client: { ecdhCurve: 'X25519:P-384' }, server: { curves: ['CurveP384'] } },
};

t.test('clients come in whatever they choose', async (t) => {
  const client = await makeSelfSigned();
  for (const [title, { client: options = {}, server = {} }] of Object.entries(WAYS)) {
    const { port, admitted, refused } = await startGate(t, server);
    const socket = connect(t, port, { key: client.key, cert: client.cert, minVersion: 'TLSv1.3', ...options });
    socket.write('hello');
    await once(socket, 'data');
    t.same([admitted, refused], [[client.der], []], title);
  }
  await t.test('a byte at a time', async (t) => {
    for (const version of VERSIONS) {
      const { port, admitted, refused } = await startGate(t);
      // The relay stands the wrong way round: what it cuts is what the client says.
      const bytes: number[] = [];
      const relay = net.createServer((near) => {
        const far = net.connect({ port, host: '127.0.0.1', noDelay: true });
        for (const side of [near, far]) side.on('error', () => side.destroy());
        far.pipe(near);
        near.on('data', (data) => bytes.push(...data));
        near.on('close', () => far.destroy());
        const send = (): void => {
          const byte = bytes.shift();
          if (byte !== undefined && !far.destroyed) far.write(Buffer.of(byte));
          if (!far.destroyed) setImmediate(send);
        };
        send();
      });
      relay.listen(0, '127.0.0.1');
      await once(relay, 'listening');
      t.teardown(() => relay.close());
      const { port: near } = relay.address() as AddressInfo;
      const socket = connect(t, near, { key: client.key, cert: client.cert, ...versioned(version) });
      socket.write('hello');
      await once(socket, 'data');
      t.same([admitted, refused], [[client.der], []], version);
      socket.destroy();
    }
  });
});

t.test('a client cannot begin a second handshake', async (t) => {
  const client = await makeSelfSigned();
  const { port } = await startGate(t);
  const socket = connect(t, port, { key: client.key, cert: client.cert, maxVersion: 'TLSv1.2' });
  await once(socket, 'secureConnect');
  const outcome = await new Promise((resolve) => {
    socket.once('error', resolve);
    socket.once('close', () => {
      resolve('closed');
    });
    socket.renegotiate({}, resolve);
  });
  t.equal(outcome, 'closed');
});

const MISPLACED: Readonly<Record<string, Buffer>> = {
  'a certificate in the record of the hello': plainRecord(
    HANDSHAKE,
    Buffer.concat([HELLO, message(11, sized(Buffer.alloc(0)))]),
  ),
  'the beginning of one in it': plainRecord(HANDSHAKE, Buffer.concat([HELLO, Buffer.from([11])])),
  'early data': Buffer.concat([plainRecord(HANDSHAKE, HELLO), plainRecord(APPLICATION_DATA, Buffer.alloc(40))]),
  'the same behind a change of the cipher': Buffer.concat([
    plainRecord(HANDSHAKE, HELLO),
    plainRecord(CHANGE_CIPHER_SPEC, Buffer.of(1)),
    plainRecord(APPLICATION_DATA, Buffer.alloc(40)),
  ]),
  'compressed certificates (RFC 8879)': Buffer.concat([
    plainRecord(HANDSHAKE, HELLO),
    plainRecord(HANDSHAKE, message(25, HELLO)),
  ]),
  'a key exchange in place of certificates': Buffer.concat([
    plainRecord(HANDSHAKE, HELLO),
    plainRecord(HANDSHAKE, message(16, HELLO)),
  ]),
  'the hello of SSL 2': Buffer.from('802e010301001500000010', 'hex'),
  'the first byte of one': Buffer.of(0x80),
};

t.test('what is not in its place does not reach OpenSSL', (t) => {
  for (const [title, bytes] of Object.entries(MISPLACED)) {
    const flight = new PeerFlight('client');
    const gate = passClientCertificates(flight, new PresentedChains(), () => undefined);
    flight.add(bytes);
    let passed = 0;
    t.throws(
      () => {
        for (let step = gate.next(); step.done !== true && passed < bytes.length; step = gate.next()) {
          passed = step.value ?? passed;
        }
      },
      /unexpected message/,
      title,
    );
    t.ok(passed <= plainRecord(HANDSHAKE, HELLO).length, title);
  }
  t.end();
});
