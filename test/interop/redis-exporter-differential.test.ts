import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readExposition } from '../helpers/exposition.js';
import { httpGet } from '../helpers/http-get.js';
import { findRedisExporter, NO_REDIS_EXPORTER } from '../helpers/peer.js';
import { bulk, startRedisServer } from '../helpers/redis-server.js';
import { closedPort, startStreamServer } from '../helpers/stream-server.js';
import { compareScrapes, type KnownDifference, unknownLines, type Wobble } from './exporter-comparison.js';
import { type ExporterPair, startPair } from './exporter-peers.js';
import { findServer, makePlace } from './servers/real-server.js';
import { startRedisFleet, startRedisLoad } from './servers/redis-fleet.js';

t.setTimeout(240_000);

/** What moves to and fro while a server works. */
const WOBBLES: readonly Wobble[] = [
  { family: /^redis_exporter_/, part: 0, amount: Infinity },
  {
    family: /^redis_(?:mem_|memory_|allocator_|instantaneous_|latency_percentiles_usec|client_recent_)/,
    part: 0,
    amount: Infinity,
  },
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

/** The first scrapes of both leave their commands in the statistics of the server, the three that follow are compared. */
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
  const before = await scrape(theirs.address);
  const mine = await scrape(ours.address);
  const after = await scrape(theirs.address);
  for (const families of [before, mine])
    t.equal(families.get('redis_up')?.series.get('redis_up'), `${up}`, `${name}: redis_up`);
  if (up === 1) t.ok(mine.size > 80, `${name}: ${mine.size} families`);
  const lines = compareScrapes({ before, ours: mine, after }, WOBBLES).map((line) => `${name}: ${line}`);
  t.same(unknownLines(lines, KNOWN, met), [], `${name}: no other differences`);
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
  const [before, mine, after] = [
    await scrape(theirs.address),
    await scrape(ours.address),
    await scrape(theirs.address),
  ];
  t.same(compareScrapes({ before, ours: mine, after }, WOBBLES), [], '/metrics');
  for (const path of ['/scrape', '/scrape?target=', '/scrape?target=%zz', '/scrape?target=http://%5b']) {
    const [one, other] = [await httpGet(theirs.address, path), await httpGet(ours.address, path)];
    t.same({ status: other.status, text: other.text }, { status: one.status, text: one.text }, path);
    t.equal(one.status, 400, path);
  }
  const [one, other] = [await httpGet(theirs.address, '/health'), await httpGet(ours.address, '/health')];
  t.equal(other.text, one.text, '/health');
});
