import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { exporterFlags } from '../../../src/services/exporters/exporter-flags.js';
import { readExposition } from '../../helpers/exposition.js';
import { findRedisExporter, NO_REDIS_EXPORTER, startSonde } from '../../helpers/peer.js';
import { bulk, SMALL_INFO, startRedisServer } from '../../helpers/servers/redis-server.js';
import { closedPort, startStreamServer } from '../../helpers/servers/stream-server.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { exporterNamed } from '../../helpers/services/start-exporter.js';
import { until } from '../../helpers/until.js';
import { startRedis } from '../servers/databases.js';
import { findServer, makePlace } from '../servers/real-server.js';
import { askRedis, startRedisFleet, startRedisLoad } from '../servers/redis-fleet.js';
import { findDifferences, type KnownDifference, type Scrapes, type Wobble, wrongUp } from './exporter-comparison.js';
import { type ExporterPair, startPair, startRealExporter } from './exporter-peers.js';

t.setTimeout(500_000);

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
  const scrapeAll = async () => ({
    before: await scrape(theirs.address),
    ours: await scrape(ours.address),
    after: await scrape(theirs.address),
  });
  const lacking = (scrapes: Scrapes): readonly string[] => [
    ...wrongUp(scrapes, 'redis_up', up),
    ...(up === 1 && scrapes.ours.size <= 80 ? [`only ${scrapes.ours.size} families`] : []),
  ];
  const differences = await findDifferences(scrapeAll, { name, wobbles: WOBBLES, known: KNOWN, met, lacking });
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
  await until(async () => {
    const infos = await Promise.all(nodes.map((each) => askRedis(each, ['CLUSTER', 'INFO'])));
    return infos.every((info) => info.includes('cluster_state:ok'));
  }, 'the nodes make a cluster');
}

const SCRIPTS = {
  'values.lua': "return {'a', '1', 'b', '2.5', 'databases', ARGV[1]}",
  'nothing.lua': 'return {}',
  'broken.lua': "return redis.error_reply('boom')",
  'writing.lua': "redis.call('SET', 'written', '1') return {'a', '1'}",
};

/** The families of what the flags below ask for. */
const ASKED = /^redis_(?:script_|key_|keys_count|number_of_distinct_key_groups|module_info|search_|tile38_)/;

/** Both exporters with the same flags: what is asked for is the same, without what has an \`except\`. */
async function compareAsked(
  t: Test,
  flags: readonly string[],
  { up = 1, path = '/metrics', ourFlags = [] }: { up?: 0 | 1; path?: string; ourFlags?: readonly string[] } = {},
): Promise<void> {
  if (peer === undefined) return;
  const theirs = await startRealExporter(t, peer, flags);
  const ours = await startSonde([...flags, ...ourFlags], { command: 'redis' });
  t.teardown(() => ours.stop());
  const facts = async (address: string) => {
    const families = readExposition((await httpGet(address, path)).text);
    const asked = [...families].filter(([name]) => ASKED.test(name));
    return {
      asked: Object.fromEntries(
        asked.map(([name, family]) => [name, { ...family, series: [...family.series].sort() }]),
      ),
      up: families.get('redis_up')?.series.get('redis_up'),
    };
  };
  const [first, second] = [await facts(theirs.address), await facts(ours.address)];
  t.same(second.asked, first.asked, flags.join(' '));
  t.ok(Object.keys(first.asked).length > 0, 'there is something to compare');
  t.equal(first.up, `${up}`);
  t.equal(second.up, '1');
  await ours.stop();
  await theirs.stop();
}

t.test(
  'each flag of the real exporter is served, or refused by name',
  { skip: peer === undefined && NO_REDIS_EXPORTER },
  (t) => {
    const { stderr } = spawnSync(peer?.path ?? '', ['--help'], { encoding: 'utf8' });
    const theirs = [...stderr.matchAll(/^ {2}-(\S+)/gm)].map(([, name = '']) => name);
    const ours = new Set(exporterFlags(exporterNamed('redis')).map(({ name }) => name));
    t.ok(theirs.length >= 50, `${theirs.length} flags`);
    t.same(
      theirs.filter((name) => !ours.has(name)),
      [],
    );
    t.end();
  },
);

