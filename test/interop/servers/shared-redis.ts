import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { until } from '../../helpers/until.js';
import { hasLoaded } from './databases.js';
import { findServer, type Found, makePlace, type Place, startServer, writeFor } from './real-server.js';
import { askRedis } from './redis-fleet.js';

/** A Redis that may be killed and started again with what it has on its disk. */
export interface SharedRedis {
  /** `127.0.0.1:port`. */
  readonly address: string;
  readonly place: Place;
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
}

/** Redis, and Valkey, which went its own way from Redis 7.2. */
const SERVERS = ['redis-server', 'valkey-server'];

/** Runs a test with each server that pushgateways may share; skips it where that one is not here. */
export function onEachStore(t: Test, name: string, run: (t: Test, server: Found) => Promise<void>): void {
  for (const program of SERVERS) {
    const found = findServer(program);
    const skip = found === undefined && `not here: ${program} (see .ci/servers)`;
    void t.test(`${program}: ${name}`, { skip }, async (t) => {
      if (found !== undefined) await run(t, found);
    });
  }
}

/** What is written is on the disk before it is answered. */
const DURABLE = ['appendonly yes', 'appendfsync always', 'save ""'];

/** Makes a cluster of these three, which have `cluster-enabled yes`; resolves when all slots are served. */
export async function joinCluster(nodes: readonly ClusterNode[]): Promise<void> {
  const ranges = ['0 5460', '5461 10922', '10923 16383'];
  const [first] = nodes;
  for (const [index, { address, meets }] of nodes.entries()) {
    await askRedis(address, ['CLUSTER', 'ADDSLOTSRANGE', ...(ranges[index] ?? '').split(' ')]);
    if (index > 0) await askRedis(first?.address ?? '', ['CLUSTER', 'MEET', ...meets]);
  }
  for (const { address } of nodes) {
    await until(async () => (await askRedis(address, ['CLUSTER', 'INFO'])).includes('cluster_state:ok'), 'the cluster');
  }
}

/** A node, and the words by which another one meets it: host, port and port of the bus. */
export interface ClusterNode {
  readonly address: string;
  readonly meets: readonly string[];
}

/** Starts a node of a cluster; with TLS also the bus speaks it, and the address without is for tests alone. */
export async function startClusterNode(
  t: Test,
  server: Found,
  tls?: { readonly port: number; readonly lines: readonly string[] },
): Promise<ClusterNode> {
  const bus = await deadPort();
  const lines = ['cluster-enabled yes', `cluster-port ${bus}`];
  const secure = tls === undefined ? [] : ['tls-cluster yes', 'tls-replication yes', ...tls.lines];
  const { address } = await startSharedRedis(t, server, [...lines, ...secure]);
  const port = tls?.port ?? address.split(':')[1];
  return { address, meets: ['127.0.0.1', String(port), String(bus)] };
}

/** Starts a Redis with these further lines of configuration; it ends with the test. */
export async function startSharedRedis(t: Test, redis: Found, lines: readonly string[] = []): Promise<SharedRedis> {
  const place = await makePlace(t);
  const port = await deadPort();
  const all = [`port ${port}`, 'bind 127.0.0.1', `dir ${place.folder}`, ...DURABLE, ...lines];
  const config = writeFor(place.folder, 'redis.conf', `${all.join('\n')}\n`);
  const secure = all.flatMap((line) => /^tls-port (\d+)$/.exec(line)?.[1] ?? []).map(Number);
  let child: ChildProcess | undefined;
  const start = async (): Promise<void> => {
    const listens = [port, ...secure];
    const answers = (): Promise<boolean> => hasLoaded(port);
    child = await startServer(t, { program: redis, args: [config], cwd: place.folder, listens, answers });
  };
  await start();
  return {
    address: `127.0.0.1:${port}`,
    place,
    start,
    kill: async () => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}
