import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { gauge } from '../../../../src/metrics/metric-definition.js';
import { ProbeFailure } from '../../../../src/probe/failure.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { httpGet } from '../../../helpers/services/http-get.js';
import { startApp, testModule } from '../../../helpers/services/start-app.js';
import { until } from '../../../helpers/until.js';

const answered = gauge('probe_test_answer', 'A value.', ['phase']);

const FILE = `- targets: [good, bad]
  labels: {module: one, team: web}
  schedule: 10s
- targets: [other]
  labels: {module: two, phase: mine}
- targets: [never]
  schedule: off
`;

async function start(t: Test, text = FILE, interval = 30) {
  const folder = t.testdir({ 't.yml': text });
  const clock = new ManualClock();
  const one = testModule({
    name: 'one',
    probe: ({ target }, { metrics }) => {
      metrics.setWith(answered, { phase: 'a' }, 7);
      return target === 'bad'
        ? Promise.reject(new ProbeFailure('connect', 'connection_refused', 'no'))
        : Promise.resolve();
    },
  });
  const two = testModule({
    name: 'two',
    probe: (_request, { metrics, marks }) => {
      marks.enter('connect');
      metrics.setWith(answered, { phase: 'b' }, 8);
      return Promise.resolve();
    },
  });
  const app = await startApp({
    modules: [one, two],
    clock,
    options: { targetFiles: [folder], schedule: { intervalSeconds: interval }, historyLimit: 10 },
  });
  t.teardown(() => app.stop(0));
  const ask = async (query = '', path = '/metrics/targets', headers = {}) =>
    httpGet(app.address, path + query, { headers });
  const pass = async (seconds: number) => {
    for (let at = 0; at < seconds; at++) {
      clock.advance(1);
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  return { app, clock, ask, pass, folder };
}

t.test('results of the schedule have the labels of their targets', async (t) => {
  const { ask, pass, app } = await start(t);
  t.equal((await ask()).text, '', 'nothing before the first probe');
  await pass(30);
  const { text, headers } = await ask();
  t.match(headers['content-type'], /^text\/plain; version=0\.0\.4/);
  const lines = new Set(text.split('\n'));
  for (const line of [
    '# TYPE probe_attempts_total counter',
    'probe_attempts_total{instance="good",module="one",team="web"} 3',
    'probe_attempts_total{instance="bad",module="one",team="web"} 3',
    'probe_attempts_total{instance="other",module="two",phase="mine"} 1',
    'probe_successes_total{instance="good",module="one",team="web"} 3',
    'probe_successes_total{instance="bad",module="one",team="web"} 0',
    'probe_failures_total{instance="bad",module="one",reason="connection_refused",team="web"} 3',
    'probe_success{instance="good",module="one",team="web"} 1',
    'probe_success{instance="bad",module="one",team="web"} 0',
    'probe_failure_info{instance="bad",module="one",phase="connect",reason="connection_refused",team="web"} 1',
    'probe_test_answer{instance="good",module="one",phase="a",team="web"} 7',
    'probe_test_answer{exported_phase="b",instance="other",module="two",phase="mine"} 8',
    'probe_duration_seconds_hist_bucket{instance="good",module="one",team="web",le="+Inf"} 3',
    'probe_duration_seconds_hist_count{instance="good",module="one",team="web"} 3',
    'probe_phase_duration_seconds_hist_count{exported_phase="connect",instance="other",module="two",phase="mine"} 1',
  ])
    t.ok(lines.has(line), line);
  t.notMatch(text, /never/);
  t.equal(text.match(/^# TYPE /gm)?.length, new Set(text.match(/^# TYPE .*$/gm)).size, 'each family once');
  const metrics = (await ask('', '/metrics')).text;
  t.match(metrics, /^sonde_schedule_targets 3$/m);
  t.match(metrics, /^sonde_schedule_start_delay_seconds_count 7$/m);
  t.match(metrics, /^sonde_schedule_skipped_total\{reason="late"\} 0$/m);
  t.match((await ask('', '/logs?id=0')).status, 200, 'the history has them');
  t.equal((await app.reload()) ?? '', '');
});

t.test('a part of them is asked for, and native histograms come as protobuf', async (t) => {
  const { ask, pass } = await start(t);
  await pass(30);
  const rows: readonly (readonly [query: string, has: RegExp, hasNot: RegExp])[] = [
    ['?module=two', /instance="other"/, /instance="good"/],
    ['?match=team=web', /instance="good"/, /instance="other"/],
    ['?histograms=none', /probe_success/, /_hist/],
    ['?histograms=native', /probe_duration_seconds_hist_count/, /le="5"/],
    ['?histograms=some', /^histograms is none of classic, native, both, none: "some"/, /probe/],
    ['?what=x', /^unknown parameter "what": there are module, match, shard, of, histograms/, /probe_/],
  ];
  for (const [query, has, hasNot] of rows) {
    const { text } = await ask(query);
    t.match(text, has, query);
    t.notMatch(text, hasNot, query);
  }
  const shards = await Promise.all([1, 2].map(async (shard) => (await ask(`?shard=${shard}&of=2`)).text));
  t.equal(shards.join('').match(/^probe_attempts_total/gm)?.length, 3);
  const accept = 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=compact-text';
  const compact = (await ask('?module=one', '/metrics/targets', { accept })).text;
  t.match(compact, /name:"probe_duration_seconds_hist".*bucket:.*schema:3 .*zero_count:3/);
  t.notMatch((await ask('?histograms=classic', '/metrics/targets', { accept })).text, /schema:3/);
  t.notMatch((await ask('?histograms=native', '/metrics/targets', { accept })).text, / bucket:/);
});

t.test('a target that goes takes its series along, and a changed interval keeps them', async (t) => {
  const { ask, pass, folder, clock } = await start(t);
  await pass(30);
  writeFileSync(join(folder, 't.yml'), '- targets: [good]\n  labels: {module: one, team: web}\n  schedule: 20s\n');
  await until(async () => {
    clock.advance(5);
    return !(await ask()).text.includes('instance="bad"');
  }, 'the target has gone');
  const { text } = await ask();
  t.match(text, /^probe_attempts_total\{instance="good",module="one",team="web"\} [3-9]$/m);
  t.notMatch(text, /other/);
});

t.test('what cannot be probed is counted, and said once', async (t) => {
  const { ask, pass, app } = await start(t, '- {targets: [x], labels: {module: none}}\n');
  await pass(65);
  t.match((await ask('', '/metrics')).text, /^sonde_schedule_skipped_total\{reason="unknown_module"\} [23]$/m);
  t.equal((await ask()).text, '');
  t.equal(app.logLines.filter((line) => line.includes('A scheduled target cannot be probed')).length, 1);
});
