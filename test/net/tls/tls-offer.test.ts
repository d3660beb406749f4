import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import t from 'tap';
import { connectTcp } from '../../../src/net/connect.js';
import { PresentedChains } from '../../../src/net/tls/presented-chain.js';
import { SUITE_NAMES } from '../../../src/net/tls/suite-names.js';
import { compileTlsConfig } from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { systemClock } from '../../../src/values/clock.js';
import { inSlices } from '../../../src/values/in-slices.js';
import type { RawTlsConfig } from '../../../src/values/raw-config.js';
import { shaken } from '../../helpers/hostile/shaken.js';
import { ASKED } from '../../helpers/services/asked.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';
import { type ClientHello, startHelloServer } from '../../helpers/tls/client-hello.js';
import { rawTlsConfig } from '../../helpers/tls/tls-config.js';

const platform = createTlsPlatform({ clock: systemClock, certFile: '/nonexistent', certDir: '/nonexistent' });
const STATUS_REQUEST = 5;
const SESSION_TICKET = 35;

async function helloOf(config: Partial<RawTlsConfig>): Promise<ClientHello> {
  const server = await startHelloServer();
  const hello = server.next();
  const { signal } = new AbortController();
  const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal });
  await compileTlsConfig(rawTlsConfig(config), platform)
    .handshake(socket, { serverName: 'localhost', signal })
    .catch(() => undefined);
  await server.close();
  return hello;
}

t.test('what is offered, in the order of blackbox_exporter 0.28', async (t) => {
  const hello = await helloOf({});
  const suites = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8];
  t.same(hello.suites.slice(0, 13), [...suites, 0xc009, 0xc013, 0xc00a, 0xc014], 'suites');
  t.same(hello.groups, [0x1d, 0x17, 0x18, 0x19], 'groups');
  t.same(hello.keys, [0x1d], 'a key of the first of them');
  const signatures = [0x0804, 0x0403, 0x0807, 0x0805, 0x0806, 0x0401, 0x0501, 0x0601, 0x0503, 0x0603];
  t.same(hello.signatures.slice(0, 10), signatures, 'signatures');
  t.notOk(hello.extensions.includes(SESSION_TICKET), 'no ticket is asked for, since nothing is resumed');
  t.ok(hello.extensions.includes(STATUS_REQUEST), 'an OCSP response is');
  t.ok(hello.bytes < 600, 'in one packet of any network');
});

t.test('each suite that is offered has a name', async (t) => {
  const { suites } = await helloOf({ min_version: 'TLS10', max_version: 'TLS12' });
  const RENEGOTIATION = 0x00ff;
  const nameless = suites.filter((suite) => suite !== RENEGOTIATION && !SUITE_NAMES.has(suite));
  t.same(nameless, [], nameless.map((suite) => suite.toString(16)).join());
});

t.test('no RSA key exchange, no DHE and no 3DES, whatever versions are asked for', async (t) => {
  for (const config of [{}, { min_version: 'TLS10' }, { min_version: 'TLS10', max_version: 'TLS12' }] as const) {
    const { suites } = await helloOf(config);
    const weak = [0x002f, 0x0035, 0x003c, 0x003d, 0x009c, 0x009d, 0x000a, 0xc008, 0xc012];
    const ofNumbers = [0x0033, 0x0039, 0x0067, 0x006b, 0x009e, 0x009f, 0xccaa, 0x0032, 0x0038, 0x00a2, 0x00a3, 0xc09e];
    t.same(
      suites.filter((suite) => [...weak, ...ofNumbers].includes(suite)),
      [],
      JSON.stringify(config),
    );
  }
});

t.test('an OCSP response changes nothing, whatever it is', async (t) => {
  const { localhost } = await sharedIdentities();
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    for (const length of [0, 1, 3000, 15_000]) {
      const server = tls.createServer({
        cert: localhost.cert,
        key: localhost.key,
        minVersion: version,
        maxVersion: version,
      });
      let asked = 0;
      server.on('OCSPRequest', (_certificate, _issuer, answer: (error: null, response: Buffer | null) => void) => {
        asked++;
        answer(null, length === 0 ? null : Buffer.alloc(length, 0xff));
      });
      server.listen(0, '127.0.0.1');
      await once(server, 'listening');
      t.teardown(() => server.close());
      const { socket, flight } = await shaken({ at: (server.address() as AddressInfo).port });
      t.same([socket.getProtocol(), asked], [version, 1], `${length} bytes over ${version}`);
      const chain = await inSlices(new PresentedChains().read(flight));
      t.ok(chain?.leaf.der.equals(new X509Certificate(localhost.cert).raw), 'the certificate is read beside it');
      socket.destroy();
    }
  }
});
