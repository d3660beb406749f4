import { randomUUID } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { bulk, SMALL_INFO, startRedisServer, withInfo } from '../../helpers/servers/redis-server.js';
import { closedPort } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

const INFO = `# Server
redis_version:7.0.15
redis_mode:standalone
uptime_in_seconds:100
hz:10
# Memory
used_memory:941592
mem_fragmentation_ratio:7.65
# Persistence
rdb_last_bgsave_status:ok
aof_last_write_status:err
# Stats
total_commands_processed:7
latest_fork_usec:1500000
# Replication
role:slave
master_host:10.0.0.1
master_port:6379
master_link_status:up
master_last_io_seconds_ago:3
slave_repl_offset:42
slave_read_only:1
slave0:ip=10.0.0.2,port=6380,state=online,offset=41,lag=1
# Commandstats
cmdstat_config|get:calls=4,usec=80,usec_per_call=20.00,rejected_calls=1,failed_calls=2
# Errorstats
errorstat_NOAUTH:count=3
# Latencystats
latency_percentiles_usec_config|get:p50=8.031,p99=27.007,p99.9=27.007
# Cluster
cluster_enabled:0
# Keyspace
db3:keys=5,expires=1,avg_ttl=12000
`;

const OTHERS = new Map([
  ['CLIENT SETNAME sonde', '+OK\r\n'],
  ['CONFIG GET databases', `*2\r\n${bulk('databases')}${bulk('4')}`],
  ['CONFIG GET maxclients', `*2\r\n${bulk('maxclients')}${bulk('10000')}`],
  [
    'CONFIG GET client-output-buffer-limit',
    `*2\r\n${bulk('client-output-buffer-limit')}${bulk('normal 0 1 2 pubsub 3 4 5')}`,
  ],
  ['LATENCY LATEST', `*1\r\n*4\r\n${bulk('command')}:1700000000\r\n:250\r\n:900\r\n`],
  [
    'LATENCY HISTOGRAM',
    `*2\r\n${bulk('config|get')}*4\r\n${bulk('calls')}:4\r\n${bulk('histogram_usec')}*4\r\n:16\r\n:1\r\n:33\r\n:4\r\n`,
  ],
  ['SLOWLOG LEN', ':12\r\n'],
  ['SLOWLOG GET 1', `*1\r\n*4\r\n:11\r\n:1700000000\r\n:2500\r\n*1\r\n${bulk('KEYS')}`],
]);

const EXPECTED: Readonly<Record<string, number>> = {
  redis_up: 1,
  redis_uptime_in_seconds: 100,
  redis_hz: 10,
  redis_memory_used_bytes: 941_592,
  redis_mem_fragmentation_ratio: 7.65,
  redis_rdb_last_bgsave_status: 1,
  redis_aof_last_write_status: 0,
  redis_commands_processed_total: 7,
  redis_latest_fork_seconds: 1.5,
  'redis_master_link_up{master_host="10.0.0.1",master_port="6379"}': 1,
  'redis_master_last_io_seconds_ago{master_host="10.0.0.1",master_port="6379"}': 3,
  'redis_slave_repl_offset{master_host="10.0.0.1",master_port="6379"}': 42,
  'redis_slave_info{master_host="10.0.0.1",master_port="6379",read_only="1"}': 1,
  'redis_connected_slave_offset_bytes{slave_ip="10.0.0.2",slave_port="6380",slave_state="online"}': 41,
  'redis_connected_slave_lag_seconds{slave_ip="10.0.0.2",slave_port="6380",slave_state="online"}': 1,
  'redis_commands_total{cmd="config|get"}': 4,
  'redis_commands_duration_seconds_total{cmd="config|get"}': 0.00008,
  'redis_commands_rejected_calls_total{cmd="config|get"}': 1,
  'redis_commands_failed_calls_total{cmd="config|get"}': 2,
  'redis_errors_total{err="NOAUTH"}': 3,
  'redis_latency_percentiles_usec{cmd="config|get",quantile="99.9"}': 27.007,
  'redis_latency_percentiles_usec_sum{cmd="config|get"}': 80,
  'redis_commands_latencies_usec_bucket{cmd="config|get",le="16"}': 1,
  'redis_commands_latencies_usec_bucket{cmd="config|get",le="+Inf"}': 4,
  'redis_commands_latencies_usec_sum{cmd="config|get"}': 80,
  'redis_db_keys{db="db3"}': 5,
  'redis_db_keys_expiring{db="db3"}': 1,
  'redis_db_avg_ttl_seconds{db="db3"}': 12,
  'redis_db_keys{db="db0"}': 0,
  redis_config_maxclients: 10_000,
  'redis_config_client_output_buffer_limit_bytes{class="pubsub",limit="soft"}': 4,
  'redis_config_client_output_buffer_limit_overcome_seconds{class="pubsub",limit="soft"}': 5,
  redis_cluster_enabled: 0,
  'redis_latency_spike_duration_seconds{event_name="command"}': 0.25,
  redis_slowlog_length: 12,
  redis_slowlog_last_id: 11,
  redis_last_slow_execution_duration_seconds: 0.0025,
};

