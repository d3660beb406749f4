import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { queryPrometheus, startPrometheus } from '../../helpers/documents/prometheus.js';
import { noIcmp } from '../../helpers/icmp-support.js';
import { findInPath, findPrometheusServers, sondeCommand } from '../../helpers/peer.js';
import { PYTHON_ENV, pythonHas } from '../../helpers/python.js';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { startChildService } from '../../helpers/services/child-service.js';
import { answer, redirect } from '../http/http-cases.js';
import { startOrigin } from '../http/origin.js';
import { makeIdentities } from '../tls/identities.js';
import { type Course, readCourse } from './course.js';

t.setTimeout(500_000);

/** The three services in one process, by the addresses that they chose. */
interface Sonde {
  readonly prober: string;
  readonly pushgateway: string;
  readonly node: string;
}

/** Each service says so, in this order. */
const READY =
  /Sonde is ready" addresses=(\S+)[\s\S]*Pushgateway is ready" addresses=(\S+)[\s\S]*Node metrics are ready" addresses=(\S+)/;

async function startSonde(t: Test, { blackboxYml }: Course, { folder, caFile }: Scene): Promise<Sonde> {
  const config = join(folder, 'blackbox.yml');
  writeFileSync(config, blackboxYml);
  const service = await startChildService({
    ...sondeCommand([
      'serve',
      `--config.file=${config}`,
      '--web.listen-address=127.0.0.1:0',
      '--pushgateway.listen-address=127.0.0.1:0',
      `--persistence.file=${join(folder, 'pushgateway')}`,
      '--node.listen-address=127.0.0.1:0',
      '--collector.processes',
      '--collector.tcpstat',
      '--no-collector.wifi',
    ]),
    ready: READY,
    env: { SSL_CERT_FILE: caFile },
  });
  t.teardown(() => service.stop());
  const [, prober = '', pushgateway = '', node = ''] = READY.exec(service.output()) ?? [];
  return { prober, pushgateway, node };
}

interface Scene {
  readonly folder: string;
  readonly caFile: string;
  /** What takes the place of the course's three endpoints. */
  readonly endpoints: readonly string[];
  readonly tcpTarget: string;
}

async function setScene(t: Test): Promise<Scene> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-course-'));
  const identities = await makeIdentities();
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, identities.authority.cert);
  const hello = answer('200 OK', 'hello world');
  const origins = [await startOrigin(hello, { tls: identities.good }), await startOrigin(hello)];
  const [https, http] = origins.map(({ port }) => port);
  origins.push(await startOrigin(redirect(`http://127.0.0.1:${http ?? 0}/`)));
  const database = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
  await once(database, 'listening');
  t.teardown(async () => {
    for (const origin of origins) await origin.close();
    database.close();
    rmSync(folder, { recursive: true });
  });
  // A server on TCP has an address with a port.
  const { port } = database.address() as AddressInfo;
  const endpoints = [
    `https://localhost:${https ?? 0}`,
    `http://127.0.0.1:${http ?? 0}/health`,
    `http://127.0.0.1:${origins[2]?.port ?? 0}`,
  ];
  return { folder, caFile, endpoints, tcpTarget: `127.0.0.1:${port}` };
}

/** The Python program, on a port of its own choosing, which it tells. */
async function startPythonProgram(t: Test, { pythonProgram }: Course, folder: string): Promise<string> {
  const port = await deadPort();
  const program = join(folder, 'app.py');
  writeFileSync(
    program,
    pythonProgram.replace(
      'start_http_server(8000)',
      `start_http_server(${port}); print("ready 127.0.0.1:${port}", flush=True)`,
    ),
  );
  const service = await startChildService({
    command: 'python3',
    args: [program],
    ready: /ready (\S+)/,
    env: PYTHON_ENV,
  });
  t.teardown(() => service.stop());
  return service.address;
}

