import t from 'tap';
import { bulk, SMALL_INFO, startRedisServer, withInfo } from '../../helpers/servers/redis-server.js';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

const MIB = 1024 * 1024;

/** What a server says to whatever is asked, and what comes of it. */
const ANSWERS: readonly (readonly [name: string, answer: string, verdict: string])[] = [
  ['a list of a milliard values', '*1000000000\r\n', 'request/response_too_large'],
  ['a list within the limit that never comes', '*20000\r\n', 'request/connection_closed'],
  ['lists in lists, 100,000 deep', '*1\r\n'.repeat(100_000), 'request/response_too_large'],
  ['lists of lists', `*20000\r\n${'*1\r\n:1\r\n'.repeat(20_000)}`, 'request/response_too_large'],
  ['a negative length', '$-5\r\n', 'request/protocol_error'],
  ['a negative list', '*-7\r\n', 'request/protocol_error'],
  ['a length that is no number', '$x\r\n', 'request/protocol_error'],
  ['a length of 400 digits', `$${'9'.repeat(400)}\r\n`, 'request/protocol_error'],
  ['a text of 2^53 bytes', '$9007199254740993\r\n', 'request/response_too_large'],
  ['a text that does not end', '$3\r\nabcdef', 'request/protocol_error'],
  ['a line without end', `+${'x'.repeat(MIB)}`, 'request/response_too_large'],
  ['a line with LF alone', '+OK\n', 'request/protocol_error'],
  ['INFO of 16 MiB', bulk('x'.repeat(16 * MIB)), 'request/response_too_large'],
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'request/protocol_error'],
  ['RESP3 that nobody asked for', '%1\r\n+a\r\n+b\r\n', 'request/protocol_error'],
  ['nothing', '', 'request/connection_closed'],
  ['zeros', '\0'.repeat(100_000), 'request/response_too_large'],
  ['INFO is null', '$-1\r\n'.repeat(40), 'request/protocol_error'],
  ['INFO is a number', ':1\r\n'.repeat(40), 'request/protocol_error'],
  ['OK to everything', '+OK\r\n'.repeat(400), 'request/protocol_error'],
  ['INFO of something else', bulk('version: 1\r\nhello: world\r\n').repeat(40), 'request/protocol_error'],
  ['INFO that is one line', '+redis_version:7.0.15\r\n'.repeat(400), 'request/protocol_error'],
  ['INFO without a version', bulk('# Server\r\nuptime_in_seconds:1\r\n').repeat(40), 'request/protocol_error'],
  ['INFO with an empty version', bulk('# Server\r\nredis_version:\r\n').repeat(40), 'request/protocol_error'],
  ['too many clients', '-ERR max number of clients reached\r\n', 'request/too_many_connections'],
  ['protected mode', '-DENIED Redis is running in protected mode\r\n', 'request/permission_denied'],
  ['stopped in the middle', `$500\r\n${SMALL_INFO}`, 'request/connection_closed'],
];

t.test('whatever a server answers', async (t) => {
  for (const [name, text, verdict] of ANSWERS) {
    const server = await startStreamServer(t, (socket) => socket.once('data', () => socket.end(text, 'latin1')));
    const probed = await probe('prober: redis', server.target);
    t.equal(probed.verdict, verdict, name);
    t.equal(probed.metrics['redis_up'], 0, `${name}: not up`);
  }
});

t.test('a line that comes byte by byte, without end, costs the time that the probe has', async (t) => {
  const server = await startStreamServer(t, (socket) => {
    const timer = setInterval(() => socket.write('+'), 5);
    socket.on('close', () => clearInterval(timer));
  });
  const probed = await probe('prober: redis', server.target, { timeoutSeconds: 0.3 });
  t.equal(probed.verdict, 'request/response_timeout');
});

t.test('a script without end costs the time that the probe has, and its result says so', async (t) => {
  const info = withInfo(SMALL_INFO);
  const server = await startRedisServer(t, (name, socket) => (name.startsWith('EVAL') ? '' : info(name, socket)));
  const yaml = 'prober: redis\nredis: {scripts: [{name: a, lua: "while true do end"}]}';
  const probed = await probe(yaml, server.target, { timeoutSeconds: 1 });
  t.equal(probed.verdict, 'request/response_timeout');
  t.equal(probed.metrics['redis_script_result{filename="a"}'], 0);
});

