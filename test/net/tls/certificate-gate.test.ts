import t, { type Test } from 'tap';
import { connectTcp } from '../../../src/net/connect.js';
import { passCertificates } from '../../../src/net/tls/certificate-gate.js';
import { PeerFlight } from '../../../src/net/tls/peer-flight.js';
import { PresentedChains } from '../../../src/net/tls/presented-chain.js';
import { compileTlsConfig, type TlsConnection, TlsHandshakeError } from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { readCertificate } from '../../../src/net/x509/certificate.js';
import { opensslMicroseconds } from '../../../src/net/x509/openssl-cost.js';
import { systemClock } from '../../../src/values/clock.js';
import { ASKED } from '../../helpers/services/asked.js';
import { localhost } from '../../helpers/tls/certificate-extensions.js';
import { make } from '../../helpers/tls/certificate-writer.js';
import { makeSelfSigned } from '../../helpers/tls/certificates.js';
import {
  compared,
  curveClaim,
  distributed,
  dsaClaim,
  type Presented,
  rsaClaim,
  way,
} from '../../helpers/tls/costly-chains.js';
import { manyNames, PASSED, REFUSED } from '../../helpers/tls/gate-chains.js';
import { rawTlsConfig } from '../../helpers/tls/tls-config.js';
import { plainRecord } from '../../helpers/tls/tls-relay.js';
import { startTlsServer, type TlsServerOptions } from '../../helpers/tls/tls-server.js';

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

async function serve(t: Test, [leaf, ...others]: Presented, options?: TlsServerOptions): Promise<number> {
  const server = await startTlsServer(leaf, { others, ciphers: 'DEFAULT:@SECLEVEL=0', ...options });
  t.teardown(server.close);
  return server.port;
}

/** Shakes hands with a server whose certificate is not to be verified. */
async function shake(port: number): Promise<TlsConnection> {
  const { signal } = new AbortController();
  const platform = createTlsPlatform({ clock: systemClock, certFile: '/nonexistent', certDir: '/nonexistent' });
  const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port, signal });
  const client = compileTlsConfig(rawTlsConfig({ insecure_skip_verify: true }), platform);
  return client.handshake(socket, { serverName: 'localhost', signal });
}

async function failureOf(promise: Promise<TlsConnection>): Promise<TlsHandshakeError> {
  const failure = await promise.then(
    ({ socket }) => socket.destroy(),
    (error: unknown) => error,
  );
  if (failure instanceof TlsHandshakeError) return failure;
  throw new Error('The handshake was expected to fail');
}

t.test('certificates that would hold the loop in one call of OpenSSL are refused before it sees them', async (t) => {
  for (const [title, present, message] of REFUSED) {
    const chain = present();
    for (const version of VERSIONS) {
      const port = await serve(t, chain, { minVersion: version, maxVersion: version });
      const { reason, message: said, facts } = await failureOf(shake(port));
      t.equal(reason, 'tls_certificate_invalid', title);
      t.match(said, message, title);
      if (facts === undefined) t.match(said, /failed to parse/, `${title}: nothing is known of it`);
      else {
        t.equal(facts.version, version === 'TLSv1.2' ? 'TLS 1.2' : 'TLS 1.3', title);
        t.match(
          facts.cipher,
          version === 'TLSv1.2' ? /^TLS_ECDHE_\w+_WITH_/ : /^TLS_[AC]/,
          `${title}: ${facts.cipher}`,
        );
      }
    }
  }
});

t.test('certificates of servers in earnest pass', async (t) => {
  for (const [title, present] of PASSED) {
    const chain = present();
    for (const version of VERSIONS) {
      const port = await serve(t, chain, { minVersion: version, maxVersion: version });
      const { socket, facts } = await shake(port);
      socket.destroy();
      t.equal(facts.chain.others.length, chain.length - 1, `${title}, ${version}`);
    }
  }
});

t.test('what OpenSSL takes is linear in the certificates, and above what was measured', (t) => {
  const cost = (chain: Presented): number => opensslMicroseconds(chain.map(({ der }) => readCertificate(der)));
  const rows: readonly (readonly [title: string, chain: Presented, measured: number, most: number])[] = [
    ['a leaf of P-256', [make({ extensions: [localhost] })], 150, 400],
    ['41 of RSA-8192', way(40, (index) => rsaClaim(8192, index)), 33_000, 60_000],
    ['a leaf of RSASSA-PSS with 2048 bits', [make({ key: 'pss2048', extensions: [localhost] })], 150, 1500],
    ['19 of DSA-10000', way(18, (index) => dsaClaim(10_000, index)), 200_000, 400_000],
    ['61 of P-521', way(60, curveClaim), 92_000, 120_000],
    ['300 points and 1,000 parts', [distributed(300, 1000, 2)], 510_000, 1_000_000],
    ['30,000 names', [manyNames(30_000)], 5700, 40_000],
    ['nine of 500 names and constraints', compared(8, 500), 55_000, 2_000_000],
  ];
  for (const [title, chain, measured, most] of rows) {
    t.ok(cost(chain) >= measured && cost(chain) <= most, `${title}: ${cost(chain).toFixed(0)} µs`);
  }
  t.end();
});

const HANDSHAKE = 22;

t.test('how much of a flight OpenSSL may have', async (t) => {
  const { der } = await makeSelfSigned();
  const sized = (body: Buffer): Buffer => Buffer.concat([Buffer.from([0, body.length >> 8, body.length & 0xff]), body]);
  const message = (type: number, body: Buffer): Buffer => Buffer.concat([Buffer.from([type]), sized(body)]);
  const hello = plainRecord(HANDSHAKE, message(2, Buffer.from(`0303${'00'.repeat(32)}00c02b00`, 'hex')));
  const certificate = message(11, sized(sized(der)));
  const flight = new PeerFlight('server');
  const gate = passCertificates(flight, new PresentedChains());
  const first = plainRecord(HANDSHAKE, certificate.subarray(0, 100));
  const rest = plainRecord(HANDSHAKE, certificate.subarray(100));
  flight.add(hello);
  t.same(gate.next(), { done: false, value: hello.length }, 'all of the hello');
  flight.add(first);
  t.same(gate.next(), { done: false, value: hello.length + first.length }, 'a part of the certificates');
  flight.add(rest.subarray(0, -1));
  t.same(gate.next(), { done: false, value: flight.length }, 'less than the whole record');
  flight.add(rest.subarray(-1));
  let step = gate.next();
  while (step.done !== true && step.value === undefined) step = gate.next();
  t.ok(step.done, 'and then everything');
  t.same(flight.certificates, [der]);

  const alerted = new PeerFlight('server');
  const waiting = passCertificates(alerted, new PresentedChains());
  const alert = plainRecord(21, Buffer.from([2, 40]));
  for (const part of [hello, first, alert]) alerted.add(part);
  t.same(waiting.next(), { done: false, value: alerted.length }, 'an alert in the middle');
  const malformed = new PeerFlight('server');
  malformed.add(plainRecord(HANDSHAKE, message(11, Buffer.concat([sized(sized(der)), Buffer.from('x')]))));
  t.throws(() => passCertificates(malformed, new PresentedChains()).next(), /malformed message/);
});
