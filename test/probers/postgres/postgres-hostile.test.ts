import { pbkdf2 } from 'node:crypto';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import t from 'tap';
import { POSTGRES_COLLECTORS } from '../../../src/services/exporters/postgres/postgres-flags.js';
import {
  columns,
  complaint,
  DONE,
  int16,
  int32,
  ONLY_VERSION,
  pgMessage,
  row,
  startPgServer,
  VERSION,
} from '../../helpers/servers/postgres-server.js';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

const MIB = 1024 * 1024;
const LOGIN = 'prober: postgres\npostgres: {username: u, password: secret, credentials_for: ["*"]}';

/** What a server says to whoever begins, and what comes of it. */
const GREETINGS: readonly (readonly [name: string, answer: Buffer | string, verdict: string])[] = [
  ['nothing', '', 'request/connection_closed'],
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'request/protocol_error'],
  ['zeros', '\0'.repeat(100_000), 'request/protocol_error'],
  ['a length of zero', 'R\0\0\0\0', 'request/protocol_error'],
  ['a length of 4 GiB', Buffer.from([0x52, 255, 255, 255, 255]), 'request/response_too_large'],
  ['a message that is cut off', pgMessage('R', int32(0)).subarray(0, 7), 'request/connection_closed'],
  ['an authentication without a method', pgMessage('R', 'ab'), 'request/protocol_error'],
  ['a salt that is too short', pgMessage('R', int32(5), 'ab'), 'request/protocol_error'],
  ['mechanisms without end', pgMessage('R', int32(10), 'SCRAM-SHA-256\0'), 'request/protocol_error'],
  ['a mechanism that nobody has', pgMessage('R', int32(10), 'OTHER\0\0'), 'request/auth_failed'],
  ['a way of logging in that nobody has', pgMessage('R', int32(7)), 'request/auth_failed'],
  ['the password as it is', pgMessage('R', int32(3)), 'request/auth_failed'],
  ['a list of 1 MB', pgMessage('R', int32(10), `${'a\0'.repeat(500_000)}\0`), 'request/response_too_large'],
  ['SCRAM that goes on before it began', pgMessage('R', int32(11), 'r=x,s=eA==,i=1'), 'request/protocol_error'],
  [
    'a key of the wrong length',
    Buffer.concat([pgMessage('R', int32(0)), pgMessage('K', 'abc')]),
    'request/protocol_error',
  ],
  [
    'ready, but in no state that there is',
    Buffer.concat([pgMessage('R', int32(0)), pgMessage('Z', 'X')]),
    'request/protocol_error',
  ],
  ['columns before a question', Buffer.concat([pgMessage('R', int32(0)), columns(1)]), 'request/protocol_error'],
  ['an error without an end', pgMessage('E', 'Mabc'), 'request/protocol_error'],
  ['an error of 100,000 fields', complaint('28000', 'x\0D'.repeat(100_000), 'FATAL'), 'request/response_too_large'],
  ['an error of 900 KB', complaint('28000', 'é'.repeat(450_000), 'FATAL'), 'request/auth_failed'],
  ['too many clients', complaint('53300', 'sorry, too many clients already', 'FATAL'), 'request/too_many_connections'],
  ['the wrong password', complaint('28P01', 'password authentication failed', 'FATAL'), 'request/auth_failed'],
  ['no entry in pg_hba.conf', complaint('28000', 'no pg_hba.conf entry', 'FATAL'), 'request/auth_failed'],
  ['no right to connect', complaint('42501', 'permission denied', 'FATAL'), 'request/permission_denied'],
  [
    'a copy that nobody asked for',
    Buffer.concat([pgMessage('R', int32(0)), pgMessage('G', '\0', int16(0))]),
    'request/protocol_error',
  ],
];

t.test('whatever a server begins with', async (t) => {
  for (const [name, answer, verdict] of GREETINGS) {
    const server = await startStreamServer(t, (socket) => socket.once('data', () => socket.end(answer)));
    const probed = await probe(LOGIN, server.target);
    t.equal(probed.verdict, verdict, `${name}: ${probed.log}`);
    t.equal(probed.metrics['pg_up'], 0, `${name}: not up`);
    t.notMatch(probed.log, /secret/, `${name}: no password is shown`);
  }
});

