import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ServiceLog } from '../../../../src/log/service-log.js';
import { DiskQueue } from '../../../../src/services/prober/remote-write/disk-queue.js';
import { RemoteWriteMetrics } from '../../../../src/services/prober/remote-write/remote-write-metrics.js';
import { RemoteWriter } from '../../../../src/services/prober/remote-write/remote-writer.js';
import { WriteProtocol } from '../../../../src/services/prober/remote-write/write-protocol.js';
import type { Receiver } from '../../../../src/services/prober/remote-write/write-receiver.js';
import { decodeSnappyBlock } from '../../../../src/values/codec/snappy-block.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { until } from '../../../helpers/until.js';

const NO_FILE = { lastReloadSuccessful: undefined };

/** A writer whose receiver takes all that it gets, and what it has got so far. */
async function startable(t: Test) {
  const clock = new ManualClock();
  const queue = await DiskQueue.open({ folder: join(t.testdir({}), 'queue'), mostBytes: 1e6, clock });
  const lines: string[] = [];
  const log = new ServiceLog({ level: 'info', format: 'logfmt', clock, write: (line) => lines.push(line) });
  const protocol = new WriteProtocol({ preferred: '1.0', clock, log, metadata: () => new Map() });
  const posts: string[] = [];
  const receiver: Receiver = {
    protocol,
    post: ({ body }) => {
      posts.push(decodeSnappyBlock(body, 1e6).toString('latin1'));
      return Promise.resolve({ kind: 'taken' });
    },
    fields: {},
  };
  const writer = new RemoteWriter({
    ...{ queue, clock, log, metrics: new RemoteWriteMetrics(queue, NO_FILE), externalLabels: [], random: () => 0 },
    receiver: () => receiver,
  });
  return { clock, queue, lines, posts, writer };
}

const recordOf = (key: string, ms: number, name: string): string =>
  JSON.stringify({ key, ms, labels: [], series: [{ n: name, v: 1 }] });

t.test('the records of one result go in one request, the next result in another', async (t) => {
  const { clock, queue, posts, writer } = await startable(t);
  const records = [
    recordOf('a', 1, 'one'),
    recordOf('b', 1, 'two'),
    recordOf('a', 1, 'three'),
    recordOf('a', 2, 'four'),
  ];
  await Promise.all(records.map((text) => queue.add(text)));
  writer.start();
  await until(() => {
    clock.advance(30);
    return queue.size.records === 0;
  }, 'all are sent');
  const sent = posts.map((body) => ['one', 'two', 'three', 'four'].filter((name) => body.includes(name)));
  t.strictSame(sent, [['one', 'two', 'three'], ['four']]);
  await writer.stop();
  await queue.close();
});

t.test('a disk that fails does not end it', async (t) => {
  const { clock, queue, lines, posts, writer } = await startable(t);
  await queue.add(recordOf('a', 1, 'up'));
  let failures = 3;
  const remove = queue.remove.bind(queue);
  queue.remove = (places) => (failures-- > 0 ? Promise.reject(new Error('the disk is full')) : remove(places));
  writer.start();
  await until(() => {
    clock.advance(30);
    return queue.size.records === 0;
  }, 'what was taken is removed in the end');
  t.equal(posts.length, 4, 'it is sent again: nobody knows that it was taken');
  t.equal(lines.filter((line) => line.includes('the disk is full')).length, 1, 'it is said once');
  await writer.stop();
  await queue.close();
});
