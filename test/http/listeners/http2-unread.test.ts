import { connect as connectTls } from 'node:tls';
import t from 'tap';
import { PIECE_BYTES, sendPieces } from '../../../src/http/answers/send-pieces.js';
import { bindServer } from '../../../src/http/listeners/bind-server.js';
import { tlsListener } from '../../../src/http/listeners/tls-listener.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { block, frame, uint32 } from '../../helpers/servers/http2-frames.js';
import { localhostSide } from '../../helpers/tls/tls-side.js';
import { until } from '../../helpers/until.js';

const [HEADERS, SETTINGS, WINDOW_UPDATE] = [1, 4, 8];
const [END_STREAM, END_HEADERS] = [1, 4];
/** The largest window (RFC 9113 §6.9.1), and what a connection has without being told. */
const [WIDEST, GIVEN] = [2 ** 31 - 1, 65_535];
const GET = block([
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/'],
  [':authority', 'h'],
]);
/** Asks for a page, and allows any length of it. */
const ASKING = Buffer.concat([
  Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'),
  frame(SETTINGS, 0, 0, Buffer.concat([Buffer.of(0, 4), uint32(WIDEST)])),
  frame(WINDOW_UPDATE, 0, 0, uint32(WIDEST - GIVEN)),
  frame(HEADERS, END_STREAM | END_HEADERS, 1, GET),
]);
/** Short, so that the test sees the end of those who take nothing. */
const LIMITS = { stalledMs: 200, wholeMs: 60_000 };

t.test('a client that reads nothing of its connection does not keep it', async (t) => {
  const clock = new ManualClock();
  const side = await localhostSide(clock);
  const piece = Buffer.alloc(PIECE_BYTES, 'x');
  let ended = 0;
  const listener = tlsListener(
    (_request, response) => {
      const pieces = (function* () {
        for (;;) yield piece;
      })();
      void sendPieces(response, { headers: {}, pieces }, LIMITS).then(() => (ended += 1));
    },
    side,
    LIMITS,
  );
  const [host = '', port = ''] = (await bindServer(listener.server, '127.0.0.1:0')).split(':');
  const clients = Array.from({ length: 5 }, () => {
    const client = connectTls({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: ['h2'] });
    client.on('error', () => undefined);
    client.pause().write(ASKING);
    return client;
  });
  t.teardown(() => {
    for (const client of clients) client.destroy();
    listener.cut();
    return listener.stop();
  });
  await until(
    () => ended === clients.length,
    () => `all answers are given up; ${ended} are`,
  );
  const open = (): Promise<number> => new Promise((resolve) => listener.server.getConnections((_e, n) => resolve(n)));
  let left = await open();
  t.equal(left, clients.length, 'giving an answer up keeps the connection');
  await until(
    async () => {
      clock.advance(15);
      left = await open();
      return left === 0;
    },
    () => `no connection is open; ${left} are`,
  );
  await until(
    () => clock.pending === 0,
    () => `no timer is left; ${clock.pending} are`,
  );
  t.pass('no timer stays');
});
