import type { HostileModule } from '../hostile-row.js';
import { drip, floodAfterHello, type HostileServer, LOGIN, serverRows, type Talk } from './server-rows.js';

const REDIS: HostileModule = { prober: 'redis', redis: LOGIN };
const REDIS_OPEN: HostileModule = { prober: 'redis', redis: {} };
const NGINX: HostileModule = { prober: 'nginx', nginx: {} };

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
const HEAD = '# Server\r\nredis_version:7.0.15\r\n';
const info = (lines: string): Talk => floodAfterHello(`+OK\r\n${bulk(HEAD + lines)}`, '+OK\r\n');
/** As much as an answer may have, in lines of one section. */
const BIG = 900_000;
const infoOf = (section: string, line: (at: number) => string): Talk => {
  let text = `# ${section}\r\n`;
  for (let at = 0; text.length < BIG; at++) text += `${line(at)}\r\n`;
  return info(text);
};

const REDIS_SERVERS: readonly HostileServer[] = [
  ['a bulk of 2^53 bytes', REDIS_OPEN, floodAfterHello('$9007199254740993\r\n', 'a')],
  ['a bulk of -2 bytes', REDIS_OPEN, floodAfterHello('$-2\r\n', 'a')],
  ['an endless line', REDIS_OPEN, floodAfterHello('', 'a')],
  ['line feeds', REDIS_OPEN, floodAfterHello('', '\r\n')],
  ['lists in lists', REDIS_OPEN, floodAfterHello('', '*1\r\n')],
  ['lists of nothing', REDIS_OPEN, floodAfterHello('', '*0\r\n')],
  ['lists of 20,000', REDIS_OPEN, floodAfterHello('*20000\r\n', ':1\r\n')],
  ['errors', REDIS_OPEN, floodAfterHello('', '-ERR x\r\n')],
  ['an error of 1 MB', REDIS_OPEN, floodAfterHello(`-ERR ${'\xff'.repeat(500_000)}\r\n`, 'a')],
  ['a text of 1 MB', REDIS_OPEN, floodAfterHello(bulk('\xff'.repeat(500_000)), 'a')],
  ['AUTH without end', REDIS, floodAfterHello('', '+QUEUED\r\n')],
  ['INFO: commands', REDIS, infoOf('Commandstats', (at) => `cmdstat_c${at}:calls=1,usec=1,usec_per_call=1.00`)],
  ['INFO: latencies', REDIS, infoOf('Latencystats', (at) => `latency_percentiles_usec_c${at}:p50=1,p99=2,p99.9=3`)],
  ['INFO: databases', REDIS, infoOf('Keyspace', (at) => `db${at}:keys=1,expires=0,avg_ttl=0`)],
  ['INFO: errors', REDIS, infoOf('Errorstats', (at) => `errorstat_E${at}:count=1`)],
  ['INFO: replicas', REDIS, infoOf('Replication', (at) => `slave${at}:ip=10.0.0.1,port=1,state=online,offset=1,lag=1`)],
  [
    'INFO: masters',
    REDIS,
    infoOf('Sentinel', (at) => `master${at}:name=m${at},status=ok,address=1:1,slaves=1,sentinels=1`),
  ],
  ['INFO: modules', REDIS, infoOf('Modules', (at) => `module:name=m${at},ver=1,api=1`)],
  ['INFO: one field', REDIS, infoOf('Server', (at) => `f${at}:1`)],
  ['INFO: one long line', REDIS, info(`cmdstat_x:${'calls=1,'.repeat(100_000)}\r\n`)],
  ['INFO: one long database', REDIS, info(`# Keyspace\r\ndb0:${'keys=1,'.repeat(100_000)}\r\n`)],
  ['INFO: colons', REDIS, info(`${':'.repeat(900_000)}\r\n`)],
  ['INFO: blank lines', REDIS, info('\r\n'.repeat(450_000))],
  ['INFO: digits', REDIS, info(`uptime_in_seconds:${'9'.repeat(900_000)}\r\n`)],
  [
    'a byte each ms',
    REDIS,
    (socket) => {
      drip(socket, Buffer.from(`+OK\r\n${bulk(HEAD.repeat(9999))}`), 1);
    },
  ],
];

const http = (text: string): string => `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\n${text}`;
const PAGE = 'Active connections: 1 \nserver accepts handled requests\n 1 1 1 \nReading: 0 Writing: 1 Waiting: 0 \n';
const NGINX_SERVERS: readonly HostileServer[] = [
  ['a page without end', NGINX, floodAfterHello(http(PAGE), ' ')],
  ['a head without end', NGINX, floodAfterHello('HTTP/1.1 200 OK\r\n', 'a: b\r\n')],
  ['digits', NGINX, floodAfterHello(http('Active connections: '), '9')],
  ['blanks', NGINX, floodAfterHello(http('Active connections:'), ' ')],
  ['chunks of a byte', NGINX, floodAfterHello('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n', '1\r\n9\r\n')],
  ['continues', NGINX, floodAfterHello('', 'HTTP/1.1 100 Continue\r\n\r\n')],
  ['gzip', NGINX, floodAfterHello('HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n', '\x1f\x8b')],
  [
    'a byte each ms',
    NGINX,
    (socket) => {
      drip(socket, Buffer.from(http(PAGE.repeat(99))), 1);
    },
  ],
];

/** Servers for the probers redis and nginx. */
export const REDIS_AND_NGINX = [
  ...serverRows('redis', REDIS_SERVERS),
  ...serverRows('nginx', NGINX_SERVERS, 'http://'),
];