/** Sections of INFO with far more of a kind than any server has. */
const FLOODS: readonly (readonly [name: string, info: string, most: number])[] = [
  ['commands', flood('Commandstats', (n) => `cmdstat_c${n}:calls=1,usec=1,usec_per_call=1`, 15_000), 2500],
  ['databases', flood('Keyspace', (n) => `db${n}:keys=1,expires=1,avg_ttl=1`, 20_000), 3500],
  ['errors', flood('Errorstats', (n) => `errorstat_E${n}:count=1`, 20_000), 1500],
  ['replicas', flood('Replication', (n) => `slave${n}:ip=${n},port=1,state=online,offset=1,lag=1`, 10_000), 2500],
  ['masters', flood('Sentinel', (n) => `master${n}:name=${n},status=ok,address=a,slaves=1,sentinels=1`, 10_000), 3500],
  ['own fields', flood('Cluster', (n) => `cluster_x${n}:1`, 20_000), 400],
  ['parts of a line', `redis_version:7\r\n# Keyspace\r\ndb0:${'keys=1,'.repeat(100_000)}`, 400],
];

function flood(section: string, line: (index: number) => string, count: number): string {
  return `redis_version:7\r\n# ${section}\r\n${Array.from({ length: count }, (_unused, index) => line(index)).join('\r\n')}\r\n`;
}

t.test('the series of a server are bounded', async (t) => {
  for (const [name, info, most] of FLOODS) {
    const server = await startRedisServer(t, withInfo(info));
    const probed = await probe('prober: redis', server.target);
    t.equal(probed.verdict, 'ok', name);
    t.ok(Object.keys(probed.metrics).length < most, `${name}: ${Object.keys(probed.metrics).length} series`);
  }
});

t.test('a long name that many lines repeat is not repeated at its length', async (t) => {
  const host = 'h'.repeat(500_000);
  const lines = Array.from({ length: 1024 }, (_unused, n) => `master_port:${n}\r\nmaster_link_status:up\r\n`).join('');
  const server = await startRedisServer(
    t,
    withInfo(`redis_version:7\r\n# Replication\r\nrole:slave\r\nmaster_host:${host}\r\n${lines}`),
  );
  const probed = await probe('prober: redis', server.target);
  t.equal(probed.verdict, 'ok');
  const names = Object.keys(probed.metrics);
  t.equal(names.filter((name) => name.startsWith('redis_master_link_up{')).length, 1024);
  t.ok(names.join('').length < 4 * MIB, `${names.join('').length} characters`);
});

t.test('names that every object has are names like others', async (t) => {
  const info = '# Commandstats\r\ncmdstat___proto__:calls=1,usec=2,usec_per_call=2\r\nconstructor:1\r\n__proto__:1\r\n';
  const server = await startRedisServer(t, withInfo(info));
  const probed = await probe('prober: redis', server.target);
  t.equal(probed.metrics['redis_commands_total{cmd="__proto__"}'], 1);
});

const ASKING = `prober: redis
redis: {check_keys: ['*'], check_single_keys: [one], count_keys: ['a*'], check_streams: ['*'], client_list: true}`;

/** A list of RESP, of texts, numbers and what is RESP already. */
function list(...values: readonly (string | number)[]): string {
  const parts = values.map((value) => (typeof value === 'number' ? `:${value}\r\n` : bulk(value)));
  return `*${values.length}\r\n${parts.join('')}`;
}

function answering(answers: Readonly<Record<string, string>>): ReturnType<typeof withInfo> {
  const info = withInfo(SMALL_INFO);
  return (command, socket) => {
    const known = Object.entries(answers).find(([beginning]) => command.startsWith(beginning));
    return known === undefined ? info(command, socket) : known[1];
  };
}

const names = (count: number): readonly string[] => Array.from({ length: count }, (_unused, index) => `key${index}`);
const scanned = (cursor: string, keys: readonly string[]): string => `*2\r\n${bulk(cursor)}${list(...keys)}`;
const groups = (count: number): string =>
  names(count)
    .map((name) => list('name', name, 'pending', 1))
    .join('');

/** What a server says to what a module asks for, and the most series that come of it. */
const EXTRAS: readonly (readonly [name: string, answers: Readonly<Record<string, string>>, most: number])[] = [
  ['nothing is known', {}, 120],
  ['no such database', { SELECT: '-ERR DB index is out of range\r\n', SCAN: scanned('0', names(5)) }, 120],
  ['more keys than are shown', { SELECT: '+OK\r\n', SCAN: scanned('0', names(15_000)), TYPE: '+none\r\n' }, 1200],
  ['a cursor that is none', { SELECT: '+OK\r\n', SCAN: list(1, 2) }, 120],
  [
    'types of no kind',
    { SELECT: '+OK\r\n', SCAN: scanned('0', names(5)), TYPE: '*1\r\n:1\r\n', MEMORY: '+x\r\n' },
    120,
  ],
  [
    'more groups than are shown',
    {
      ...{ SELECT: '+OK\r\n', SCAN: scanned('0', ['s']), 'XINFO STREAM': list('length', 1) },
      ...{ 'XINFO GROUPS': `*300\r\n${groups(300)}`, 'XINFO CONSUMERS': `*20\r\n${groups(20)}` },
    },
    256 * 5 + 2 * 5000 + 150,
  ],
  ['more clients than are shown', { 'CLIENT LIST': bulk('id=1 addr=a:1 name=\n'.repeat(20_000)) }, 150],
  ['keys without end', { SELECT: '+OK\r\n', SCAN: `*2\r\n${bulk('0')}*1\r\n$9999999\r\n` }, 120],
  [
    'a stream with a huge entry',
    { SELECT: '+OK\r\n', SCAN: scanned('0', ['s']), 'XINFO STREAM': bulk('x'.repeat(2 * MIB)) },
    120,
  ],
  ['clients without end', { 'CLIENT LIST': bulk('x'.repeat(2 * MIB)) }, 120],
];

