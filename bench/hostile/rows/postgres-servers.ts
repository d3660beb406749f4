import type { Socket } from 'node:net';
import * as pg from '../../../test/helpers/servers/postgres-server.js';
import type { HostileModule } from '../hostile-row.js';
import { flood } from '../tcp-target.js';
import { drip, type HostileServer, LOGIN, serverRows, type Talk } from './server-rows.js';

const POSTGRES: HostileModule = { prober: 'postgres', postgres: LOGIN };

const columnsWith = (name: string, count: number): Buffer => {
  const each = Buffer.concat([Buffer.from(`${name}\0`), Buffer.alloc(18)]);
  return pg.pgMessage('T', pg.int16(count), ...Array.from({ length: count }, () => each));
};

function pgServer(answer: (sql: string, socket: Socket) => Buffer, version = pg.VERSION): Talk {
  return (socket) => {
    let isIn = false;
    let pending = Buffer.alloc(0);
    socket.on('data', (chunk: Buffer) => {
      if (!isIn) {
        isIn = true;
        socket.write(pg.WELCOME);
        return;
      }
      pending = Buffer.concat([pending, chunk]);
      while (pending.length >= 5 && pending.length > pending.readUInt32BE(1)) {
        const end = pending.readUInt32BE(1) + 1;
        const sql = pending.toString('utf8', 5, end - 1);
        pending = pending.subarray(end);
        socket.write(sql.includes('version()') ? version : answer(sql, socket));
      }
    });
  };
}

/** As many columns as the statement has is not known: so many that some fit. */
const pgRows = (count: number, columns: number, value: (at: number) => string): Buffer =>
  Buffer.concat([
    pg.columns(columns),
    ...Array.from({ length: count }, (_unused, at) => pg.row(...Array.from({ length: columns }, () => value(at)))),
    pg.DONE,
  ]);

const SASL = pg.pgMessage('R', pg.int32(10), 'SCRAM-SHA-256\0\0');

/** Wants a proof with that many rounds, of a new salt each time. `waitMs` before it does. */
function scram(rounds: number, waitMs: number): Talk {
  return (socket) => {
    let turn = 0;
    socket.on('data', (chunk: Buffer) => {
      if (turn++ === 0) {
        setTimeout(() => socket.write(SASL), waitMs);
        return;
      }
      const nonce = /r=([^,]+)$/.exec(chunk.toString('latin1'))?.[1];
      if (nonce === undefined) return;
      const salt = Buffer.from(`${Math.random()}`).toString('base64');
      socket.write(pg.pgMessage('R', pg.int32(11), `r=${nonce}x,s=${salt},i=${rounds}`));
    });
  };
}

/** The same again and again. */
function scramInCircles(socket: Socket): void {
  socket.on('data', (chunk: Buffer) => {
    const nonce = /r=([^,]+)$/.exec(chunk.toString('latin1'))?.[1];
    if (nonce === undefined) {
      socket.write(SASL);
      return;
    }
    const salt = Buffer.from(`${Math.random()}`).toString('base64');
    socket.write(Buffer.concat([pg.pgMessage('R', pg.int32(11), `r=${nonce}x,s=${salt},i=1000000`)]));
    setTimeout(() => socket.write(SASL), 400);
  });
}