t.test('scripts, groups of keys, and keys that a request names', { skip }, async (t) => {
  if (peer === undefined || redis === undefined) return;
  const { plain } = await startRedis(t, redis, await makePlace(t));
  for (const [db, ...command] of FILLING) await askRedis(plain, command, db);
  const folder = t.testdir(SCRIPTS);
  const addr = `--redis.addr=${plain}`;
  await compareAsked(t, [addr, `--script=${folder}/values.lua,${folder}/nothing.lua`]);
  await compareAsked(t, [addr, `--script=${folder}/broken.lua`], { up: 0 });
  await compareAsked(t, [addr, `--script=${folder}/writing.lua`, '--lua-script-read-only'], { up: 0 });
  for (const flags of [
    ['--check-key-groups=^(foo):,^(.).*(t)$'],
    ['--check-key-groups=^(...)', '--max-distinct-key-groups=3', '--check-keys-batch-size=1'],
    ['--check-key-groups="^(s[ea,t]*)", ^(e)', '--max-distinct-key-groups=0'],
    ['--check-key-groups=^(nu,', '--skip-checkkeys-for-role-master'],
    ['--check-key-groups=()t,^%a+$'],
  ]) {
    await compareAsked(t, [addr, ...flags]);
  }
  const path = `/scrape?target=${plain}&check-keys=db1%3Dfoo:*&count-keys=s*&check-single-keys=text,none`;
  await compareAsked(t, [addr, '--check-keys=list'], { path, ourFlags: ['--redis.scrape-key-parameters'] });
});

/** As servers with modules, and Tile38, say it. Debian has neither. */
const RECORDED = new Map([
  [
    'INFO MODULES',
    bulk(
      [
        '# Modules',
        'module:name=search,ver=21005,api=1,filters=0,usedby=[],using=[ReJSON],options=[handle-io-errors]',
        'module:name=ReJSON,ver=20803,api=1,filters=0,usedby=[search],using=[],options=[handle-io-errors]',
        '# search_index',
        'search_number_of_indexes:3',
        'search_bytes_collected:10',
        'search_total_cycles:7',
        'search_total_queries_processed:9',
        'search_version:2.10.5',
        '',
      ].join('\r\n'),
    ),
  ],
  ['FT._LIST', texts('one', 'two', 'other')],
  ['FT.INFO one', texts('index_name', 'one', 'num_docs', '12', 'inverted_sz_mb', '0.5', 'bytes_per_record_avg', 'nan')],
  ['FT.INFO two', texts('index_name', 'two', 'number_of_uses', '4', 'indexing', '1', 'offset_vectors_sz_mb', '1e-05')],
  ['SERVER EXT', texts('alloc_bytes', '1000', 'tile38_read_only', 'true', 'num_points', '5', 'go_version', 'go1.20')],
]);

function texts(...all: readonly string[]): string {
  return `*${all.length}\r\n${all.map(bulk).join('')}`;
}

t.test('modules, indexes and Tile38, of recorded answers', { skip }, async (t) => {
  const server = await startRedisServer(t, (command) =>
    command === 'INFO ALL' ? bulk(SMALL_INFO) : (RECORDED.get(command.trim()) ?? '-ERR unknown command\r\n'),
  );
  const addr = `--redis.addr=${server.target}`;
  await compareAsked(t, [addr, '--include-modules-metrics']);
  await compareAsked(t, [addr, '--include-search-indexes-metrics', '--check-search-indexes=^(one|two)$']);
  await compareAsked(t, [addr, '--include-search-indexes-metrics', '--include-modules-metrics']);
  await compareAsked(t, [addr, '--is-tile38']);
});
