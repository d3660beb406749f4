import { gunzipSync } from 'node:zlib';
import t, { type Test } from 'tap';
import { readExposition } from '../../helpers/exposition.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { startNode, type TestNode } from '../../helpers/services/start-node.js';

/** A host of two files, and the two collectors that read them. */
async function smallNode(t: Test, ...args: readonly string[]): Promise<TestNode> {
  const { procfs, sysfs } = hostTree(t, {
    proc: { loadavg: '0.21 0.37 0.39 1/719 19737\n', 'sys/fs/file-nr': '1024\t0\t1631329\n' },
  });
  const node = await startNode([
    `--path.procfs=${procfs}`,
    `--path.sysfs=${sysfs}`,
    '--collector.disable-defaults',
    '--collector.loadavg',
    '--collector.filefd',
    ...args,
  ]);
  t.teardown(() => node.stop(0));
  return node;
}

const LOADAVG = `# HELP node_load1 1m load average.
# TYPE node_load1 gauge
node_load1 0.21
# HELP node_load15 15m load average.
# TYPE node_load15 gauge
node_load15 0.39
# HELP node_load5 5m load average.
# TYPE node_load5 gauge
node_load5 0.37
`;

t.test('a scrape has the host’s metrics and the service’s own', async (t) => {
  const node = await smallNode(t);
  const { status, headers, text } = await node.get('/metrics');
  t.equal(status, 200);
  t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores');
  t.ok(text.includes(LOADAVG));
  const families = readExposition(text);
  for (const name of ['process_cpu_seconds_total', 'nodejs_version_info', 'node_filefd_maximum']) {
    t.ok(families.has(name), name);
  }
  t.same(
    [...(families.get('node_scrape_collector_success')?.series ?? [])],
    [
      ['node_scrape_collector_success{collector="filefd"}', '1'],
      ['node_scrape_collector_success{collector="loadavg"}', '1'],
    ],
  );
  t.same([...(families.get('promhttp_metric_handler_requests_total')?.series ?? [])][0], [
    'promhttp_metric_handler_requests_total{code="200"}',
    '0',
  ]);
  t.match(text, /^promhttp_metric_handler_requests_in_flight 1$/m);
  t.match(text, /^promhttp_metric_handler_errors_total\{cause="gathering"\} 0$/m);
  t.match(text, /^node_exporter_build_info\{.*version="1.2.3"\} 1$/m);
  t.same([...families.keys()], [...families.keys()].sort(), 'families in order');
});

t.test('a bug is counted and logged with its stack', async (t) => {
  const node = await smallNode(t);
  t.match((await node.get('/metrics')).text, /^sonde_internal_errors_total 0$/m);
  node.reportBug(new Error('of ours'));
  t.match((await node.get('/metrics')).text, /^sonde_internal_errors_total 1$/m);
  t.match(node.logLines.join('\n'), /Internal error, please report it.*of ours/);
});

t.test('which collectors and which metrics', async (t) => {
  const node = await smallNode(t);
  for (const [query, names] of [
    ['collect[]=loadavg', ['loadavg']],
    ['collect%5B%5D=loadavg&collect[]=filefd', ['filefd', 'loadavg']],
    ['exclude[]=loadavg', ['filefd']],
    ['exclude[]=nope&exclude[]=filefd', ['loadavg']],
    ['exclude[]=loadavg&exclude[]=filefd', ['filefd', 'loadavg']],
  ] as const) {
    const { text } = await node.get(`/metrics?${query}`);
    const asked = [...text.matchAll(/collector_success\{collector="(\w+)"\}/g)].map(([, name]) => name);
    t.same(asked, names, query);
  }
  const { text } = await node.get('/metrics?name[]=node_load1&name[]=node_filefd_maximum');
  t.same([...readExposition(text).keys()], ['node_filefd_maximum', 'node_load1']);
});

t.test('queries that upstream refuses, in its words', async (t) => {
  const node = await smallNode(t);
  const failed = "Couldn't create filtered metrics handler: couldn't create collector:";
  for (const [query, body] of [
    ['collect[]=loadavg&exclude[]=filefd', 'Combined collect and exclude queries are not allowed.'],
    ['collect[]=nope', `${failed} missing collector: nope`],
    ['collect[]=cpu', `${failed} disabled collector: cpu`],
    ['collect[]=perf', `${failed} disabled collector: perf`],
  ] as const) {
    const answer = await node.get(`/metrics?${query}`);
    t.same([answer.status, answer.text], [400, body], query);
  }
});

t.test('paths, methods and forms', async (t) => {
  const node = await smallNode(t, '--web.telemetry-path=/node', '--web.disable-exporter-metrics');
  t.equal((await node.get('/metrics')).status, 404);
  t.equal((await node.get('/nope')).text, '404 page not found\n');
  t.match((await node.get('/')).text, '<a href="node">Metrics</a>');
  const { status, text } = await node.get('/node', { method: 'POST', body: 'x' });
  t.equal(status, 200);
  t.same(
    [...readExposition(text).keys()].filter((name) => !/^node_/.test(name)),
    [],
    'nothing of its own but the build',
  );
  const packed = await node.get('/node', { headers: { 'accept-encoding': 'gzip' } });
  t.equal(packed.headers['content-encoding'], 'gzip');
  t.ok(gunzipSync(packed.body).toString().includes(LOADAVG));
  const accept =
    'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7,text/plain;q=0.3';
  const protobuf = await node.get('/node', { headers: { accept } });
  t.match(protobuf.headers['content-type'], /^application\/vnd\.google\.protobuf/);
  t.ok(protobuf.body.includes('node_load1'));
});

t.test('a series that is given twice is counted and logged, and the scrape goes on', async (t) => {
  const { procfs, sysfs } = hostTree(t, { proc: { vmstat: 'pgpgin 1\npgpgin 2\n' } });
  const node = await startNode([
    `--path.procfs=${procfs}`,
    `--path.sysfs=${sysfs}`,
    '--collector.disable-defaults',
    '--collector.vmstat',
  ]);
  t.teardown(() => node.stop(0));
  t.match((await node.get('/metrics')).text, /^node_vmstat_pgpgin 1$/m);
  t.match((await node.get('/metrics')).text, /errors_total\{cause="gathering"\} 1$/m);
  t.match(node.logLines.join(''), /level=ERROR msg="error gathering metrics" count=1/);
});

t.test('flags that exclude each other', async (t) => {
  await t.rejects(startNode(['--collector.netdev.device-include=a', '--collector.netdev.device-exclude=b']), {
    message:
      "Couldn't create metrics handler: couldn't create collector: device-exclude & device-include are mutually exclusive",
  });
});

t.test('collectors that are not built are told in the log, and the others run', async (t) => {
  const node = await smallNode(t, '--collector.perf', '--collector.perf.cpus=0');
  t.equal((await node.get('/metrics')).status, 200);
  const warnings = node.logLines.filter((line) => line.includes('level=WARN'));
  t.equal(warnings.length, 1, warnings.join(''));
  t.match(
    warnings[0],
    'msg="Collector is not in this build, its metrics are missing" collector=perf reason="it needs a system call that Node.js does not have"',
  );
});
