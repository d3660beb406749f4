import { once } from 'node:events';
import { connect, constants } from 'node:http2';
import t from 'tap';
import { sendReply } from '../../src/http/answers/http-reply.js';
import { bindServer } from '../../src/http/listeners/bind-server.js';
import { HTTP1_LIMITS } from '../../src/http/listeners/server-limits.js';
import { tlsListener } from '../../src/http/listeners/tls-listener.js';
import { ManualClock } from '../helpers/manual-clock.js';
import { localhostSide } from '../helpers/tls/tls-side.js';
import { until } from '../helpers/until.js';

t.test('over HTTP/2, a body that does not come in time ends its stream, and no other', async (t) => {
  const clock = new ManualClock();
  const side = await localhostSide(clock);
  let asked: () => void = () => undefined;
  const listener = tlsListener((request, response) => {
    request.resume();
    request.on('end', () => sendReply(response, { status: 200, body: 'whole' }));
    asked();
  }, side);
  const address = await bindServer(listener.server, '127.0.0.1:0');
  const session = connect(`https://${address}`, { rejectUnauthorized: false });
  t.teardown(() => {
    session.destroy();
    listener.cut();
    return listener.stop();
  });
  const post = async () => {
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const stream = session.request({ ':method': 'POST', ':path': '/' });
    stream.on('error', () => undefined);
    stream.write('half');
    await isAsked;
    return stream;
  };
  const seconds = HTTP1_LIMITS.requestTimeout / 1000;
  const slow = await post();
  clock.advance(seconds - 1);
  const later = await post();
  const [closed, answered] = [once(slow, 'close'), once(later, 'response')];
  clock.advance(1);
  await closed;
  t.equal(slow.rstCode, constants.NGHTTP2_CANCEL);
  later.end('the rest');
  const [head] = (await answered) as [Readonly<Record<string, unknown>>];
  t.equal(head[':status'], 200);
  later.resume();
  await once(later, 'close');
  await until(() => clock.pending === 2, 'no timer stays but those that ping the client and end an idle session');
});
