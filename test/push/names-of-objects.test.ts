import t, { type Test } from 'tap';
import { ProtobufWriter } from '../../src/metrics/protobuf/protobuf-writer.js';
import { PROTOBUF_CONTENT_TYPE } from '../../src/metrics/protobuf/write-protobuf.js';
import { startTestPushgateway, type TestPushgateway } from '../helpers/services/start-pushgateway.js';

/** Names that every plain object of JavaScript answers to. */
const NAMES = [
  'constructor',
  'toString',
  'valueOf',
  'hasOwnProperty',
  '__proto__',
  'isPrototypeOf',
  'toLocaleString',
  'propertyIsEnumerable',
  '__defineGetter__',
  '__lookupSetter__',
] as const;
/** Names of labels that begin with two underscores are Prometheus' own. */
const LABELS = NAMES.filter((name) => !name.startsWith('__'));

const pair = (name: string, value: string): Buffer => new ProtobufWriter().text(1, name).text(2, value).bytes();

function protobuf(name: string, label: string): Buffer {
  const gauge = new ProtobufWriter().double(1, 2).bytes();
  const metric = new ProtobufWriter().message(1, pair(label, name)).message(2, gauge).bytes();
  const family = new ProtobufWriter().text(1, name).text(2, name).uint(3, 1).message(4, metric).bytes();
  return new ProtobufWriter().delimited(family).bytes();
}

async function expectAll(t: Test, gateway: TestPushgateway, when: string): Promise<void> {
  const lines = new Set(await gateway.pushedLines());
  for (const name of NAMES) {
    const label = LABELS.includes(name) ? name : 'l';
    t.ok(lines.has(`# HELP ${name} ${name}`), `${when}: help of ${name}`);
    t.ok(lines.has(`# TYPE ${name} gauge`), `${when}: type of ${name}`);
    // The label of the body gives way to that of the group, where that is its name.
    t.ok(lines.has(seriesLine(name, { [label]: name }, 'text', 1)), `${when}: ${name}, pushed as text`);
    t.ok(lines.has(seriesLine(name, { [label]: name }, 'protobuf', 2)), `${when}: ${name}, pushed as protobuf`);
    t.ok(lines.has(seriesLine('inside', { [label]: name }, name, 3)), `${when}: a group ${name}`);
  }
  const { text } = await gateway.send('GET', '/api/v1/metrics');
  const { data } = JSON.parse(text) as { data: Record<string, unknown>[] };
  for (const name of NAMES) {
    const found = data.filter((group) => Object.hasOwn(group, name));
    t.equal(found.length, 2, `${when}: ${name} in the API`);
  }
}

function seriesLine(name: string, labels: Readonly<Record<string, string>>, job: string, value: number): string {
  const all = Object.entries({ ...labels, instance: '', job }).sort(([a], [b]) => (a < b ? -1 : 1));
  return `${name}{${all.map(([label, text]) => `${label}="${text}"`).join(',')}} ${value}`;
}

t.test('names that objects have are names like others', async (t) => {
  const flags = [`--persistence.file=${t.testdir()}/store`, '--web.enable-admin-api'];
  const first = await startTestPushgateway(flags);
  for (const name of NAMES) {
    const label = LABELS.includes(name) ? name : 'l';
    const body = `# HELP ${name} ${name}\n# TYPE ${name} gauge\n${name}{${label}="${name}"} 1\n`;
    t.equal((await first.send('POST', '/metrics/job/text', { body })).status, 200, `text ${name}`);
    const headers = { 'Content-Type': PROTOBUF_CONTENT_TYPE };
    const pushed = await first.send('POST', '/metrics/job/protobuf', { body: protobuf(name, label), headers });
    t.match(pushed, { status: 200, text: '' }, `protobuf ${name}`);
    const path = `/metrics/job/${name}/${label}/${name}`;
    t.equal((await first.send('PUT', path, { body: 'inside 3\n' })).status, 200, `group ${name}`);
  }
  await expectAll(t, first, 'pushed');
  for (const name of NAMES) {
    const label = LABELS.includes(name) ? name : 'l';
    const group = JSON.stringify(
      [
        ['job', name],
        [label, name],
      ].sort(([a = ''], [b = '']) => (a < b ? -1 : 1)),
    );
    const page = await first.send('GET', `/?group=${encodeURIComponent(group)}&metric=inside`);
    t.match(page, { status: 200, text: new RegExp(`${label}=`) }, `page of the group ${name}`);
    const missing = await first.send('GET', `/?group=${encodeURIComponent(group)}&metric=${name}`);
    t.equal(missing.status, 404, `no metric ${name} where there is none`);
  }
  await first.stop(1);

  const second = await startTestPushgateway(flags);
  t.teardown(() => second.stop(1));
  await expectAll(t, second, 'after a restart');
  const body = '# TYPE constructor gauge\nconstructor{constructor="constructor"} 5\n';
  await second.send('POST', '/metrics/job/text?aggregate=max', { body });
  t.match((await second.pushedLines()).join('\n'), 'constructor{constructor="constructor",instance="",job="text"} 5');
  const selector = encodeURIComponent('{constructor="constructor"}');
  await second.send('DELETE', `/api/v1/groups?match[]=${selector}`);
  t.notMatch((await second.pushedLines()).join('\n'), 'inside{constructor="constructor"');
  for (const name of NAMES) await second.send('DELETE', `/metrics/job/${name}/l/${name}`);
});
