import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { readExposition } from '../../helpers/exposition.js';
import { findRedisExporter, NO_REDIS_EXPORTER } from '../../helpers/peer.js';
import { bulk, startRedisServer } from '../../helpers/servers/redis-server.js';
import { closedPort, startStreamServer } from '../../helpers/servers/stream-server.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startRedis } from '../servers/databases.js';
import { findServer, makePlace } from '../servers/real-server.js';
import { askRedis, startRedisFleet, startRedisLoad } from '../servers/redis-fleet.js';
import { findDifferences, type KnownDifference, type Wobble } from './exporter-comparison.js';
import { type ExporterPair, startPair } from './exporter-peers.js';

t.setTimeout(240_000);

/** What moves to and fro while a server works. */
const WOBBLES: readonly Wobble[] = [
  { family: /^redis_exporter_/, part: 0, amount: Infinity },
  {
    family: /^redis_(?:mem_|memory_|allocator_|instantaneous_|latency_percentiles_usec|client_recent_)/,
    part: 0,
    amount: Infinity,
  },
  // Begins anew with each ping, once a second.
  { family: /^redis_sentinel_master_last_ok_ping_reply_seconds$/, part: 0, amount: 2 },
  { family: /^redis_(?:start_time_seconds|connected_slave_lag_seconds|latency_spike_)/, part: 0, amount: 1 },
  {
    family: /^redis_(?:db_|expired_stale_percentage|slowlog_length|last_slow_|rdb_changes|repl_backlog_history_bytes)/,
    part: 0.5,
    amount: 10,
  },
  { family: /^redis_(?:active_clients|blocked_clients|connected_clients)$/, part: 0, amount: 2 },
];

/** Each is met by the cases below. */
const KNOWN: readonly KnownDifference[] = [
  {
    line: /^[^:]*: series only in (?:Sonde|the exporter): redis_exporter_last_scrape_error/,
    reason:
      'errors are in the words of each; the exporter tries a second time with the scheme for a network, and tells of that',
  },
];

const redis = findServer('redis-server');
const peer = findRedisExporter();
const skip = peer === undefined ? NO_REDIS_EXPORTER : redis === undefined && 'not here: redis-server (see .ci/servers)';

t.test('the same metrics of the same server at the same moment', { skip }, async (t) => {
  if (peer === undefined || redis === undefined) return;
  const place = await makePlace(t);
  const fleet = await startRedisFleet(t, redis, place);
  const passwords = join(place.folder, 'passwords.json');
  const entries = {
    [`redis://monitor@${fleet.plain}`]: 'secret',
    [`redis://blind@${fleet.plain}`]: 'secret',
    [`redis://${fleet.guarded}`]: 'secret',
    [`redis://wrong@${fleet.plain}`]: 'nonsense',
  };
  writeFileSync(passwords, JSON.stringify(entries));
  const flags = [`--redis.addr=redis://${fleet.plain}`, `--redis.password-file=${passwords}`];
  const args = [...flags, `--tls-ca-cert-file=${place.ca}`, '--connection-timeout=2s'];
  const pair = await startPair(t, { peer, command: 'redis', args });
  startRedisLoad(t, fleet.plain);
  startRedisLoad(t, fleet.cluster);
  const met = new Set<KnownDifference>();
  const compare = (name: string, target: string, up: 0 | 1) => compareTarget(t, pair, { name, target, up, met });

  await compare('plain', fleet.plain, 1);
  await compare('with a scheme', `redis://${fleet.plain}`, 1);
  await compare('TLS', fleet.tls, 1);
  await compare('a unix socket', fleet.unix, 1);
  await compare('a user with few rights', `redis://monitor@${fleet.plain}`, 1);
  await compare('a password of the file', fleet.guarded, 1);
  await compare('a replica', fleet.replica, 1);
  await compare('a node of a cluster', fleet.cluster, 1);
  await compare('a sentinel', fleet.sentinel, 1);

  await compare('nobody listens', await closedPort(), 0);
  await compare('wrong password', `redis://wrong@${fleet.plain}`, 0);
  await compare('a user without the right to INFO', `redis://blind@${fleet.plain}`, 0);
  await compare('a password is missing', fleet.guarded.replace('127.0.0.1', 'localhost'), 0);
  await compare('TLS is wanted', fleet.tls.replace('rediss://', ''), 0);
  await compare('TLS is not spoken', `rediss://${fleet.plain}`, 0);
  await compare('a silent server', (await startStreamServer(t, () => undefined)).target, 0);
  await compare('garbage', await garbage(t), 0);
  await compare('it stops in the middle of its answer', await halfAnswer(t), 0);
  await compare('no such scheme', `http://${fleet.plain}`, 0);
  for (const difference of KNOWN) t.ok(met.has(difference), `still so: ${difference.reason}`);
});

