import { once } from 'node:events';
import { connect } from 'node:http2';
import t from 'tap';
import { BodyBudget } from '../../../../src/http/bodies/body-budget.js';
import { bindServer } from '../../../../src/http/listeners/bind-server.js';
import { tlsListener } from '../../../../src/http/listeners/tls-listener.js';
import { MOST_ANSWERS_MADE, REST_SECONDS } from '../../../../src/services/pushgateway/relay/answer-places.js';
import { RequestRelay } from '../../../../src/services/pushgateway/relay/request-relay.js';
import { systemClock } from '../../../../src/values/clock.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { localhostSide } from '../../../helpers/tls/tls-side.js';
import { until } from '../../../helpers/until.js';

const BYTES = 64 * 1024;
const STREAMS = 200;

t.test('a connection that renews requests and reads nothing keeps nobody waiting for long', async (t) => {
  const clock = new ManualClock();
  const asked: string[] = [];
  const relay = new RequestRelay({
    clock,
    limit: { maxBytes: BYTES, limitName: 'none' },
    budget: new BodyBudget({ largeBytes: BYTES, smallBytes: BYTES }),
    post: (message) => {
      if (message.kind !== 'request') return;
      const { id, head } = message;
      asked.push(head.url);
      relay.take({ kind: 'head', id, status: 200, headers: {} });
      relay.take({ kind: 'piece', id, bytes: new Uint8Array(BYTES) });
      if (head.url === '/honest') relay.take({ kind: 'end', id, bytes: new Uint8Array(BYTES) });
    },
  });
  const listener = tlsListener(relay.handle, await localhostSide(systemClock));
  const address = await bindServer(listener.server, '127.0.0.1:0');
  const flood = connect(`https://${address}`, { rejectUnauthorized: false, settings: { initialWindowSize: 0 } });
  const honest = connect(`https://${address}`, { rejectUnauthorized: false });
  t.teardown(() => {
    flood.destroy();
    honest.destroy();
    listener.cut();
    return listener.stop();
  });
  for (let at = 0; at < STREAMS; at++) flood.request({ ':path': '/flood' }).on('error', () => undefined);
  await until(() => asked.length === MOST_ANSWERS_MADE, 'all places are taken');
  const scrape = honest.request({ ':path': '/honest' });
  let status: unknown;
  let bytes = 0;
  scrape.on('response', (headers) => (status = headers[':status']));
  scrape.on('data', (data: Buffer) => (bytes += data.length));
  const change = honest.request({ ':path': '/change', ':method': 'DELETE' });
  change.on('error', () => undefined);
  await until(() => asked.includes('/change'), 'what changes something has no need of a place');
  t.same(
    asked.filter((url) => url !== '/change').length,
    MOST_ANSWERS_MADE,
    'the other requests wait for those that rest',
  );
  clock.advance(2 * REST_SECONDS);
  await once(scrape, 'end');
  t.equal(status, 200);
  t.equal(bytes, 2 * BYTES);
  t.ok(asked.indexOf('/honest') <= MOST_ANSWERS_MADE + 2, 'its turn came behind one of the flood');
});
