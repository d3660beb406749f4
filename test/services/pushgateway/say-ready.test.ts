import { writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { ServiceLog } from '../../../src/log/service-log.js';
import { sayReady } from '../../../src/services/pushgateway/say-ready.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { startTestPushgateway } from '../../helpers/services/start-pushgateway.js';
import { until } from '../../helpers/until.js';

const READY = /level=INFO msg="Pushgateway is ready"/;
const NOT_READY = /level=WARN msg="Pushgateway is not ready: it refuses pushes and answers \/-\/ready with 503"/;

function said(first: string | undefined) {
  let problem = first;
  const lines: string[] = [];
  const clock = new ManualClock();
  const log = new ServiceLog({ level: 'info', format: 'logfmt', clock, write: (line) => lines.push(line) });
  const cancel = sayReady({ problem: () => problem, clock, log, fields: { addresses: 'a:1' } });
  const turn = (next: string | undefined): void => {
    problem = next;
  };
  return { lines, clock, cancel, turn };
}

t.test('where pushes can be kept it is ready at once', async (t) => {
  const { lines, clock } = said(undefined);
  t.match(lines, [READY]);
  t.equal(lines.length, 1);
  t.equal(clock.pending, 0);
});

t.test('it is ready when the problem is gone, which is said once', async (t) => {
  const { lines, clock, turn } = said('no Redis');
  t.match(lines, [/Pushgateway is not ready.* addresses=a:1 err="no Redis"/]);
  clock.advance(60);
  turn('another problem');
  clock.advance(60);
  t.equal(lines.length, 1);
  turn(undefined);
  clock.advance(1);
  t.match(lines[1], READY);
  t.equal(clock.pending, 0);
});

t.test('nothing is said after the stop', async (t) => {
  const { lines, clock, cancel, turn } = said('no Redis');
  clock.advance(5);
  cancel();
  turn(undefined);
  clock.advance(5);
  t.equal(lines.length, 1);
  t.equal(clock.pending, 0);
});

for (const inThread of [false, true]) {
  const where = inThread ? 'a thread' : 'the main thread';
  t.test(`a Redis that refuses, asked from ${where}`, async (t) => {
    // Nobody listens on port 1.
    const service = await startTestPushgateway(['--push.store=redis://127.0.0.1:1'], { inThread });
    t.teardown(() => service.stop(0));
    t.match(service.logLines.join(''), NOT_READY);
    t.notMatch(service.logLines.join(''), READY);
    t.match(await service.send('GET', '/-/ready'), { status: 503, text: /ECONNREFUSED/ });
    t.match(await service.send('GET', '/-/healthy'), { status: 200 });
    t.match(await service.send('PUT', '/metrics/job/j', { body: 'a 1\n' }), { status: 503 });
  });

  t.test(`a store that can be used later, kept by ${where}`, async (t) => {
    const folder = join(t.testdir(), 'folder');
    writeFileSync(folder, 'a file in its place');
    const service = await startTestPushgateway([`--persistence.file=${join(folder, 'store')}`], { inThread });
    t.teardown(() => service.stop(0));
    t.match(service.logLines.join(''), NOT_READY);
    t.notMatch(service.logLines.join(''), READY);
    t.match(await service.send('GET', '/-/ready'), { status: 503 });
    await rm(folder);
    await mkdir(folder);
    await until(() => READY.test(service.logLines.join('')), 'it is ready');
    t.match(await service.send('GET', '/-/ready'), { status: 200 });
    t.match(await service.send('PUT', '/metrics/job/j', { body: 'a 1\n' }), { status: 200 });
  });
}
