import t from 'tap';
import { probe } from '../../helpers/probe.js';
import { bulk, SMALL_INFO, startRedisServer, withInfo } from '../../helpers/redis-server.js';
import { startStreamServer } from '../../helpers/stream-server.js';

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

/** Sections of INFO with far more of a kind than any server has. */
const FLOODS: readonly (readonly [name: string, info: string, most: number])[] = [
  ['commands', flood('Commandstats', (n) => `cmdstat_c${n}:calls=1,usec=1,usec_per_call=1`, 15_000), 2500],
  ['databases', flood('Keyspace', (n) => `db${n}:keys=1,expires=1,avg_ttl=1`, 20_000), 3500],
  ['errors', flood('Errorstats', (n) => `errorstat_E${n}:count=1`, 20_000), 1500],
  ['replicas', flood('Replication', (n) => `slave${n}:ip=${n},port=1,state=online,offset=1,lag=1`, 10_000), 2500],
  ['masters', flood('Sentinel', (n) => `master${n}:name=${n},status=ok,address=a,slaves=1,sentinels=1`, 10_000), 3500],
  ['own fields', flood('Cluster', (n) => `cluster_x${n}:1`, 20_000), 400],
  ['parts of a line', `# Keyspace\r\ndb0:${'keys=1,'.repeat(100_000)}`, 400],
];

function flood(section: string, line: (index: number) => string, count: number): string {
  return `# ${section}\r\n${Array.from({ length: count }, (_unused, index) => line(index)).join('\r\n')}\r\n`;
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
  const server = await startRedisServer(t, withInfo(`# Replication\r\nrole:slave\r\nmaster_host:${host}\r\n${lines}`));
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