t.test('every section of INFO, and what is asked beside it', async (t) => {
  const server = await startRedisServer(t, (name) =>
    name === 'INFO ALL' ? bulk(INFO) : (OTHERS.get(name) ?? '*0\r\n'),
  );
  const { metrics, verdict } = await probe('prober: redis', server.target);
  t.equal(verdict, 'ok');
  for (const [series, value] of Object.entries(EXPECTED)) t.equal(metrics[series], value, series);
  t.notOk('redis_db_keys{db="db4"}' in metrics, 'no more databases than there are');
  t.notMatch(server.received().toString('latin1'), /CONFIG\r\n\$3\r\nGET\r\n\$1\r\n\*/, 'passwords are not asked for');
});

t.test('a command that is refused costs its own metrics only', async (t) => {
  const server = await startRedisServer(t, withInfo(INFO));
  const { metrics, verdict } = await probe('prober: redis', server.target);
  t.equal(verdict, 'ok');
  t.equal(metrics['redis_up'], 1);
  t.equal(metrics['redis_memory_used_bytes'], 941_592);
  t.notOk('redis_slowlog_length' in metrics, 'SLOWLOG is missing');
  t.equal(metrics['redis_db_keys{db="db15"}'], 0, 'as many databases as a server has by default');
});

t.test('cluster and sentinel are asked for theirs', async (t) => {
  const info = `${SMALL_INFO}# Cluster\r\ncluster_enabled:1\r\n# Sentinel\r\nsentinel_masters:1\r\nsentinel_tilt:0\r\nmaster0:name=m,status=ok,address=10.0.0.1:6379,slaves=2,sentinels=3\r\n`;
  const list = (...texts: string[]): string => `*${texts.length}\r\n${texts.map(bulk).join('')}`;
  const answers = new Map([
    ['INFO ALL', bulk(info)],
    ['CLUSTER INFO', bulk('cluster_state:ok\r\ncluster_slots_assigned:16384\r\n')],
    [
      'SENTINEL MASTERS',
      `*1\r\n${list('name', 'm', 'ip', '10.0.0.1', 'port', '6379', 'quorum', '2', 'config-epoch', '3', 'last-ok-ping-reply', '250')}`,
    ],
    ['SENTINEL CKQUORUM m', '-NOQUORUM 1 usable Sentinels\r\n'],
    ['SENTINEL SENTINELS m', `*2\r\n${list('flags', 'sentinel')}${list('flags', 's_down,sentinel')}`],
    ['SENTINEL SLAVES m', `*1\r\n${list('flags', 'slave')}`],
  ]);
  const server = await startRedisServer(t, (name) => answers.get(name) ?? '-ERR no\r\n');
  const { metrics, verdict } = await probe('prober: redis', server.target);
  t.equal(verdict, 'ok');
  const of = 'master_address="10.0.0.1:6379",master_name="m"';
  t.match(metrics, {
    redis_cluster_state: 1,
    redis_cluster_slots_assigned: 16_384,
    redis_sentinel_masters: 1,
    [`redis_sentinel_master_status{${of},master_status="ok"}`]: 1,
    [`redis_sentinel_master_slaves{${of}}`]: 2,
    [`redis_sentinel_master_setting_ckquorum{${of}}`]: 2,
    [`redis_sentinel_master_config_epoch{${of}}`]: 3,
    [`redis_sentinel_master_last_ok_ping_reply_seconds{${of}}`]: 0.25,
    'redis_sentinel_master_ckquorum_status{master_name="m",message="NOQUORUM 1 usable Sentinels"}': 0,
    [`redis_sentinel_master_ok_sentinels{${of}}`]: 2,
    [`redis_sentinel_master_ok_slaves{${of}}`]: 1,
  });
  t.notOk('redis_db_keys{db="db1"}' in metrics, 'a cluster has one database');
});