t.test('what a module asks for beside INFO is bounded, and costs itself alone', async (t) => {
  for (const [name, answers, most] of EXTRAS) {
    const server = await startRedisServer(t, answering(answers));
    const probed = await probe(ASKING, server.target);
    t.equal(probed.verdict, 'ok', name);
    t.ok(Object.keys(probed.metrics).length < most, `${name}: ${Object.keys(probed.metrics).length} series`);
  }
});

t.test('a cursor that never ends costs the time that the probe has', async (t) => {
  const server = await startRedisServer(t, answering({ SELECT: '+OK\r\n', SCAN: scanned('1', []) }));
  const probed = await probe(ASKING, server.target, { timeoutSeconds: 0.3 });
  t.equal(probed.verdict, 'request/response_timeout');
});

t.test('names that are too long are not held, and nothing is asked about them', async (t) => {
  const [long, fits] = ['x'.repeat(4097), 'x'.repeat(4096)];
  const asked: string[] = [];
  const known = {
    ...{ SELECT: '+OK\r\n', SCAN: scanned('0', [long, fits, 's']), TYPE: '+none\r\n' },
    ...{ 'XINFO STREAM': list('length', 1), 'XINFO GROUPS': `*2\r\n${list('name', long)}${list('name', 'g')}` },
  };
  const server = await startRedisServer(t, (command, socket) => {
    asked.push(command);
    return answering(known)(command, socket);
  });
  const probed = await probe("prober: redis\nredis: {check_keys: ['*'], check_streams: ['*']}", server.target);
  t.equal(probed.verdict, 'ok');
  const about = (beginning: string): readonly string[] => asked.filter((command) => command.startsWith(beginning));
  t.same(about('TYPE'), [`TYPE ${fits}`, 'TYPE s']);
  t.same(about('XINFO GROUPS'), [`XINFO GROUPS ${fits}`, 'XINFO GROUPS s']);
  t.same(about('XINFO CONSUMERS'), [`XINFO CONSUMERS ${fits} g`, 'XINFO CONSUMERS s g']);
});

t.test('answers to commands that are asked at once are bounded together', async (t) => {
  let answered = 0;
  const text = bulk('x'.repeat(900_000));
  const server = await startRedisServer(t, (command, socket) => {
    if (command.startsWith('TYPE')) answered++;
    const known = { SELECT: '+OK\r\n', SCAN: scanned('0', names(50)), TYPE: text, MEMORY: ':1\r\n' };
    return answering(known)(command, socket);
  });
  const probed = await probe("prober: redis\nredis: {check_keys: ['*']}", server.target);
  t.equal(probed.verdict, 'ok', 'what is asked for beside INFO costs itself alone');
  t.equal(answered, 50);
  t.match(probed.log, 'answers of more than 16777216 bytes');
  t.notOk(Object.keys(probed.metrics).some((each) => each.startsWith('redis_key_memory')));
});

t.test('nodes of a cluster', async (t) => {
  const nodes = [
    'id 10.0.0.1:7001@17001,one.example master - 0 0 1 connected 0-5',
    'id 10.0.0.2:7002@17002 slave',
    'id :7003@17003 noaddr',
    'nonsense',
    '',
  ];
  const server = await startRedisServer(t, answering({ 'CLUSTER NODES': bulk(nodes.join('\n')) }));
  const probed = await probe('prober: redis\nredis: {cluster_nodes: true}', server.target);
  const series = Object.keys(probed.metrics).filter((each) => each.startsWith('probe_redis_cluster_node_info'));
  t.same(series, [
    'probe_redis_cluster_node_info{address="10.0.0.1:7001",hostname="one.example:7001"}',
    'probe_redis_cluster_node_info{address="10.0.0.2:7002",hostname=""}',
  ]);
  const alone = await startRedisServer(
    t,
    answering({ 'CLUSTER NODES': '-ERR This instance has cluster support disabled\r\n' }),
  );
  t.equal((await probe('prober: redis\nredis: {cluster_nodes: true}', alone.target)).verdict, 'request/protocol_error');
});
