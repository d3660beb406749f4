import t from 'tap';
import { scheduledTimeoutSeconds } from '../../../../src/services/prober/schedule/scheduled-probe.js';
import { ScheduledTarget } from '../../../../src/services/prober/schedule/scheduled-target.js';
import { testModule } from '../../../helpers/services/start-app.js';

t.test('how long a probe may take', async (t) => {
  const modules = new Map([
    ['quick', testModule({ name: 'quick', timeoutSeconds: 5 })],
    ['slow', testModule({ name: 'slow', timeoutSeconds: 90 })],
    ['http_2xx', testModule({ name: 'http_2xx' })],
  ]);
  const rows: readonly (readonly [module: string | undefined, seconds: number])[] = [
    ['quick', 5],
    ['slow', 54],
    [undefined, 54],
    ['unknown', 54],
  ];
  for (const [module, seconds] of rows) {
    const target = { target: 'a', module, params: new Map(), labels: new Map(), schedule: undefined };
    const beat = { intervalSeconds: 60, offsetSeconds: 0 };
    const plan = { key: 'a', target, labels: [], beat, timeoutSeconds: 54 };
    t.equal(scheduledTimeoutSeconds(new ScheduledTarget(plan), modules), seconds, module ?? 'none');
  }
});
