import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import t, { type Test } from 'tap';
import { sendReply } from '../../../../src/http/answers/http-reply.js';
import { sendMetricPieces, wantedFormat } from '../../../../src/http/answers/send-metrics.js';
import type { WebHandler } from '../../../../src/http/exchange.js';
import { bindServer } from '../../../../src/http/listeners/bind-server.js';
import { MOST_PUSH_SCRAPES } from '../../../../src/http/listeners/server-limits.js';
import { SCRAPE_PATIENCE_SECONDS, ScrapePlaces } from '../../../../src/services/pushgateway/scrape/scrape-places.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { httpGet } from '../../../helpers/services/http-get.js';
import { until } from '../../../helpers/until.js';

/** More than the system holds for a client that reads nothing. */
const PIECES = 512;
const PIECE = Buffer.alloc(64 * 1024, '#');

function* pieces(path: string): Generator<Buffer> {
  if (path === '/short') yield Buffer.from('short\n');
  else for (let piece = 0; piece < PIECES; piece++) yield PIECE;
}

/** Scrapes with places; `waiting` has one entry for each that waits for its client. */
async function serve(t: Test, clock: ManualClock) {
  const places = new ScrapePlaces(clock);
  const open = new Set<{ readonly waitsSince: number }>();
  const handler: WebHandler = (request, response) => {
    const place = places.take(response);
    if (place === undefined) {
      sendReply(response, { status: 503, body: 'full' });
      return;
    }
    open.add(place);
    const format = wantedFormat(request);
    const answer = { format, pieces: place.follow(pieces(request.url ?? '')) };
    void sendMetricPieces(request, response, answer).finally(() => {
      open.delete(place);
      places.leave(place);
    });
  };
  const server = createServer(handler);
  t.teardown(() => server.close());
  const address = await bindServer(server, '127.0.0.1:0');
  const waiting = (): number => [...open].filter(({ waitsSince }) => waitsSince !== Infinity).length;
  return { address, waiting };
}

/** A client that asks and reads nothing. */
async function unreading(t: Test, address: string): Promise<Socket> {
  const [host = '', port = ''] = address.split(':');
  const socket = connect(Number(port), host).pause();
  t.teardown(() => socket.destroy());
  socket.on('error', () => undefined);
  await once(socket, 'connect');
  socket.write('GET /long HTTP/1.1\r\nHost: x\r\n\r\n');
  return socket;
}

t.test('clients that read nothing make room for others', async (t) => {
  const clock = new ManualClock();
  const { address, waiting } = await serve(t, clock);
  for (let at = 0; at < MOST_PUSH_SCRAPES; at++) await unreading(t, address);
  await until(() => waiting() === MOST_PUSH_SCRAPES, 'all clients have stopped reading');
  t.equal((await httpGet(address, '/short')).status, 503, 'all places are taken');
  let status = 0;
  await until(async () => {
    // Some may have been between two pieces of what the system still took.
    clock.advance(SCRAPE_PATIENCE_SECONDS);
    ({ status } = await httpGet(address, '/short'));
    return status === 200;
  }, 'a place is free');
  await until(() => waiting() === MOST_PUSH_SCRAPES - 1, 'one client was cut');
  t.equal((await httpGet(address, '/short')).status, 200, 'its place stays free');
});

t.test('a client that reads keeps its place', async (t) => {
  const clock = new ManualClock();
  const { address } = await serve(t, clock);
  const { text } = await httpGet(address, '/long');
  t.equal(text.length, PIECES * PIECE.length);
});