t.test('a password goes out only in ways that the module allows', async (t) => {
  for (const [methods, isSent] of [
    ['', false],
    [', auth_methods: [password]', true],
  ] as const) {
    let received = '';
    const server = await startStreamServer(t, (socket) => {
      socket.once('data', () => socket.write(pgMessage('R', int32(3))));
      socket.on('data', (chunk: Buffer) => {
        received += chunk.toString('latin1');
        if (received.includes('secret')) socket.end(complaint('28P01', 'no', 'FATAL'));
      });
    });
    const probed = await probe(LOGIN.replace('}', `${methods}}`), server.target);
    t.equal(probed.verdict, 'request/auth_failed');
    t.equal(received.includes('secret'), isSent, methods);
  }
});

t.test('SCRAM with so many rounds that they would take hours', async (t) => {
  const server = await startStreamServer(t, (socket) => {
    socket.once('data', () => {
      socket.write(pgMessage('R', int32(10), 'SCRAM-SHA-256\0\0'));
      socket.once('data', (chunk: Buffer) => {
        const nonce = /r=([^,]+)$/.exec(chunk.toString('latin1'))?.[1] ?? '';
        socket.write(pgMessage('R', int32(11), `r=${nonce}x,s=c2FsdA==,i=2000000000`));
      });
    });
  });
  const probed = await probe(LOGIN, server.target);
  t.equal(probed.verdict, 'request/auth_failed', probed.log);
});

t.test('a proof that takes long does not outlast the deadline', async (t) => {
  const rounds = 1_000_000;
  let begin: (rival: Promise<string>) => void = () => undefined;
  const rival = new Promise<string>((resolve) => {
    begin = resolve;
  });
  const server = await startStreamServer(t, (socket) => {
    socket.once('data', () => {
      socket.write(pgMessage('R', int32(10), 'SCRAM-SHA-256\0\0'));
      socket.once('data', (chunk: Buffer) => {
        const nonce = /r=([^,]+)$/.exec(chunk.toString('latin1'))?.[1] ?? '';
        // Begun before the proof, and as long.
        begin(promisify(pbkdf2)('secret', 'other', rounds, 32, 'sha256').then(() => 'the rounds'));
        socket.write(pgMessage('R', int32(11), `r=${nonce}x,s=c2FsdA==,i=${rounds}`));
      });
    });
  });
  const probed = probe(LOGIN, server.target, { timeoutSeconds: 0.05 });
  t.equal(await Promise.race([rival, probed.then(({ verdict }) => verdict)]), 'request/response_timeout');
  await rival;
});

t.test('the password is asked for once', async (t) => {
  const asked: number[] = [];
  const server = await startStreamServer(t, (socket) => {
    socket.on('data', ({ length }: Buffer) => {
      asked.push(length);
      socket.write(pgMessage('R', int32(5), 'salt'));
    });
  });
  const probed = await probe(LOGIN, server.target);
  t.equal(probed.verdict, 'request/protocol_error', probed.log);
  t.match(probed.log, /a second request for the password/);
  t.equal(asked.length, 2, 'the greeting, and one proof');
});

const VALUE = int32(-1);

