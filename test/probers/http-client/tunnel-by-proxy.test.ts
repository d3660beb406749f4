import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import t from 'tap';
import { tunnelByProxy } from '../../../src/probers/http-client/tunnel-by-proxy.js';
import { Secret } from '../../../src/values/secret.js';

t.test('a proxy is told its credentials and the further headers, in this order', async (t) => {
  let asked = '';
  const proxy = createServer((socket) => {
    socket.once('data', (head) => {
      asked = head.toString('latin1');
      socket.write('HTTP/1.1 200 OK\r\n\r\n');
    });
  }).listen(0, '127.0.0.1');
  await once(proxy, 'listening');
  // A listening server has the address of its socket.
  const { port } = proxy.address() as AddressInfo;
  const socket = connect(port, '127.0.0.1');
  t.teardown(() => {
    socket.destroy();
    proxy.close();
  });
  await once(socket, 'connect');
  const authorization = new Secret('Basic bWU6c2VjcmV0');
  await tunnelByProxy(socket, {
    proxy: { scheme: 'http', host: '127.0.0.1', port, authorization },
    ...{ host: '::1', port: 443, connectHeaders: [['X-One', '1']], signal: new AbortController().signal },
  });
  t.match(asked, /^CONNECT \[::1\]:443 HTTP\/1\.1\r\n/);
  t.match(asked, /\r\nProxy-Authorization: Basic bWU6c2VjcmV0\r\nX-One: 1\r\n/);
});
