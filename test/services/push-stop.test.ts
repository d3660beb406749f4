import { once } from 'node:events';
import { connect } from 'node:net';
import t from 'tap';
import { ManualClock } from '../helpers/manual-clock.js';
import { startTestPushgateway } from '../helpers/services/start-pushgateway.js';

t.test(
  'a push that is still coming in is waited for when the service stops, and cut off after the grace time',
  async (t) => {
    const clock = new ManualClock();
    const service = await startTestPushgateway([], { clock });
    const [host = '', port = ''] = service.address.split(':');
    const client = connect(Number(port), host);
    t.teardown(() => client.destroy());
    client.on('error', () => undefined);
    client.write('PUT /metrics/job/x HTTP/1.1\r\nHost: h\r\nContent-Length: 100\r\nExpect: 100-continue\r\n\r\n');
    await once(client, 'data');
    let isOver = false;
    const closed = once(client, 'close').then(() => (isOver = true));
    const stopped = service.stop(5).then(() => (isOver = true));
    clock.advance(4.9);
    await new Promise(setImmediate);
    t.notOk(isOver, 'it may still come');
    clock.advance(0.1);
    await Promise.all([closed, stopped]);
    t.ok(isOver);
  },
);