async function garbage(t: Test): Promise<string> {
  const { target } = await startStreamServer(t, (socket) => {
    socket.once('data', () => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'));
  });
  return target;
}

async function halfAnswer(t: Test): Promise<string> {
  const { target } = await startRedisServer(t, (command, socket) => {
    if (!command.startsWith('INFO')) return '-ERR unknown command\r\n';
    socket.end(bulk('# Server\r\nredis_version:7.0.15\r\n').slice(0, -8));
    return '';
  });
  return target;
}

interface Target {
  readonly name: string;
  readonly target: string;
  readonly up: 0 | 1;
  readonly met: Set<KnownDifference>;
}

/**
 * The first scrapes of both leave their commands in the statistics of the server, the three that follow are compared.
 */
async function compareTarget(
  t: Test,
  { theirs, ours }: ExporterPair,
  { name, target, up, met }: Target,
): Promise<void> {
  const path = `/scrape?target=${encodeURIComponent(target)}`;
  const scrape = async (address: string) => {
    const { status, text, headers } = await httpGet(address, path);
    t.equal(status, 200, `${name}: status`);
    t.equal(headers['content-type'], 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores', name);
    return readExposition(text);
  };
  await scrape(theirs.address);
  await scrape(ours.address);
  const scrapeAll = async () => {
    const scrapes = {
      before: await scrape(theirs.address),
      ours: await scrape(ours.address),
      after: await scrape(theirs.address),
    };
    for (const families of [scrapes.before, scrapes.ours])
      t.equal(families.get('redis_up')?.series.get('redis_up'), `${up}`, `${name}: redis_up`);
    if (up === 1) t.ok(scrapes.ours.size > 80, `${name}: ${scrapes.ours.size} families`);
    return scrapes;
  };
  const differences = await findDifferences(scrapeAll, { name, wobbles: WOBBLES, known: KNOWN, met });
  t.same(differences, [], `${name}: no other differences`);
}

t.test('the telemetry path, texts and status codes', { skip }, async (t) => {
  if (peer === undefined || redis === undefined) return;
  const place = await makePlace(t);
  const fleet = await startRedisFleet(t, redis, place);
  const env = { REDIS_ADDR: fleet.plain, REDIS_USER: 'monitor', REDIS_PASSWORD: 'secret' };
  const { theirs, ours } = await startPair(t, { peer, command: 'redis', args: [], env });
  const scrape = async (address: string) => readExposition((await httpGet(address, '/metrics')).text);
  await scrape(theirs.address);
  await scrape(ours.address);
  const scrapeAll = async () => ({
    before: await scrape(theirs.address),
    ours: await scrape(ours.address),
    after: await scrape(theirs.address),
  });
  t.same(await findDifferences(scrapeAll, { name: '/metrics', wobbles: WOBBLES }), [], '/metrics');
  for (const { address } of [theirs, ours]) {
    const families = readExposition((await httpGet(address, `/metrics?target=${await closedPort()}`)).text);
    t.equal(families.get('redis_up')?.series.get('redis_up'), '1', 'a target names no server there');
  }
  for (const path of ['/scrape', '/scrape?target=', '/scrape?target=%zz', '/scrape?target=http://%5b']) {
    const [one, other] = [await httpGet(theirs.address, path), await httpGet(ours.address, path)];
    t.same({ status: other.status, text: other.text }, { status: one.status, text: one.text }, path);
    t.equal(one.status, 400, path);
  }
  const [one, other] = [await httpGet(theirs.address, '/health'), await httpGet(ours.address, '/health')];
  t.equal(other.text, one.text, '/health');
});

/** What is asked for beside the defaults, or not at all. */
const FLAGS: readonly (readonly string[])[] = [
  [
    '--check-keys=db0=*,db1=foo:*',
    '--check-single-keys=text,db0=none,db1=bar,db99=x',
    '--count-keys=db0=s*,db1=foo:*,none*',
  ],
  ['--check-keys=text,%73et', '--disable-exporting-key-values', '--check-keys-batch-size=1'],
  ['--check-streams=db0=str*,set', '--check-single-streams=empty,text,db1=none'],
  ['--check-single-streams=stream', '--streams-exclude-consumer-metrics'],
  ['--check-keys=*', '--count-keys=*', '--check-streams=str*', '--skip-checkkeys-for-role-master'],
  ['--export-client-list'],
  ['--export-client-list', '--export-client-port'],
  ['--include-system-metrics', '--include-metrics-for-empty-databases=false'],
  ['--config-command=-'],
  ['--config-command=RENAMED'],
];

const FILLING: readonly (readonly [db: string, ...command: string[]])[] = [
  ['0', 'SET', 'number', '12.5'],
  ['0', 'SET', 'text', 'hello "w" \\'],
  ['0', 'SET', 'set ü', '0x10'],
  ['0', 'LPUSH', 'list', '1', '2'],
  ['0', 'SADD', 'set', 'a'],
  ['0', 'HSET', 'hash', 'f', '1'],
  ['0', 'ZADD', 'zset', '1', 'm'],
  ['0', 'PFADD', 'unique', 'a', 'b'],
  ['0', 'XADD', 'stream', '1-1', 'a', 'b'],
  ['0', 'XADD', 'stream', '2-1', 'a', 'b'],
  ['0', 'XGROUP', 'CREATE', 'stream', 'group', '0'],
  ['0', 'XREADGROUP', 'GROUP', 'group', 'consumer', 'COUNT', '1', 'STREAMS', 'stream', '>'],
  ['0', 'XGROUP', 'CREATE', 'empty', 'idle', '$', 'MKSTREAM'],
  ['1', 'SET', 'foo:1', '7'],
  ['1', 'SET', 'foo:2', ''],
  ['1', 'SET', 'bar', 'y'],
];

t.test('the flags that ask for more', { skip }, async (t) => {
  if (peer === undefined || redis === undefined) return;
  const { plain } = await startRedis(t, redis, await makePlace(t));
  for (const [db, ...command] of FILLING) await askRedis(plain, command, db);
  for (const flags of FLAGS) {
    const name = flags.join(' ');
    const { theirs, ours } = await startPair(t, { peer, command: 'redis', args: [`--redis.addr=${plain}`, ...flags] });
    const scrape = async (address: string) => readExposition((await httpGet(address, '/metrics')).text);
    await scrape(theirs.address);
    await scrape(ours.address);
    const scrapeAll = async () => ({
      before: await scrape(theirs.address),
      ours: await scrape(ours.address),
      after: await scrape(theirs.address),
    });
    const differences = await findDifferences(scrapeAll, { name, wobbles: MORE_WOBBLES, known: KNOWN_OF_CLIENTS });
    t.same(differences, [], name);
    await ours.stop();
    await theirs.stop();
  }
});

const MORE_WOBBLES: readonly Wobble[] = [
  { family: /^redis_connected_client_|^redis_errors_total$|^redis_commands_/, part: 0, amount: Infinity },
  { family: /^redis_stream_group_consumer_idle_seconds$/, part: 0, amount: 2 },
  // A command that the server refuses is an error, or none, by its kind.
  {
    family: /^redis_(?:total_error_replies|unexpected_error_replies|keyspace_(?:hits|misses)_total)$/,
    part: 1,
    amount: 100,
  },
  { family: /^redis_(?:mem_|acl_)/, part: 0, amount: Infinity },
  ...WOBBLES,
];

/** Each exporter is a client itself, and has statistics of the commands that it asks. */
const KNOWN_OF_CLIENTS: readonly KnownDifference[] = [
  {
    line: /series only in (?:Sonde|the exporter): redis_connected_client_\w+\{.*name="(?:sonde|redis_exporter)"/,
    reason: 'each shows its own connection',
  },
  {
    line: /series only in (?:Sonde|the exporter): redis_(?:commands|latency_percentiles|errors)_\w*\{/,
    reason: 'each asks in its own way',
  },
];

t.test('the nodes of a cluster', { skip }, async (t) => {
  if (peer === undefined || redis === undefined) return;
  const [place, alone] = [await makePlace(t), (await startRedis(t, redis, await makePlace(t))).plain];
  const node = async (name: string, more = ''): Promise<string> => {
    const lines = ['cluster-enabled yes', `cluster-config-file ${name}.conf`, `dir ${place.folder}`, more];
    return (await startRedis(t, redis, place, lines.join('\n'))).plain;
  };
  const [one, other] = [await node('one', 'cluster-announce-hostname one.example'), await node('other')];
  await askRedis(one, ['CLUSTER', 'ADDSLOTSRANGE', '0', '8000']);
  await askRedis(other, ['CLUSTER', 'ADDSLOTSRANGE', '8001', '16383']);
  await askRedis(one, ['CLUSTER', 'MEET', '127.0.0.1', other.split(':')[1] ?? '']);
  await untilInCluster([one, other]);
  const rows = [
    [`--redis.addr=${one}`, '--is-cluster'],
    [`--redis.addr=redis://${one}`, '--is-cluster', '--cluster-discover-hostnames'],
    [`--redis.addr=${one}`],
    [`--redis.addr=${alone}`, '--is-cluster'],
    [`--redis.addr=${await closedPort()}`, '--is-cluster'],
  ];
  for (const args of rows) {
    const { theirs, ours } = await startPair(t, { peer, command: 'redis', args });
    for (const path of ['/discover-cluster-nodes', '/discover-cluster-nodes?target=127.0.0.1:1']) {
      const [first, second] = [await httpGet(theirs.address, path), await httpGet(ours.address, path)];
      const facts = ({ status, text, headers }: typeof first) => ({
        status,
        type: headers['content-type'],
        // Nodes come in no order.
        lines: text
          .split('\n')
          .map((line) => line.replace(/,$/, ''))
          .sort(),
      });
      t.same(facts(second), facts(first), `${args.join(' ')} ${path}`);
    }
    await ours.stop();
    await theirs.stop();
  }
});

async function untilInCluster(nodes: readonly string[]): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const infos = await Promise.all(nodes.map((each) => askRedis(each, ['CLUSTER', 'INFO'])));
    if (infos.every((info) => info.includes('cluster_state:ok'))) return;
    await delay(100);
  }
  throw new Error('the nodes never made a cluster');
}