/** What a server says to a question, and what comes of it. */
const ANSWERS: readonly (readonly [name: string, answer: Buffer, verdict: string])[] = [
  [
    'a value longer than its row',
    Buffer.concat([columns(1), pgMessage('D', int16(1), int32(99), 'x')]),
    'request/protocol_error',
  ],
  [
    'a value of negative length',
    Buffer.concat([columns(1), pgMessage('D', int16(1), int32(-2))]),
    'request/protocol_error',
  ],
  [
    'more than the values of a row',
    Buffer.concat([columns(1), pgMessage('D', int16(1), VALUE, 'x')]),
    'request/protocol_error',
  ],
  [
    'a row with other columns',
    Buffer.concat([columns(1), pgMessage('D', int16(2), VALUE, VALUE)]),
    'request/protocol_error',
  ],
  ['32,767 columns', pgMessage('T', int16(32_767)), 'request/response_too_large'],
  ['a column without its end', pgMessage('T', int16(1), 'abc'), 'request/protocol_error'],
  ['rows before columns', row('x'), 'request/protocol_error'],
  ['a row of 2 MiB', Buffer.concat([columns(1), row('x'.repeat(2 * MIB))]), 'request/response_too_large'],
  [
    'rows without end',
    Buffer.concat([columns(1), ...Array.from({ length: 60_000 }, () => row('x'))]),
    'request/response_too_large',
  ],
  [
    'notices without end',
    Buffer.concat(Array.from({ length: 60_000 }, () => complaint('01000', 'x', 'WARNING', 'N'))),
    'request/response_too_large',
  ],
  [
    '17 MiB of rows',
    Buffer.concat([columns(1), ...Array.from({ length: 34 }, () => row('x'.repeat(MIB / 2)))]),
    'request/response_too_large',
  ],
  [
    'readiness again and again',
    Buffer.concat(Array.from({ length: 60_000 }, () => pgMessage('Z', 'I'))),
    'request/protocol_error',
  ],
  ...['i', '\0', 'X'].map((state): (typeof ANSWERS)[number] => [
    `the version, and a state of the transaction that is none: ${JSON.stringify(state)}`,
    Buffer.concat([VERSION.subarray(0, -1), Buffer.from(state)]),
    'request/protocol_error',
  ]),
  ['a version that is none', Buffer.concat([columns(2), row('MySQL', 'x'), DONE]), 'request/protocol_error'],
  ['no version', DONE, 'request/protocol_error'],
  [
    'a refusal of the version',
    Buffer.concat([complaint('42501', 'no'), pgMessage('Z', 'I')]),
    'request/protocol_error',
  ],
  ['the end of the server', complaint('57P01', 'terminating connection', 'FATAL'), 'request/connection_closed'],
];

t.test('whatever a server answers', async (t) => {
  for (const [name, answer, verdict] of ANSWERS) {
    const server = await startPgServer(t, (_sql, socket) => {
      setTimeout(() => socket.end(), 50);
      return answer;
    });
    const probed = await probe('prober: postgres', server.target);
    t.equal(probed.verdict, verdict, `${name}: ${probed.log.slice(0, 500)}`);
    t.equal(probed.metrics['pg_up'], 0, `${name}: not up`);
  }
});

t.test('a server that is silent after the login, or stops in the middle', async (t) => {
  for (const [name, answer] of [
    ['silent', Buffer.alloc(0)],
    ['in the middle of a message', VERSION.subarray(0, 20)],
    ['in the middle of an answer', columns(2)],
  ] as const) {
    const silent = await startPgServer(t, () => answer);
    t.equal(
      (await probe('prober: postgres', silent.target, { timeoutSeconds: 0.5 })).verdict,
      'request/response_timeout',
      name,
    );
    const ending = await startPgServer(t, (_sql, socket) => {
      socket.end(answer);
      return Buffer.alloc(0);
    });
    t.equal((await probe('prober: postgres', ending.target)).verdict, 'request/connection_closed', name);
  }
});

t.test('messages in pieces of one byte', async (t) => {
  const write = (socket: Socket, bytes: Buffer): Buffer => {
    for (const byte of bytes) socket.write(Buffer.from([byte]));
    return Buffer.alloc(0);
  };
  const server = await startPgServer(t, (sql, socket) => {
    socket.setNoDelay(true);
    return write(socket, ONLY_VERSION(sql, socket));
  });
  const probed = await probe('prober: postgres', server.target);
  t.equal(probed.verdict, 'ok', probed.log);
});