/** Runs a text of the course as a script, as its reader would; resolves to what it wrote. Rejects if it fails. */
async function runScript(script: string, folder: string): Promise<string> {
  const child = spawn('bash', ['-e', '-o', 'pipefail', '-c', script], {
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...PYTHON_ENV },
    timeout: 100_000,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const [code] = (await once(child, 'close')) as [number | null];
  if (code !== 0) throw new Error(`Cannot run the script: it ended with ${code ?? 'a signal'}\n${output}`);
  return output;
}

/** The script at the end of a backup, with a backup to run and something that it left. */
async function runBatchJob({ batchScript }: Course, { pushgateway }: Sonde, folder: string): Promise<void> {
  await runScript(
    `mkdir -p bin latest && printf '#!/bin/sh\\nexit 0\\n' > bin/backup.sh && chmod +x bin/backup.sh && echo data > latest/dump`,
    folder,
  );
  await runScript(
    batchScript
      .replace('pushgateway:9091', pushgateway)
      .replace('/usr/local/bin/backup.sh', join(folder, 'bin/backup.sh'))
      .replace('/backup/latest', join(folder, 'latest'))
      .replace('curl --data-binary', 'curl --fail --silent --show-error --data-binary'),
    folder,
  );
}

/**
 * The course's jobs, with this scene's targets in the places of the course's, and the two jobs whose text the course
 * leaves to its reader.
 */
function prometheusConfig(course: Course, sonde: Sonde, { scene, python }: { scene: Scene; python: string }): string {
  const [first = '', second = '', third = ''] = scene.endpoints;
  const probeJobs = course.probeJobs
    .replaceAll('blackbox-exporter:9115', sonde.prober)
    .replace('https://example.com', first)
    .replace('https://api.example.com/health', second)
    .replace('https://www.google.com', third)
    .replace('db.example.com:5432', scene.tcpTarget)
    .replace(/^ *- redis\.example\.com:6379\n/m, '')
    .replace('8.8.8.8', '127.0.0.1')
    .replace(/^ *- 1\.1\.1\.1\n/m, '');
  const pushJob = course.pushgatewayJob
    .replace(/^[\s\S]*scrape_configs:\n/m, '')
    .replace('pushgateway:9091', sonde.pushgateway);
  const others = [
    ['node', sonde.node],
    ['python-app', python],
  ].map(([name = '', address = '']) => `  - job_name: ${name}\n    static_configs:\n      - targets: ['${address}']\n`);
  return `${probeJobs}\n${pushJob}\n${others.join('')}`;
}

const course = readCourse();
const [prometheus] = findPrometheusServers();
const missing = [
  prometheus === undefined && 'prometheus',
  findInPath('curl') === undefined && 'curl',
  !pythonHas('prometheus_client') && "Python's prometheus_client",
].filter((each) => each !== false);
const skip = missing.length === 0 ? false : `not here: ${missing.join(', ')}`;

t.test('the exercise of the course', { skip }, async (t) => {
  if (prometheus === undefined) return;
  const scene = await setScene(t);
  const sonde = await startSonde(t, course, scene);
  const python = await startPythonProgram(t, course, scene.folder);
  await runBatchJob(course, sonde, scene.folder);
  const server = await startPrometheus(t, prometheus, prometheusConfig(course, sonde, { scene, python }));

  t.ok(course.queries.length >= 25, `the course has ${course.queries.length} queries`);
  for (const query of course.queries) {
    const series = await queryPrometheus(server, query, 1);
    t.ok(series.length > 0, query);
  }
  const up = await queryPrometheus(server, 'up == 1', 8);
  t.equal(up.length, noIcmp() === false ? 8 : up.length, 'every target was scraped');
  const wanted = [...scene.endpoints, scene.tcpTarget, ...(noIcmp() === false ? ['127.0.0.1'] : [])];
  const success = await queryPrometheus(server, 'probe_success == 1', wanted.length);
  t.same(success.map(({ metric }) => metric['instance']).sort(), wanted.toSorted(), 'every probe succeeds');
  const pushed = await queryPrometheus(server, 'backup_success{job="backup"} == 1', 1);
  t.equal(pushed.length, 1, 'the batch job pushed');
  t.ok((await queryPrometheus(server, 'node_tcp_connection_states', 1)).length > 0, 'tcpstat');
  t.ok((await queryPrometheus(server, 'node_processes_pids', 1)).length > 0, 'processes');
  t.ok((await queryPrometheus(server, 'http_requests_total{endpoint="/api/users"}', 1)).length > 0, 'the application');
});

t.test('the commands of the course that push', { skip }, async (t) => {
  const scene = await setScene(t);
  const sonde = await startSonde(t, course, scene);
  const python = `python3 - <<'PYTHON'\n${course.pushProgram}PYTHON\n`;
  const script = [course.pushCommands, python, course.deletion]
    .join('\n')
    .replaceAll('pushgateway:9091', sonde.pushgateway)
    .replaceAll('curl ', 'curl --fail --silent --show-error ');
  await runScript(script, scene.folder);
  const page = spawnSync('curl', ['--silent', `http://${sonde.pushgateway}/metrics`], { encoding: 'utf8' }).stdout;
  t.match(
    page,
    /^job_last_success_timestamp\{instance="",job="backup"\} 1\.\d+e\+09$/m,
    'pushed by Python, which replaced what curl had pushed',
  );
  t.notMatch(page, 'instance="server1"', 'deleted');
});
