import t from 'tap';
import { startTestPushgateway } from '../helpers/services/start-pushgateway.js';

/**
 * What docs/pushgateway.md says of `push_failure_time_seconds`, and what upstream does, but for the limits, which it
 * does not have.
 */
const ROWS: readonly (readonly [name: string, body: string, status: number, isNoted: boolean, path?: string])[] = [
  ['two equal series', 'b 1\nb 1\n', 400, true],
  ['another type than elsewhere', '# TYPE other counter\nother 1\n', 400, true],
  ['timestamps', 'b 1 1000\n', 400, true],
  ['no room in all groups', 'b 1\nc 1\nd 1\ne 1\n', 429, true],
  ['more series than a push may have', 'b 1\nc 1\nd 1\ne 1\nf 1\n', 413, false],
  ['a body that cannot be read', 'b 1 c\n', 400, false],
  ['a bad path', 'b 1\n', 400, false, '/__bad/1'],
  ['a bad time to live', 'b 1\n', 400, false, '?ttl=x'],
  ['two times to live', 'b 1\n', 400, false, '?ttl=1h&ttl=2h'],
];

for (const [name, body, status, isNoted, path = ''] of ROWS) {
  t.test(`the failure time after ${name}`, async (t) => {
    const gateway = await startTestPushgateway(['--push.max-series=4', '--push.max-total-series=8']);
    t.teardown(() => gateway.stop(0));
    await gateway.send('PUT', '/metrics/job/kept', { body: 'other 1\nmore 1\n' });
    await gateway.send('PUT', '/metrics/job/a', { body: 'x 1\n' });
    t.equal((await gateway.send('PUT', `/metrics/job/a${path}`, { body })).status, status);
    const { text } = await gateway.send('GET', '/metrics');
    const [, time] = /^push_failure_time_seconds\{instance="",job="a"\} (\S+)$/m.exec(text) ?? [];
    t.equal(Number(time) > 0, isNoted);
  });
}