/** What the server answers to AUTH and to INFO, the block of the module, and the verdict. */
const LOGINS: readonly (readonly [name: string, block: string, auth: string, info: string, verdict: string])[] = [
  ['no password', '', '', '-NOAUTH Authentication required.\r\n', 'request/auth_failed'],
  ['no rights', '', '', "-NOPERM User x has no permissions to run the 'info' command\r\n", 'request/permission_denied'],
  ['INFO renamed', '', '', '-ERR unknown command\r\n', 'request/protocol_error'],
  ['wrong password', 'password: s3cret-word', '-WRONGPASS invalid\r\n', '', 'request/auth_failed'],
  [
    'none wanted',
    'password: s3cret-word',
    '-ERR Client sent AUTH, but no password is set\r\n',
    '',
    'request/auth_failed',
  ],
  ['right', 'password: s3cret-word', '+OK\r\n', bulk(SMALL_INFO), 'ok'],
  ['a user', 'username: u, password: s3cret-word', '+OK\r\n', bulk(SMALL_INFO), 'ok'],
];

t.test('logging in', async (t) => {
  for (const [name, block, auth, info, verdict] of LOGINS) {
    const server = await startRedisServer(t, (command) =>
      command.startsWith('AUTH') ? auth : command.startsWith('INFO') ? info : '-ERR no\r\n',
    );
    const module = `prober: redis\nredis: {${block}${block === '' ? '' : ', '}credentials_for: [127.0.0.1]}`;
    const probed = await probe(module, server.target);
    t.equal(probed.verdict, verdict, name);
    t.notMatch(probed.log, 's3cret-word', `${name}: the log does not show it`);
    const sent = server.received().toString('latin1');
    t.equal(/AUTH\r\n\$1\r\nu\r\n/.test(sent), name === 'a user', `${name}: the user is named`);
  }
});

t.test('a password goes to the targets that the module names, and to no other', async (t) => {
  const server = await startRedisServer(t, (name) => (name.startsWith('INFO') ? bulk(SMALL_INFO) : '+OK\r\n'));
  const file = join(t.testdir(), 'password');
  writeFileSync(file, 's3cret-word\n');
  const refused = await probe('prober: redis\nredis: {password: s3cret-word}', server.target);
  t.equal(refused.verdict, 'setup/credentials_refused');
  t.equal(server.received().length, 0, 'nothing was sent');
  const module = `prober: redis\nredis: {password_file: ${file}, credentials_for: ["*:1", "127.0.0.*"]}`;
  t.equal((await probe(module, server.target)).verdict, 'ok');
  t.match(server.received().toString('latin1'), 'AUTH\r\n$11\r\ns3cret-word\r\n', 'the file, without its line end');
  t.equal(
    (await probe(`prober: redis\nredis: {password_file: /nonexistent, credentials_for: ["*"]}`, server.target)).verdict,
    'setup/file_unreadable',
  );
});

t.test('targets: schemes and unix sockets', async (t) => {
  const path = join(tmpdir(), `sonde-${randomUUID()}.sock`);
  await startRedisServer(t, withInfo(SMALL_INFO), { path });
  const server = await startRedisServer(t, withInfo(SMALL_INFO));
  const passedOver = ['/0', '/', '?protocol=3', '/2?x=1#y', '#y'].map((more) => `valkey://${server.target}${more}`);
  const targets = [path, `unix:${path}`, `unix://${path}`, `redis://${server.target}`, `${server.target}/1`];
  targets.push(...passedOver);
  for (const target of targets) t.equal((await probe('prober: redis', target)).verdict, 'ok', target);
  for (const target of [`redis://a:b?c@${server.target}`, `redis://${server.target}/x`, `http://${server.target}`]) {
    const probed = await probe('prober: redis', target);
    t.equal(probed.verdict, 'setup/invalid_target', target);
    t.notMatch(String(probed.outcome.failure?.fields['err']), 'b?c', 'no password is shown');
  }
  t.equal((await probe('prober: redis', `rediss://${await closedPort()}`)).verdict, 'connect/connection_refused');
  t.equal(
    (await probe('prober: redis', `rediss://${server.target}`, { timeoutSeconds: 1 })).verdict.split('/')[0],
    'tls',
  );
});

t.test('keys that contradict each other', async (t) => {
  for (const block of ['{password: a, password_file: b}', '{username: a}']) {
    await t.rejects(probe(`prober: redis\nredis: ${block}`, 'x'), { message: /test\.yml:/ }, block);
  }
});
