import t from 'tap';
import { HeadStream } from '../../../src/http/heads/head-stream.js';
import { MOST_WAITING_REQUESTS } from '../../../src/http/listeners/one-at-a-time.js';

t.test('of very many requests in one read, Node gets a few more than are served', (t) => {
  const request = 'GET / HTTP/1.1\r\nHost: x\r\n\r\n';
  const stream = new HeadStream(128 * 1024);
  const passed =
    stream
      .feed(Buffer.from(request.repeat(2000)))
      .toString()
      .split('GET ').length - 1;
  t.ok(passed > MOST_WAITING_REQUESTS + 1, 'so many that the connection ends');
  t.ok(passed < MOST_WAITING_REQUESTS * 2, `${passed} requests, since each holds the event loop for up to 50 µs`);
  t.equal(stream.feed(Buffer.from(request)).length, 0, 'nothing is passed on any more');
  t.end();
});
