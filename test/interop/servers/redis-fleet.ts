import { spawn } from 'node:child_process';
import { once } from 'node:events';
import net from 'node:net';
import { join } from 'node:path';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { until } from '../../helpers/until.js';
import { hasLoaded, startRedis } from './databases.js';
import { endNow, endWithUs } from './end-with-us.js';
import { findServer, type Found, librariesOf, type Place, startServer, writeFor } from './real-server.js';

/** Redis servers of every kind that redis_exporter tells apart: targets as it takes them. */
export interface RedisFleet {
  readonly plain: string;
  readonly tls: string;
  readonly unix: string;
  readonly replica: string;
  readonly cluster: string;
  readonly sentinel: string;
  /** Wants the password `secret`. */
  readonly guarded: string;
}

/** What the users of the first server may do: `monitor` what the page of the prober says, `blind` not even INFO. */
const USERS = [
  'user monitor on >secret -@all +info +config|get +latency|latest +latency|histogram +slowlog|len +slowlog|get +client|setname +cluster|info',
  'user blind on >secret -@all +ping',
];
const NOTICE_ALL = ['latency-monitor-threshold 1', 'slowlog-log-slower-than 0', 'slowlog-max-len 64'];

/** Starts them all; they end with the test. */
export async function startRedisFleet(t: Test, redis: Found, place: Place): Promise<RedisFleet> {
  const socket = join(place.folder, 'redis.sock');
  const main = await startRedis(t, redis, place, [...USERS, ...NOTICE_ALL, `unixsocket ${socket}`].join('\n'));
  const replica = await startRedis(t, redis, place, `replicaof ${main.plain.replace(':', ' ')}`);
  const cluster = await startRedis(
    t,
    redis,
    place,
    `cluster-enabled yes\ncluster-config-file nodes.conf\ndir ${place.folder}`,
  );
  const guarded = await startRedis(t, redis, place, 'requirepass secret');
  await askRedis(cluster.plain, ['CLUSTER', 'ADDSLOTSRANGE', '0', '16383']);
  await askRedis(main.plain, ['CONFIG', 'SET', 'maxmemory', '64mb']);
  await askRedis(main.plain, ['SET', 'short', 'lived', 'EX', '600']);
  const sentinel = await startSentinel(t, redis, { place, main: main.plain });
  await untilReplicated(replica.plain);
  return {
    plain: main.plain,
    tls: `rediss://${main.tls}`,
    unix: `unix://${socket}`,
    replica: replica.plain,
    cluster: cluster.plain,
    sentinel,
    guarded: guarded.plain,
  };
}

async function startSentinel(t: Test, redis: Found, { place, main }: { place: Place; main: string }): Promise<string> {
  const port = await deadPort();
  const lines = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${place.folder}`,
    `sentinel monitor fleet ${main.replace(':', ' ')} 1`,
  ];
  const config = writeFor(place.folder, 'sentinel.conf', `${lines.join('\n')}\n`);
  await startServer(t, {
    program: redis,
    args: [config, '--sentinel'],
    cwd: place.folder,
    listens: [port],
    answers: () => hasLoaded(port),
  });
  return `127.0.0.1:${port}`;
}

async function untilReplicated(replica: string): Promise<void> {
  await until(
    async () => (await askRedis(replica, ['INFO', 'replication'])).includes('master_link_status:up'),
    'the replica gets at its master',
  );
}

/** Sends one command, to a database other than 0 where one is named; resolves to what comes first. */
export async function askRedis(target: string, command: readonly string[], db = '0'): Promise<string> {
  const [host, port] = target.split(':');
  const socket = net.connect(Number(port), host);
  const send = async (words: readonly string[]): Promise<Buffer> => {
    const bulk = words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('');
    socket.write(`*${words.length}\r\n${bulk}`);
    const [answer] = (await once(socket, 'data')) as [Buffer];
    return answer;
  };
  if (db !== '0') await send(['SELECT', db]);
  const answer = await send(command);
  socket.destroy();
  const text = answer.toString();
  if (text.startsWith('-')) throw new Error(`${command.join(' ')}: ${text}`);
  return text;
}

/**
 * Keeps a server busy until the test ends, with commands of several kinds; undefined where redis-benchmark is not here.
 */
export function startRedisLoad(t: Test, target: string): void {
  const program = findServer('redis-benchmark');
  if (program === undefined) throw new Error('redis-benchmark is missing, which comes with redis-tools');
  const [host = '', port = ''] = target.split(':');
  const args = [
    '-h',
    host,
    '-p',
    port,
    '-l',
    '-q',
    '-c',
    '2',
    '-r',
    '1000',
    '-d',
    '64',
    '-t',
    'set,get,lpush,hset,incr',
  ];
  const child = spawn(program.path, args, {
    stdio: 'ignore',
    detached: true,
    env: { ...process.env, ...librariesOf(program) },
  });
  endWithUs(child);
  t.teardown(() => {
    endNow(child);
  });
}
