import type { Socket } from 'node:net';
import * as my from '../../../test/helpers/servers/mysql-server.js';
import type { HostileModule } from '../hostile-row.js';
import { flood } from '../tcp-target.js';
import { drip, type HostileServer, LOGIN, serverRows, type Talk } from './server-rows.js';

const MYSQL: HostileModule = { prober: 'mysql', mysql: LOGIN };
/** As `sonde mysql` logs in. */
const MYSQL_EXPORTER: HostileModule = {
  prober: 'mysql',
  mysql: {
    ...LOGIN,
    get_server_public_key: true,
    auth_methods: ['mysql_native_password', 'caching_sha2_password', 'client_ed25519', 'sha256_password'],
  },
};

const MY_COLUMNS = 3;
/** Takes everybody in, and answers all that is asked with `answer`. */
function mysqlServer(answer: (sql: string, socket: Socket) => Buffer): Talk {
  return (socket) => {
    let turn = 0;
    socket.write(my.greeting());
    socket.on('data', (chunk: Buffer) => {
      if (turn++ === 0) socket.write(my.ok(2));
      else {
        const sql = chunk.toString('latin1', 5);
        if (sql.includes('@@version')) socket.write(my.VERSION);
        else if (sql.startsWith('SET ')) socket.write(my.ok(1));
        else socket.write(answer(sql, socket));
      }
    });
  };
}

function switching(payload: () => Buffer, first = my.greeting()): Talk {
  return (socket) => {
    socket.write(first);
    let number = 2;
    socket.on('data', () => {
      socket.write(my.packet(number, payload()));
      number += 2;
    });
  };
}

const NATIVE = Buffer.from('\xfemysql_native_password\x0012345678901234567890\0', 'latin1');
const ED25519 = Buffer.concat([Buffer.from('\xfeclient_ed25519\0', 'latin1'), Buffer.alloc(32, 1)]);
const SHA256 = Buffer.from('\xfesha256_password\x0012345678901234567890\0', 'latin1');
/** DER of an RSA key with these many bits in the modulus and the exponent. */
function rsaKey(modulusBits: number, exponentBits: number): Buffer {
  const integer = (bits: number): Buffer => {
    const body = Buffer.alloc(bits / 8 + 1, 0xff);
    body[0] = 0;
    return tlv(0x02, body);
  };
  const key = tlv(0x30, Buffer.concat([integer(modulusBits), integer(exponentBits)]));
  const algorithm = tlv(0x30, Buffer.from('06092a864886f70d0101010500', 'hex'));
  const spki = tlv(0x30, Buffer.concat([algorithm, tlv(0x03, Buffer.concat([Buffer.from([0]), key]))]));
  const lines = spki.toString('base64').replace(/.{64}/g, '$&\n');
  return Buffer.from(`-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----\n`);
}

function tlv(tag: number, body: Buffer): Buffer {
  const length =
    body.length < 128
      ? Buffer.from([body.length])
      : body.length < 65536
        ? Buffer.from([0x82, body.length >> 8, body.length & 255])
        : Buffer.from([0x83, body.length >> 16, (body.length >> 8) & 255, body.length & 255]);
  return Buffer.concat([Buffer.from([tag]), length, body]);
}

function givesKey(key: Buffer): Talk {
  return (socket) => {
    socket.write(my.greeting());
    let turn = 0;
    socket.on('data', () => {
      socket.write(turn++ === 0 ? my.packet(2, SHA256) : my.packet(4, 1, key));
    });
  };
}

const rowsOf = (count: number, value: string): Buffer =>
  my.table(
    Array.from({ length: MY_COLUMNS }, (_unused, at) => `c${at}`),
    Array.from({ length: count }, (_unused, at) => [`name${at}`, value, value]),
  );
const pairs = (count: number, name: (at: number) => string, value: string): Buffer =>
  my.table(
    ['a', 'b'],
    Array.from({ length: count }, (_unused, at) => [name(at), value]),
  );

/** Two names and eight numbers a table. */
const tables = (count: number): Buffer =>
  my.table(
    Array.from({ length: 10 }, (_unused, at) => `c${at}`),
    Array.from({ length: count }, (_unused, at) => Array.from({ length: 10 }, () => `${at}`)),
  );

