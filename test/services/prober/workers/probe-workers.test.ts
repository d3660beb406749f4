import process from 'node:process';
import t, { type Test } from 'tap';
import { loadConfig } from '../../../../src/config/load-config.js';
import { moduleOfRecipe } from '../../../../src/config/module-of-recipe.js';
import { ServiceLog } from '../../../../src/log/service-log.js';
import { gauge } from '../../../../src/metrics/metric-definition.js';
import { MetricSet } from '../../../../src/metrics/metric-set.js';
import { writeMetricSet } from '../../../../src/metrics/write-text.js';
import { ProbeFailure } from '../../../../src/probe/failure.js';
import type { ModuleRecipe } from '../../../../src/probe/module-recipe.js';
import type { ProbeModule } from '../../../../src/probe/probe-module.js';
import { allProbers } from '../../../../src/probers/all-probers.js';
import { OutcomePacker, OutcomeReader } from '../../../../src/services/prober/workers/packed-outcome.js';
import { ProbeWorkers } from '../../../../src/services/prober/workers/probe-workers.js';
import { type Clock, systemClock } from '../../../../src/values/clock.js';
import { atOnce } from '../../../../src/values/in-slices.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { testProberDeps } from '../../../helpers/services/prober-deps.js';
import { BUILD } from '../../../helpers/services/start-app.js';
import { until } from '../../../helpers/until.js';

const probers = allProbers(testProberDeps());

const modulesOf = async (yaml: string): Promise<ReadonlyMap<string, ProbeModule>> =>
  (await loadConfig(yaml, 'test.yml', probers)).modules;

function startable(t: Test, clock: Clock) {
  const lines: string[] = [];
  const log = new ServiceLog({
    level: 'info',
    format: 'logfmt',
    clock,
    write: (line) => lines.push(line),
  });
  const platform = { build: BUILD, hostname: 'x', pid: 1, env: {}, clock, log: { push: () => 0, dropped: 0 } };
  const workers = new ProbeWorkers({ count: 2, platform, log });
  t.teardown(() => {
    workers.stop();
  });
  return { workers, lines };
}

t.test('a worker that hangs keeps no configuration from coming into force, and no start waiting', async (t) => {
  const clock = new ManualClock();
  const { workers, lines } = startable(t, clock);
  const modules = await modulesOf('modules: {m: {prober: tcp}}');
  await workers.start({ modules });
  const hanging = workers.living[0]?.process;
  process.kill(hanging?.pid ?? 0, 'SIGSTOP');
  const other = { modules: await modulesOf('modules: {other: {prober: tcp}}') };
  const prepared = Promise.all([workers.prepare(other), workers.prepare(other)]);
  await until(() => clock.pending > 0, 'they are asked');
  await workers.living[1]?.process.state();
  await until(() => clock.pending === 2, 'the other one has answered');
  clock.advance(60);
  await prepared;
  await until(() => workers.living.length === 1, 'it is gone');
  t.equal(lines.join('').split('A worker does not answer, it is ended').length, 2, 'which is said once');
  clock.advance(1);
  const next = workers.living.find(({ number }) => number === 1)?.process;
  process.kill(next?.pid ?? 0, 'SIGSTOP');
  clock.advance(60);
  await until(() => workers.living.length === 1, 'so is one that does not become ready');
  clock.advance(1);
  await workers.living.find(({ number }) => number === 1)?.process.ready();
  t.equal(workers.living.filter(({ process: child }) => child.isReady).length, 2);
  t.equal(clock.pending, 0, 'nothing is left to wait for');
});

