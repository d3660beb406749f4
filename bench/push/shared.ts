// Measures what pushes cost where several pushgateways share a store in Redis that writes to disk before it answers:
// pushes a second, and CPU of the pushgateways and of Redis. Loopback only.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { findInPath, startSonde } from '../../test/helpers/peer.js';
import type { ChildService } from '../../test/helpers/services/child-service.js';
import { httpGet } from '../../test/helpers/services/http-get.js';
import { processUsage } from '../process-usage.js';

const USAGE =
  'usage: node dist/bench/push/shared.js [--clients N] [--seconds N] [--series N] [--fsync always|everysec]   (24 5 20 always)';

interface Load {
  readonly clients: number;
  readonly seconds: number;
  readonly body: string;
}

/** Pushes to all in turn, each client to a group of its own, until the time is over; the number of pushes. */
async function pushAll(services: readonly ChildService[], { clients, seconds, body }: Load): Promise<number> {
  const end = performance.now() + seconds * 1000;
  let count = 0;
  const push = async (client: number): Promise<void> => {
    for (let turn = client; performance.now() < end; turn++) {
      const { address } = services[turn % services.length] as ChildService;
      const answer = await httpGet(address, `/metrics/job/bench/instance/${client}`, { method: 'PUT', body });
      if (answer.status !== 200) throw new Error(`Cannot push: ${answer.status} ${answer.text}`);
      count += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, (_, client) => push(client)));
  return count;
}

async function measure(services: readonly ChildService[], redisPid: number, load: Load): Promise<string> {
  await pushAll(services, { ...load, seconds: 2 });
  const cpu = (pids: readonly number[]): number => pids.reduce((sum, pid) => sum + processUsage(pid).cpuSeconds, 0);
  const ours = services.map(({ pid }) => pid);
  const before = { ours: cpu(ours), redis: cpu([redisPid]) };
  const count = await pushAll(services, load);
  const perPush = (seconds: number): string => ((seconds * 1000) / count).toFixed(2);
  const rate = (count / load.seconds).toFixed(0);
  const peak = Math.max(...ours.map((pid) => processUsage(pid).peakMib)).toFixed(0);
  return `| ${services.length} | ${rate} | ${perPush(cpu(ours) - before.ours)} | ${perPush(cpu([redisPid]) - before.redis)} | ${peak} |`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      clients: { type: 'string' },
      seconds: { type: 'string' },
      series: { type: 'string' },
      fsync: { type: 'string' },
    },
  });
  const { clients = '24', seconds = '5', series = '20', fsync = 'always' } = values;
  const program = findInPath('redis-server');
  if (program === undefined) throw new Error('redis-server is missing');
  const folder = mkdtempSync(join(tmpdir(), 'sonde-bench-'));
  const port = await freePort();
  const args = ['--port', `${port}`, '--dir', folder, '--appendonly', 'yes', '--appendfsync', fsync, '--save', ''];
  const redis = spawn(program, args, { stdio: 'ignore' });
  const services: ChildService[] = [];
  try {
    await sleep(500);
    const lines = Array.from({ length: Number(series) }, (_, index) => `bench_value{shard="${index}"} ${index}\n`);
    const load = {
      clients: Number(clients),
      seconds: Number(seconds),
      body: `# TYPE bench_value gauge\n${lines.join('')}`,
    };
    console.log(
      '| pushgateways | pushes/s | their CPU ms a push | CPU ms of Redis a push | peak MiB |\n|--:|--:|--:|--:|--:|',
    );
    for (let count = 1; count <= 3; count++) {
      services.push(await startSonde([`--push.store=redis://127.0.0.1:${port}`], { command: 'pushgateway' }));
      console.log(await measure(services, redis.pid ?? 0, load));
    }
  } finally {
    await Promise.all(services.map((service) => service.stop()));
    redis.kill('SIGKILL');
    await sleep(100);
    rmSync(folder, { recursive: true, force: true });
  }
}

main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error, `\n${USAGE}`);
  process.exitCode = 1;
});