t.test('a collector that is refused costs its own metrics', async (t) => {
  const server = await startPgServer(t, (sql) => {
    if (sql.includes('version()')) return VERSION;
    if (sql.includes('FROM pg_roles'))
      return Buffer.concat([columns(2), row('root', '-1'), row('__proto__', '5'), DONE]);
    return Buffer.concat([complaint('42501', 'permission denied for it'), pgMessage('Z', 'I')]);
  });
  const probed = await probe('prober: postgres', server.target);
  t.equal(probed.verdict, 'ok');
  t.equal(probed.metrics['pg_up'], 1);
  t.equal(probed.metrics['pg_roles_connection_limit{rolname="root"}'], -1);
  t.equal(probed.metrics['pg_roles_connection_limit{rolname="__proto__"}'], 5);
  t.equal(probed.metrics['pg_scrape_collector_success{collector="roles"}'], 1);
  t.equal(probed.metrics['pg_scrape_collector_success{collector="wal"}'], 0);
  t.match(probed.log, /permission denied for it/);
  t.equal(
    probed.metrics[
      `pg_static{server="${server.target}",short_version="15.18.0",version="PostgreSQL 15.18 on nothing"}`
    ],
    1,
  );
});

/** Answers that are larger than their bounds, and what the log says of them. */
const TOO_LARGE: readonly (readonly [name: string, answer: readonly Buffer[], log: RegExp])[] = [
  ['a row of 2 MiB', [columns(1), row('x'.repeat(2 * MIB)), DONE], /a message of 2097\d+ bytes/],
  [
    'small rows before and after it',
    [columns(2), row('a', '1'), row('x'.repeat(2 * MIB), '1'), row('b', '1'), DONE],
    /a message of 2097\d+ bytes/,
  ],
  [
    '17 MiB of rows',
    [columns(1), ...Array.from({ length: 34 }, () => row('x'.repeat(MIB / 2))), DONE],
    /more than 16777216 bytes/,
  ],
  ['60,000 rows', [columns(1), ...Array.from({ length: 60_000 }, () => row('x')), DONE], /more than 50000 rows/],
  ['columns of 2 MiB', [pgMessage('T', 'x'.repeat(2 * MIB)), row('x'), DONE], /a message of 2097\d+ bytes/],
  ['an error of 2 MiB', [complaint('P0001', 'x'.repeat(2 * MIB)), pgMessage('Z', 'I')], /a message of 2097\d+ bytes/],
  [
    'a notice of 2 MiB, and an error',
    [
      complaint('01000', 'x'.repeat(2 * MIB), 'WARNING', 'N'),
      complaint('42501', 'no right to it'),
      pgMessage('Z', 'I'),
    ],
    /no right to it/,
  ],
];

t.test('an answer that is too large costs its own collector', async (t) => {
  for (const [name, answer, log] of TOO_LARGE) {
    const server = await startPgServer(t, (sql, socket) => {
      if (sql.includes('FROM pg_roles')) return Buffer.concat(answer);
      if (sql.includes('FROM pg_database WHERE')) return Buffer.concat([columns(3), row('d', '5', '7'), DONE]);
      return ONLY_VERSION(sql, socket);
    });
    const module = 'prober: postgres\npostgres: {collectors: {statio_user_indexes: true}}';
    const probed = await probe(module, server.target, { timeoutSeconds: 60 });
    t.equal(probed.verdict, 'ok', `${name}: ${probed.log.slice(0, 500)}`);
    t.equal(probed.metrics['pg_scrape_collector_success{collector="roles"}'], 0, name);
    t.equal(probed.metrics['pg_scrape_collector_success{collector="database"}'], 1, name);
    t.equal(probed.metrics['pg_database_size_bytes{datname="d"}'], 7, name);
    t.match(probed.log, log, name);
  }
});

t.test('what is passed over has an end, too', async (t) => {
  const head = Buffer.from('D\0\0\0\0');
  head.writeUInt32BE(257 * MIB, 1);
  const rows = [
    ['a row of 257 MiB', Buffer.concat([columns(1), head])],
    ['rows of 20 MiB', Buffer.concat([columns(1), row('x'.repeat(20 * MIB)), DONE])],
  ] as const;
  for (const [name, answer] of rows) {
    const server = await startPgServer(t, (sql) => (sql.includes('version()') ? VERSION : answer));
    const probed = await probe('prober: postgres', server.target, { timeoutSeconds: 60 });
    t.equal(probed.verdict, 'request/response_too_large', `${name}: ${probed.log.slice(0, 500)}`);
    t.match(probed.log, /more than 268435456 bytes/, name);
  }
});

