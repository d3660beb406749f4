import { once } from 'node:events';
import { connect } from 'node:http2';
import t from 'tap';
import { unreadRoom } from '../../../../src/http/answers/unread-answers.js';
import { BodyBudget } from '../../../../src/http/bodies/body-budget.js';
import { bindServer } from '../../../../src/http/listeners/bind-server.js';
import { tlsListener } from '../../../../src/http/listeners/tls-listener.js';
import type { FromEngine } from '../../../../src/services/pushgateway/relay/relay-messages.js';
import { RequestRelay, UNREAD_BYTES } from '../../../../src/services/pushgateway/relay/request-relay.js';
import { systemClock } from '../../../../src/values/clock.js';
import { localhostSide } from '../../../helpers/tls/tls-side.js';
import { until } from '../../../helpers/until.js';

const BYTES = 64 * 1024;

/** What the other thread says, and how many bytes that holds here as long as the client takes nothing. */
const ANSWERS: Readonly<Record<string, (id: number) => readonly [held: number, ...messages: FromEngine[]]>> = {
  'a whole answer': (id) => [BYTES, { kind: 'answer', id, status: 200, headers: {}, bytes: new Uint8Array(BYTES) }],
  'an answer in pieces': (id) => [
    UNREAD_BYTES,
    { kind: 'head', id, status: 200, headers: {} },
    { kind: 'piece', id, bytes: new Uint8Array(BYTES) },
    { kind: 'end', id, bytes: new Uint8Array(BYTES) },
  ],
};

for (const [name, answers] of Object.entries(ANSWERS)) {
  t.test(`what another thread answered counts as unread where the socket is: ${name}`, async (t) => {
    let expected = 0;
    const relay = new RequestRelay({
      clock: systemClock,
      limit: { maxBytes: BYTES, limitName: 'none' },
      budget: new BodyBudget({ largeBytes: BYTES, smallBytes: BYTES }),
      post: (message) => {
        if (message.kind !== 'request') return;
        const [held, ...messages] = answers(message.id);
        expected += held;
        for (const each of messages) relay.take(each);
      },
    });
    const listener = tlsListener(relay.handle, await localhostSide(systemClock));
    const address = await bindServer(listener.server, '127.0.0.1:0');
    const session = connect(`https://${address}`, { rejectUnauthorized: false, settings: { initialWindowSize: 0 } });
    t.teardown(() => {
      session.destroy();
      listener.cut();
      return listener.stop();
    });
    const streams = Array.from({ length: 3 }, () => session.request({ ':path': '/' }));
    await Promise.all(streams.map((stream) => once(stream, 'response')));
    t.ok(expected > 0);
    t.equal(unreadRoom.bytes, expected);
    for (const stream of streams) stream.on('error', () => undefined).close(8);
    await until(() => unreadRoom.bytes === 0, 'nothing is held any more');
  });
}
