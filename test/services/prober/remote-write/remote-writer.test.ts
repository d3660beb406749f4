import { join } from 'node:path';
import t from 'tap';
import { ServiceLog } from '../../../../src/log/service-log.js';
import { DiskQueue } from '../../../../src/services/prober/remote-write/disk-queue.js';
import { RemoteWriteMetrics } from '../../../../src/services/prober/remote-write/remote-write-metrics.js';
import { RemoteWriter } from '../../../../src/services/prober/remote-write/remote-writer.js';
import { WriteProtocol } from '../../../../src/services/prober/remote-write/write-protocol.js';
import type { Receiver } from '../../../../src/services/prober/remote-write/write-receiver.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { until } from '../../../helpers/until.js';

const NO_FILE = { lastReloadSuccessful: undefined };

t.test('a disk that fails does not end it', async (t) => {
  const clock = new ManualClock();
  const queue = await DiskQueue.open({ folder: join(t.testdir({}), 'queue'), mostBytes: 1e6, clock });
  await queue.add(JSON.stringify({ key: 'a', ms: 1, labels: [], series: [{ n: 'up', v: 1 }] }));
  const lines: string[] = [];
  let failures = 3;
  let posted = 0;
  const remove = queue.remove.bind(queue);
  queue.remove = (places) => (failures-- > 0 ? Promise.reject(new Error('the disk is full')) : remove(places));
  const log = new ServiceLog({ level: 'info', format: 'logfmt', clock, write: (line) => lines.push(line) });
  const receiver: Receiver = {
    protocol: new WriteProtocol({ preferred: '1.0', clock, log, metadata: () => new Map() }),
    post: () => {
      posted++;
      return Promise.resolve({ kind: 'taken' });
    },
    fields: {},
  };
  const writer = new RemoteWriter({
    ...{ queue, clock, log, metrics: new RemoteWriteMetrics(queue, NO_FILE), externalLabels: [], random: () => 0 },
    receiver: () => receiver,
  });
  writer.start();
  await until(() => {
    clock.advance(30);
    return queue.size.records === 0;
  }, 'what was taken is removed in the end');
  t.equal(posted, 4, 'it is sent again: nobody knows that it was taken');
  t.equal(lines.filter((line) => line.includes('the disk is full')).length, 1, 'it is said once');
  await writer.stop();
  await queue.close();
});