const MYSQL_SERVERS: readonly HostileServer[] = [
  [
    'zeros',
    MYSQL,
    (socket) => {
      flood(socket, Buffer.alloc(4));
    },
  ],
  [
    'a packet of 16 MiB',
    MYSQL,
    (socket) => {
      socket.write(Buffer.from([255, 255, 255, 0]));
      flood(socket, Buffer.from('a'));
    },
  ],
  ['log-ins in circles', MYSQL, switching(() => NATIVE)],
  ['ed25519 in circles', MYSQL_EXPORTER, switching(() => ED25519)],
  ['a key of 2 KiB', MYSQL_EXPORTER, givesKey(rsaKey(16384, 24))],
  ['a key of 2 KiB with a long exponent', MYSQL_EXPORTER, givesKey(rsaKey(16384, 64))],
  ['a key of 384 bytes with an exponent as long', MYSQL_EXPORTER, givesKey(rsaKey(3072, 3072))],
  ['a key of 512 KiB', MYSQL_EXPORTER, givesKey(rsaKey(4_000_000, 24))],
  ['a key of 900 KiB of text', MYSQL_EXPORTER, givesKey(Buffer.from('-----BEGIN PUBLIC KEY-----\n'.repeat(33_000)))],
  ['a usual key', MYSQL_EXPORTER, givesKey(rsaKey(2048, 24))],
  ['a file that it wants', MYSQL, mysqlServer(() => my.packet(1, 0xfb, '/etc/passwd'))],
  [
    'columns without end',
    MYSQL,
    mysqlServer((_sql, socket) => {
      socket.write(my.packet(1, 200));
      for (let n = 2; n < 5000; n++) socket.write(my.column(n, 'c'));
      return Buffer.alloc(0);
    }),
  ],
  [
    'a column name of 1 MiB',
    MYSQL,
    mysqlServer(() =>
      Buffer.concat([
        my.packet(1, 1),
        my.packet(2, 3, 'def', 0, 0, 0, Buffer.from([0xfd, 0xf0, 0xff, 0x0f]), Buffer.alloc(0x0ffff0, 97)),
      ]),
    ),
  ],
  ['90,000 variables', MYSQL, mysqlServer(() => pairs(90_000, (at) => `v${at}`, '1'))],
  ['90,000 names alike', MYSQL, mysqlServer(() => pairs(90_000, () => 'Com_select', '1'))],
  ['names of 60 KB', MYSQL, mysqlServer(() => pairs(200, (at) => `com_${at}${'x'.repeat(60_000)}`, '1'))],
  ['names of 60 KB, 1 MB in all', MYSQL, mysqlServer(() => pairs(16, (at) => `com_${at}${'x'.repeat(60_000)}`, '1'))],
  ['values of 60 KB', MYSQL, mysqlServer(() => pairs(200, (at) => `v${at}`, '9'.repeat(60_000)))],
  ['a name of odd letters', MYSQL, mysqlServer(() => pairs(200, (at) => `${'\u00e9-. '.repeat(15_000)}${at}`, '1'))],
  [
    'galera options',
    MYSQL,
    mysqlServer(() => pairs(100, () => 'wsrep_provider_options', 'gcache.size = 1M; '.repeat(3500))),
  ],
  ['galera latencies', MYSQL, mysqlServer(() => pairs(100, () => 'wsrep_evs_repl_latency', '1/'.repeat(30_000)))],
  [
    'a version of 60 KB',
    MYSQL,
    (socket) => {
      mysqlServer(() => my.table(['@@version'], [['1.'.repeat(30_000)]]))(socket);
    },
  ],
  [
    '10,000 tables',
    { prober: 'mysql', mysql: { ...LOGIN, collectors: { 'perf_schema.tableiowaits': true } } },
    mysqlServer((sql) => (sql.includes('table_io_waits_summary_by_table') ? tables(10_000) : pairs(1, () => 'a', '1'))),
  ],
  ['30,000 rows of three', MYSQL, mysqlServer(() => rowsOf(30_000, '1'))],
  [
    'a byte each ms',
    MYSQL,
    mysqlServer((_sql, socket) => {
      drip(socket, rowsOf(1000, '1'), 1);
      return Buffer.alloc(0);
    }),
  ],
];

/** Servers for the prober mysql. */
export const MYSQL_SERVER_ROWS = serverRows('mysql', MYSQL_SERVERS);
