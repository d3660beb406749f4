import { once } from 'node:events';
import { type AddressInfo, connect, type Socket } from 'node:net';
import t from 'tap';
import { plainListener } from '../../../src/http/listeners/listener.js';
import { until } from '../../helpers/until.js';

t.test('clients whose time is over together are not all cut in one turn, and all are told', async (t) => {
  const CLIENTS = 500;
  const { server } = plainListener(() => undefined);
  t.teardown(() => server.close());
  const served: Socket[] = [];
  server.on('connection', (socket) => served.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const texts: string[] = [];
  for (let nth = 0; nth < CLIENTS; nth++) {
    const client = connect(port, '127.0.0.1').on('error', () => undefined);
    t.teardown(() => client.destroy());
    client.once('data', (bytes: Buffer) => texts.push(bytes.toString('latin1', 0, 12)));
  }
  await until(() => served.length === CLIENTS, 'all are connected');
  for (const socket of served) {
    server.emit('clientError', Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
  }
  t.ok(
    served.some(({ destroyed }) => !destroyed),
    'some are still there',
  );
  await until(() => served.every(({ destroyed }) => destroyed), 'all are cut');
  await until(() => texts.length === CLIENTS, 'all have heard why');
  t.same([...new Set(texts)], ['HTTP/1.1 408']);
});