t.test('a configuration that a worker cannot load is refused', async (t) => {
  const { workers } = startable(t, systemClock);
  const modules = await modulesOf('modules: {m: {prober: tcp}}');
  await workers.start({ modules });
  const recipe = modules.get('m')!.recipe!;
  const broken = {
    ...recipe,
    name: 'broken',
    raw: { ...recipe.raw, tcp: { ...recipe.raw.tcp, query_response: [{ expect: '(' }] } },
  };
  const changed = new Map([
    ['broken', { ...modules.get('m')!, name: 'broken', recipe: broken as unknown as ModuleRecipe }],
  ]);
  await t.rejects(workers.prepare({ modules: changed }), /a worker cannot load the configuration: module broken: /);
  await workers.prepare({ modules });
});

t.test('a module made of its recipe is the same', async (t) => {
  const yaml = `
target_policy: {deny: [{ports: ['1-1023']}]}
modules:
  web: {prober: http, timeout: 3s, http: {method: POST, body: x, valid_status_codes: [204], headers: {A: b}}}
  name: {prober: dns, dns: {query_name: example.com, query_type: MX}}
  ping: {prober: icmp}
  empty: {prober: grpc}
`;
  for (const { recipe, guard, name, prober, timeoutSeconds } of (await modulesOf(yaml)).values()) {
    const guarded = structuredClone({ recipe: recipe!, ...(guard && { guard }) });
    const made = moduleOfRecipe(guarded, probers);
    t.same([made.name, made.prober, made.timeoutSeconds], [name, prober, timeoutSeconds]);
    t.same(made.guard, guard);
    t.same(made.recipe?.raw, recipe?.raw);
  }
});

t.test('an outcome arrives as it was', async (t) => {
  const definitions = { plain: gauge('a', 'help'), labelled: gauge('b', 'help', ['x', 'y']) };
  const packer = new OutcomePacker();
  const reader = new OutcomeReader();
  for (const value of [1, NaN, -Infinity, -0]) {
    const metrics = new MetricSet();
    metrics.set(definitions.plain, value);
    metrics.setWith(definitions.labelled, { x: '\ud800', y: '' }, value);
    metrics.add({ name: 'c', type: 'gauge', samples: [{ kind: 'value', labels: [], value: 3 }] });
    const log = [{ wallSeconds: 1.5, level: 'error' as const, message: 'm', fields: { a: NaN, b: true, c: 'x' } }];
    const failure = new ProbeFailure('check', 'body_mismatch', 'text', { err: 'why' });
    const packed = structuredClone(atOnce(packer.pack({ metrics, log, durationSeconds: 0.25, failure })));
    t.equal(packed.definitions.length, value === 1 ? 2 : 0, 'definitions come once');
    const read = reader.read(packed);
    t.equal(writeMetricSet(read.metrics), writeMetricSet(metrics));
    t.same(read.log, log);
    t.equal(read.durationSeconds, 0.25);
    t.same(
      [read.failure?.phase, read.failure?.reason, read.failure?.message, read.failure?.fields],
      ['check', 'body_mismatch', 'text', { err: 'why' }],
    );
    t.ok(read.failure instanceof ProbeFailure);
  }
});

const LONG_OUTCOMES = [
  { name: 'many series', count: 2500, text: 'x', parts: 2 },
  { name: 'long labels', count: 40, text: 'x'.repeat(8000), parts: 4 },
];

t.test('an outcome with many series arrives in parts', async (t) => {
  const metric = gauge('a', 'help', ['x', 'y']);
  for (const { name, count, text, parts } of LONG_OUTCOMES) {
    const metrics = new MetricSet();
    for (let at = 0; at < count; at++) metrics.setWith(metric, { x: `${at}`, y: text }, at);
    const reader = new OutcomeReader();
    const steps = new OutcomePacker().pack({ metrics, log: [], durationSeconds: 1 });
    const read = new MetricSet();
    let seen = 0;
    for (;;) {
      const { value, done } = steps.next();
      if (done === true) {
        t.ok(value.values.length < count, `${name}: the last message has a part`);
        t.equal(writeMetricSet(reader.read(value, read).metrics), writeMetricSet(metrics), name);
        break;
      }
      reader.readPart(value, read);
      seen++;
    }
    t.equal(seen, parts, name);
  }
});
