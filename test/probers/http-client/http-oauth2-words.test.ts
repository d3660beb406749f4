import t from 'tap';
import { closedPort, startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

const tokenOf = (url: string, proxy = ''): string =>
  `prober: http\nhttp: {oauth2: {client_id: a, client_secret: b, token_url: "${url}"${proxy}}}`;

t.test('a token endpoint that resets names both ends', async (t) => {
  const { target } = await startStreamServer(t, (socket) => {
    socket.once('data', () => socket.resetAndDestroy());
  });
  const { verdict, log } = await probe(tokenOf(`http://${target}/t`), 'http://127.0.0.1:9/');
  t.equal(verdict, 'auth/token_unreachable');
  const ends = String.raw`127\.0\.0\.1:\d+->${target.replaceAll('.', String.raw`\.`)}`;
  t.match(log, new RegExp(String.raw`Post \\"http://${target}/t\\": read tcp ${ends}: read: connection reset by peer`));
});

for (const scheme of ['http', 'https', 'socks5']) {
  for (const endpoint of ['http', 'https']) {
    t.test(`an ${endpoint} token endpoint behind a ${scheme} proxy that is not there`, async (t) => {
      const proxy = await closedPort();
      const module = tokenOf(`${endpoint}://127.0.0.1:9/t`, `, proxy_url: "${scheme}://${proxy}"`);
      const { verdict, log } = await probe(module, 'http://127.0.0.1:9/');
      t.equal(verdict, 'auth/token_unreachable');
      t.match(log, `t\\": proxyconnect tcp: dial tcp ${proxy}: connect: connection refused`);
    });
  }
}

t.test('a token endpoint that is not there is no proxy', async (t) => {
  const target = await closedPort();
  const { log } = await probe(tokenOf(`http://${target}/t`), 'http://127.0.0.1:9/');
  t.match(log, `t\\": dial tcp ${target}: connect: connection refused`);
});
