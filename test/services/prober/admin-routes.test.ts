import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { reloadRoute } from '../../../src/services/prober/admin-routes.js';
import { loopTurns } from '../../../src/values/loop-turns.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { until } from '../../helpers/until.js';

t.test('those who wait for the same reload are not all answered in one turn', async (t) => {
  const CLIENTS = 50;
  let finish: (problem: undefined) => void = () => undefined;
  const reloaded = new Promise<undefined>((resolve) => (finish = resolve));
  const route = reloadRoute(() => reloaded, true);
  const responses: ServerResponse[] = [];
  const server = createServer((request, response) => {
    responses.push(response);
    void route({ request, response, query: '' });
  }).listen(0, '127.0.0.1');
  t.teardown(() => server.close());
  await once(server, 'listening');
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answers = Array.from({ length: CLIENTS }, () => httpGet(address, '/-/reload'));
  await until(() => responses.length === CLIENTS, 'all have asked');
  await new Promise(setImmediate);
  while (!loopTurns.isOver()) {
    // The turn is used up.
  }
  finish(undefined);
  await new Promise((resolve) => {
    process.nextTick(resolve);
  });
  const sent = responses.filter(({ headersSent }) => headersSent).length;
  t.equal(sent, 0, `${sent} were answered in the turn that was over`);
  for (const { status } of await Promise.all(answers)) if (status !== 200) t.fail(`status ${status}`);
});
