import t from 'tap';
import { connectTcp } from '../../../src/net/connect.js';
import { compileTlsConfig } from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { systemClock } from '../../../src/values/clock.js';
import { ASKED } from '../../helpers/services/asked.js';
import { makeAuthority } from '../../helpers/tls/certificates.js';
import { rawTlsConfig } from '../../helpers/tls/tls-config.js';
import { startTlsServer } from '../../helpers/tls/tls-server.js';

t.test('a chain that changes under the same leaf is seen by the next handshake', async (t) => {
  const root = await makeAuthority({ notAfter: new Date('2090-01-01T00:00:00Z') });
  const middle = await root.issueAuthority({ notAfter: new Date('2080-01-01T00:00:00Z') });
  const renewed = await root.crossSign(middle, { notAfter: new Date('2085-01-01T00:00:00Z') });
  const leaf = await middle.issue({ notAfter: new Date('2088-01-01T00:00:00Z') });
  const server = await startTlsServer(leaf, { others: [middle] });
  t.teardown(server.close);
  const client = compileTlsConfig(rawTlsConfig({ ca: root.cert }), createTlsPlatform({ clock: systemClock }));
  const signal = new AbortController().signal;
  const earliestYear = async (): Promise<number> => {
    const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port: server.port, signal });
    const connection = await client.handshake(socket, { serverName: 'localhost', signal });
    connection.socket.destroy();
    return new Date(connection.facts.earliestExpirySeconds * 1000).getUTCFullYear();
  };
  t.equal(await earliestYear(), 2080);
  server.present(leaf, [{ ...middle, ...renewed }]);
  t.equal(await earliestYear(), 2085);
  server.present(leaf, [middle]);
  t.equal(await earliestYear(), 2080, 'and back');
});