t.test('as many tables as there can be, and one more', async (t) => {
  for (const [tables, success] of [
    [10_000, 1],
    [10_001, 0],
  ] as const) {
    const rows = Array.from({ length: tables }, (_unused, at) =>
      row('d', 's', `t${at}`, ...Array<string>(8).fill('7')),
    );
    const server = await startPgServer(t, (sql, socket) =>
      sql.includes('FROM pg_statio_user_tables')
        ? Buffer.concat([columns(11), ...rows, DONE])
        : ONLY_VERSION(sql, socket),
    );
    const { verdict, metrics, log } = await probe('prober: postgres', server.target, { timeoutSeconds: 60 });
    t.equal(verdict, 'ok', log.slice(0, 500));
    t.equal(metrics['pg_scrape_collector_success{collector="statio_user_tables"}'], success, `${tables} tables`);
    const last = 'pg_statio_user_tables_tidx_blocks_hit{datname="d",relname="t9999",schemaname="s"}';
    t.equal(metrics[last], success === 1 ? 7 : undefined);
  }
});

t.test('locks of as many databases as there can be', async (t) => {
  for (const [databases, success] of [
    [1000, 1],
    [1001, 0],
  ] as const) {
    const rows = Array.from({ length: databases * 9 }, (_unused, at) =>
      row(`d${Math.floor(at / 9)}`, `m${at % 9}`, '0'),
    );
    const server = await startPgServer(t, (sql, socket) =>
      sql.includes('pg_locks') ? Buffer.concat([columns(3), ...rows, DONE]) : ONLY_VERSION(sql, socket),
    );
    const { verdict, metrics } = await probe('prober: postgres', server.target, { timeoutSeconds: 60 });
    t.equal(verdict, 'ok');
    t.equal(metrics['pg_scrape_collector_success{collector="locks"}'], success, `${databases} databases`);
    t.equal(metrics['pg_locks_count{datname="d999",mode="m8"}'], success === 1 ? 0 : undefined);
  }
});

t.test('sessions of more databases than can be shown', async (t) => {
  const collectors = [...POSTGRES_COLLECTORS.keys()].map((name) => `${name}: false`).join(', ');
  const module = `prober: postgres\npostgres: {settings_metrics: false, collectors: {${collectors}}}`;
  for (const [count, series] of [
    [1000, 12_000],
    [1001, 0],
  ] as const) {
    const rows = Array.from({ length: count }, (_unused, at) => row(`d${at}`, 'idle', '', '', '', '', '', '1', '0'));
    const server = await startPgServer(t, (sql, socket) =>
      sql.includes('LEFT JOIN pg_stat_activity a')
        ? Buffer.concat([columns(9), ...rows, DONE])
        : ONLY_VERSION(sql, socket),
    );
    const { verdict, metrics, log } = await probe(module, server.target);
    t.equal(verdict, 'ok', log.slice(0, 500));
    t.equal(Object.keys(metrics).filter((name) => name.startsWith('pg_stat_activity_')).length, series, `${count}`);
  }
});

t.test('TLS: what a server says to the request for it', async (t) => {
  const tls = 'prober: postgres\npostgres: {tls: true}';
  for (const [name, answer, verdict] of [
    ['no', 'N', 'tls/tls_handshake_failed'],
    ['an error', complaint('08P01', 'no'), 'tls/tls_handshake_failed'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'tls/tls_handshake_failed'],
    ['yes, with bytes that no handshake protected', `S${'x'.repeat(100)}`, 'tls/tls_handshake_failed'],
    ['nothing', '', 'tls/connection_closed'],
  ] as const) {
    const server = await startStreamServer(t, (socket) => socket.once('data', () => socket.end(answer)));
    t.equal((await probe(tls, server.target)).verdict, verdict, name);
  }
  const silent = await startStreamServer(t, () => undefined);
  t.equal((await probe(tls, silent.target, { timeoutSeconds: 0.3 })).verdict, 'tls/tls_timeout', 'silent');
});
