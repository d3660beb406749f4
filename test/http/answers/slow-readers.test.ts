import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t, { type Test } from 'tap';
import { type Sending, writeFamilies, writeSetWith } from '../../../src/http/answers/send-metrics.js';
import { unreadRoom } from '../../../src/http/answers/unread-answers.js';
import type { Exchange } from '../../../src/http/exchange.js';
import { bindServer } from '../../../src/http/listeners/bind-server.js';
import { gauge } from '../../../src/metrics/metric-definition.js';
import { MetricSet } from '../../../src/metrics/metric-set.js';
import { until } from '../../helpers/until.js';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

const ROWS = 20_000;
const metric = gauge('m', 'Help.', ['l']);

function longSet(): MetricSet {
  const set = new MetricSet();
  for (let row = 0; row < ROWS; row++) set.setWith(metric, { l: `value ${row}` }, row);
  return set;
}

type Asked = Pick<Exchange, 'request' | 'response'>;

const WAYS: Readonly<Record<string, (asked: Asked, set: MetricSet) => Promise<Sending | undefined>>> = {
  'as a set': (asked, set) => writeSetWith(asked, set, {}),
  'as families': (asked, set) => writeFamilies(asked, set.families()),
};

/** Resolves with what the handler makes of a client's request, which `leave` ends. */
async function asked<T>(t: Test, handle: (asked: Asked, leave: () => void) => Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = (): void => {
      socket.destroy();
    };
    const server = createServer((request, response) => {
      handle({ request, response }, leave).then(resolve, reject);
    });
    const socket = new Socket().on('error', () => undefined);
    t.teardown(() => {
      leave();
      server.close();
    });
    void bindServer(server, '127.0.0.1:0').then((address) => {
      const [host = '', port = ''] = address.split(':');
      socket.connect(Number(port), host).write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
    });
  });
}

for (const [name, write] of Object.entries(WAYS)) {
  t.test(`a client that reads nothing holds no metrics: ${name}`, async (t) => {
    const { send, set } = await asked(t, async (asked) => {
      const set = longSet();
      return { set: new WeakRef(set), send: await write(asked, set) };
    });
    await until(() => {
      collect();
      return set.deref() === undefined;
    }, 'the set is gone');
    t.ok(send, 'and can still be sent');
  });

  t.test(`a client that left while its answer was written takes no room: ${name}`, async (t) => {
    await asked(t, async (asked, leave) => {
      leave();
      await until(() => asked.response.destroyed, 'the client has left');
      const send = await write(asked, longSet());
      await send?.();
    });
    t.equal(unreadRoom.bytes, 0);
  });
}