const POSTGRES_SERVERS: readonly HostileServer[] = [
  ['SCRAM with a million rounds', POSTGRES, scram(1_000_000, 0)],
  ['SCRAM with a million rounds at the last moment', POSTGRES, scram(1_000_000, 2900)],
  ['SCRAM in circles', POSTGRES, scramInCircles],
  [
    'md5 in circles',
    POSTGRES,
    (socket) => {
      socket.on('data', () => socket.write(pg.pgMessage('R', pg.int32(5), 'salt')));
    },
  ],
  [
    'md5, all at once',
    POSTGRES,
    (socket) => {
      socket.once('data', () => {
        flood(socket, pg.pgMessage('R', pg.int32(5), 'salt'));
      });
    },
  ],
  [
    'notices',
    POSTGRES,
    (socket) => {
      socket.once('data', () => {
        socket.write(pg.WELCOME);
        flood(socket, pg.complaint('00000', 'x', 'NOTICE', 'N'));
      });
    },
  ],
  [
    'notices before the log-in',
    POSTGRES,
    (socket) => {
      socket.once('data', () => {
        socket.write(pg.pgMessage('R', pg.int32(0)));
        flood(socket, pg.complaint('00000', 'x', 'NOTICE', 'N'));
      });
    },
  ],
  [
    'settings',
    POSTGRES,
    (socket) => {
      socket.once('data', () => {
        socket.write(pg.pgMessage('R', pg.int32(0)));
        flood(socket, pg.pgMessage('S', 'a\0', 'b\0'));
      });
    },
  ],
  [
    'ready without end',
    POSTGRES,
    (socket) => {
      socket.once('data', () => {
        socket.write(pg.WELCOME);
        flood(socket, pg.pgMessage('Z', 'I'));
      });
    },
  ],
  [
    'a message of 4 GiB',
    POSTGRES,
    (socket) => {
      socket.once('data', () => {
        socket.write(Buffer.from([0x52, 255, 255, 255, 255]));
        flood(socket, Buffer.from('a'));
      });
    },
  ],
  [
    'a message of -1',
    POSTGRES,
    (socket) => {
      socket.once('data', () => {
        flood(socket, Buffer.from([0x52, 0, 0, 0, 0]));
      });
    },
  ],
  [
    'a mechanism of 1 MB',
    POSTGRES,
    (socket) => {
      socket.once('data', () => socket.write(pg.pgMessage('R', pg.int32(10), `${'a\0'.repeat(500_000)}\0`)));
    },
  ],
  ['copies', POSTGRES, pgServer(() => pg.pgMessage('G', Buffer.from([0, 0, 0])))],
  ['30,000 rows of nothing', POSTGRES, pgServer(() => pgRows(30_000, 0, () => ''))],
  ['40,000 rows of nine', POSTGRES, pgServer(() => pgRows(40_000, 9, (at) => `idle${at}`))],
  [
    '4,900 sessions',
    POSTGRES,
    pgServer((sql) => (sql.includes('pg_stat_activity a') ? pgRows(4900, 9, (at) => `idle${at}`) : pg.DONE)),
  ],
  [
    '4,900 databases',
    POSTGRES,
    pgServer((sql) => (sql.includes('pg_stat_activity a') ? pgRows(4900, 9, (at) => `${at}`) : pg.DONE)),
  ],
  [
    '5,000 settings',
    POSTGRES,
    pgServer((sql) => (sql.includes('pg_settings') ? pgRows(5000, 5, (at) => `setting${at}`) : pg.DONE)),
  ],
  ['1,000 rows of 30 for each', POSTGRES, pgServer(() => pgRows(1000, 30, (at) => `${at}`))],
  ['1,000 rows of two for each', POSTGRES, pgServer(() => pgRows(1000, 2, (at) => `${at}`))],
  ['1,000 rows of three for each', POSTGRES, pgServer(() => pgRows(1000, 3, (at) => `${at}`))],
  [
    '10,000 tables',
    POSTGRES,
    pgServer((sql) => (sql.includes('pg_stat_user_tables') ? pgRows(10_000, 30, (at) => `${at}`) : pg.DONE)),
  ],
  ['labels of 300 KB', POSTGRES, pgServer(() => pgRows(1, 9, () => 'x'.repeat(100_000)))],
  ['30 labels of 30 KB', POSTGRES, pgServer(() => pgRows(30, 9, (at) => `${at}${'"'.repeat(3000)}`))],
  ['texts of 900 KB', POSTGRES, pgServer(() => pgRows(1, 9, () => 'x'.repeat(100_000)))],
  [
    'a version of 900 KB',
    POSTGRES,
    pgServer(() => pg.DONE, Buffer.concat([pg.columns(2), pg.row('1.'.repeat(400_000), '150018'), pg.DONE])),
  ],
  ['columns with long names', POSTGRES, pgServer(() => columnsWith('x'.repeat(10_000), 100))],
  ['an error of 1 MB', POSTGRES, pgServer(() => pg.complaint('42501', 'é'.repeat(500_000)))],
  [
    'an error of 1 MB at once',
    POSTGRES,
    (socket) => socket.once('data', () => socket.write(pg.complaint('28000', '\xff'.repeat(500_000)))),
  ],
  ['an error of 500,000 fields', POSTGRES, pgServer(() => pg.complaint('42501', 'x\0D'.repeat(330_000)))],
  [
    'errors',
    POSTGRES,
    pgServer((_sql, socket) => {
      flood(socket, pg.complaint('42501', 'x'));
      return Buffer.alloc(0);
    }),
  ],
  [
    'a byte each ms',
    POSTGRES,
    pgServer((_sql, socket) => {
      drip(
        socket,
        pgRows(1000, 9, () => '1'),
        1,
      );
      return Buffer.alloc(0);
    }),
  ],
];

/** Servers for the prober postgres. */
export const POSTGRES_SERVER_ROWS = serverRows('postgres', POSTGRES_SERVERS);
