import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import t from 'tap';
import {
  column,
  complaint,
  end,
  greeting,
  ok,
  ONLY_VERSION,
  packet,
  REFUSAL,
  startMysqlServer,
  table,
  text,
  TLS_FLAG,
  USUAL_FLAGS,
  VERSION,
} from '../../helpers/servers/mysql-server.js';
import { startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

const MIB = 1024 * 1024;
const LOGIN = 'prober: mysql\nmysql: {username: u, password: secret, credentials_for: ["*"]}';
const NUMBERS = Array.from({ length: 120_000 }, (_unused, at) => at);

/** What a server begins with, and what comes of it. */
const GREETINGS: readonly (readonly [name: string, says: Buffer | string, verdict: string])[] = [
  ['nothing', '', 'request/connection_closed'],
  ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'request/protocol_error'],
  ['SSH', 'SSH-2.0-OpenSSH_9.2\r\n', 'request/protocol_error'],
  ['zeros', '\0'.repeat(100_000), 'request/protocol_error'],
  ['an empty packet', packet(0), 'request/protocol_error'],
  ['a packet of 16 MiB', Buffer.from([255, 255, 255, 0]), 'request/response_too_large'],
  ['a greeting with another number', Buffer.from([1, 0, 0, 3, 10]), 'request/protocol_error'],
  ['a greeting that is cut off', greeting().subarray(0, 30), 'request/connection_closed'],
  ['a greeting that ends too early', packet(0, 10, '8.0.1\0', 'abc'), 'request/protocol_error'],
  ['a version without an end', packet(0, 10, 'x'.repeat(300)), 'request/protocol_error'],
  ['a greeting of protocol 9', packet(0, 9, '3.20\0', Buffer.alloc(60)), 'request/protocol_error'],
  ['a server from before plugins', greeting({ flags: 0xa200 }), 'request/protocol_error'],
  ['a plugin without an end', greeting().subarray(0, -1), 'request/connection_closed'],
  ['two greetings', Buffer.concat([greeting(), greeting()]), 'request/protocol_error'],
  ['a greeting and a consent', Buffer.concat([greeting(), ok(2)]), 'request/protocol_error'],
  ['too many connections', complaint(0, 1040, 'Too many connections', ''), 'request/too_many_connections'],
  ['a host that may not', complaint(0, 1130, "Host 'x' is not allowed to connect", ''), 'request/auth_failed'],
  ['a host that is blocked', complaint(0, 1129, "Host 'x' is blocked", ''), 'request/response_rejected'],
  ['an error of 8 KiB', complaint(0, 1040, 'x'.repeat(8192), ''), 'request/response_too_large'],
  ['an error that is cut off', packet(0, 0xff, 1), 'request/protocol_error'],
];

t.test('whatever a server begins with', async (t) => {
  for (const [name, says, verdict] of GREETINGS) {
    const server = await startStreamServer(t, (socket) => socket.end(says));
    const probed = await probe(LOGIN, server.target);
    t.equal(probed.verdict, verdict, `${name}: ${probed.log}`);
    t.equal(probed.metrics['mysql_up'], 0, `${name}: not up`);
    t.notMatch(probed.log, /secret/, `${name}: no password is shown`);
  }
});

const switchTo = (plugin: string, data = '12345678901234567890\0'): Buffer => packet(2, 0xfe, `${plugin}\0`, data);

/** What a server answers to a log-in, and what comes of it. */
const LOGIN_ANSWERS: readonly (readonly [name: string, says: Buffer, verdict: string])[] = [
  ['the wrong password', complaint(2, 1045, "Access denied for user 'u'", '#28000'), 'request/auth_failed'],
  ['no right to anything', complaint(2, 1044, 'Access denied', '#42000'), 'request/permission_denied'],
  ['TLS is required', complaint(2, 3159, 'insecure transport are prohibited', '#HY000'), 'request/auth_failed'],
  ['too many of this user', complaint(2, 1226, 'max_user_connections', '#42000'), 'request/too_many_connections'],
  ['a consent that is cut off', packet(2, Buffer.from([0, 0, 0, 2])), 'request/protocol_error'],
  ['a consent out of order', ok(7), 'request/protocol_error'],
  ['a plugin that nobody has', switchTo('dialog'), 'request/auth_failed'],
  ['a nonce that is too short', switchTo('client_ed25519'), 'request/protocol_error'],
  ['a plugin of Windows', switchTo('authentication_windows_client'), 'request/auth_failed'],
  ['the password as it is', switchTo('mysql_clear_password', ''), 'request/auth_failed'],
  ['the password by SHA-256', switchTo('sha256_password'), 'request/auth_failed'],
  ['the log-in from before 4.1', packet(2, 0xfe), 'request/protocol_error'],
  ['a scramble that is too short', switchTo('caching_sha2_password', 'abc'), 'request/protocol_error'],
  ['a second factor', packet(2, 0x02, 'mysql_native_password\0', 'x'.repeat(20)), 'request/protocol_error'],
  ['more of a plugin that was not asked for', packet(2, 1, 'x'.repeat(20)), 'request/protocol_error'],
  ['columns before a question', packet(2, 1), 'request/protocol_error'],
  ['a file that it would like', packet(2, 0xfb, '/etc/passwd'), 'request/protocol_error'],
];

t.test('whatever a server answers to a log-in', async (t) => {
  for (const [name, says, verdict] of LOGIN_ANSWERS) {
    let received = '';
    const server = await startStreamServer(t, (socket) => {
      socket.write(greeting());
      socket.once('data', () => {
        socket.write(says);
        setTimeout(() => socket.end(), 50);
      });
      socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
    });
    const probed = await probe(LOGIN, server.target);
    t.equal(probed.verdict, verdict, `${name}: ${probed.log}`);
    t.equal(probed.metrics['mysql_up'], 0, `${name}: not up`);
    t.notMatch(received, /secret/, `${name}: the password is not sent`);
    t.notMatch(received, /passwd/, `${name}: nor a file`);
  }
});

t.test('a first plugin that the module does not allow gets no proof, and may be passed over', async (t) => {
  for (const plugin of ['mysql_native_password', 'caching_sha2_password', 'client_ed25519', 'nobody_knows']) {
    for (const [then, verdict] of [
      [switchTo(plugin, 'x'.repeat(32)), 'request/auth_failed'],
      [ok(2), 'request/protocol_error'],
    ] as const) {
      const received: Buffer[] = [];
      const server = await startStreamServer(t, (socket) => {
        socket.write(greeting({ plugin }));
        socket.on('data', (chunk: Buffer) => {
          if (received.push(chunk) === 1) socket.write(then);
          else socket.end(ok(1));
        });
      });
      const methods = plugin === 'caching_sha2_password' ? 'mysql_native_password' : 'caching_sha2_password';
      const probed = await probe(LOGIN.replace('}', `, auth_methods: [${methods}]}`), server.target);
      t.equal(probed.verdict, verdict, plugin);
      t.match(received[0]?.subarray(36).toString('latin1'), /^u\0\0undecided\0$/, `${plugin}: no proof`);
    }
  }
});

t.test('without TLS the password itself goes to nobody, unless the module takes the key of the server', async (t) => {
  for (const [more, asked] of [
    ['', false],
    [', get_server_public_key: true', true],
  ] as const) {
    const received: Buffer[] = [];
    const server = await startStreamServer(t, (socket) => {
      socket.write(greeting({ plugin: 'caching_sha2_password' }));
      socket.once('data', () => {
        socket.write(packet(2, 1, 4));
        socket.once('data', (chunk: Buffer) => {
          received.push(chunk);
          // A key that is none.
          socket.write(packet(4, 1, '-----BEGIN PUBLIC KEY-----\nnonsense\n-----END PUBLIC KEY-----\n'));
        });
      });
    });
    const probed = await probe(LOGIN.replace('}', `${more}}`), server.target, { timeoutSeconds: 2 });
    t.match(probed.verdict, asked ? /^request\/(protocol_error|auth_failed)$/ : 'request/auth_failed', probed.log);
    t.equal(received.length, asked ? 1 : 0);
    t.notMatch(Buffer.concat(received).toString('latin1'), /secret/);
  }
});

/** What a server says to a question, and what comes of it. */
const ANSWERS: readonly (readonly [name: string, answer: Buffer, verdict: string])[] = [
  ['a value longer than its row', answerOf(packet(4, 99, 'x')), 'request/protocol_error'],
  ['a length that is none', answerOf(packet(4, 0xff, 'x')), 'request/protocol_error'],
  ['a length of 2^64', answerOf(packet(4, 0xfe, Buffer.alloc(8, 255), 'x')), 'request/protocol_error'],
  ['more than the values of a row', answerOf(packet(4, text('x'), text('y'))), 'request/protocol_error'],
  ['an empty row', answerOf(packet(4)), 'request/protocol_error'],
  ['60,000 columns', packet(1, 0xfc, 0x60, 0xea), 'request/response_too_large'],
  ['no columns, in two bytes', packet(1, 0xfc, 0, 0), 'request/protocol_error'],
  ['no columns, in eight bytes', packet(1, 0xfe, Buffer.alloc(8)), 'request/protocol_error'],
  ['a number of columns with more behind it', packet(1, 1, 'x'), 'request/protocol_error'],
  ['a column that is cut off', Buffer.concat([packet(1, 1), packet(2, 'abc')]), 'request/protocol_error'],
  [
    'columns without an end',
    Buffer.concat([packet(1, 1), column(2, 'c'), packet(3, text('x'))]),
    'request/protocol_error',
  ],
  ['rows before columns', Buffer.concat([packet(1, 1), end(2)]), 'request/protocol_error'],
  ['an end of the wrong length', answerOf(packet(4, 0xfe, 0)), 'request/protocol_error'],
  ['further results', answerOf(end(4, 0x0a)), 'request/protocol_error'],
  ['the wish for a file', packet(1, 0xfb, '/etc/passwd'), 'request/protocol_error'],
  ['a row out of order', answerOf(packet(9, text('x'))), 'request/protocol_error'],
  ['a row of 3 MiB', answerOf(packet(4, Buffer.alloc(3 * MIB, 1))), 'request/response_too_large'],
  ['rows without end', answerOf(...NUMBERS.map((at) => packet(4 + at, text('x')))), 'request/response_too_large'],
  [
    '17 MiB of rows',
    answerOf(...NUMBERS.slice(0, 300).map((at) => packet(4 + at, text('x'.repeat(60_000))))),
    'request/response_too_large',
  ],
  ['more than an answer', Buffer.concat([VERSION, end(7)]), 'request/protocol_error'],
  ['a version that is none', table(['@@version'], [['PostgreSQL']]), 'request/protocol_error'],
  ['no version', table(['@@version'], []), 'request/protocol_error'],
  ['a version that is NULL', table(['@@version'], [[null]]), 'request/protocol_error'],
  ['a refusal of the version', REFUSAL, 'request/protocol_error'],
  ['consent', ok(1), 'request/protocol_error'],
  ['the end of the server', complaint(1, 1053, 'Server shutdown in progress', '#08S01'), 'request/connection_closed'],
  ['the end of the session', complaint(1, 1927, 'Connection was killed', '#70100'), 'request/connection_closed'],
];

/** One column, its end, and what follows. */
function answerOf(...rest: readonly Buffer[]): Buffer {
  return Buffer.concat([packet(1, 1), column(2, 'c'), end(3), ...rest]);
}

t.test('whatever a server answers', async (t) => {
  for (const [name, answer, verdict] of ANSWERS) {
    const server = await startMysqlServer(t, (_sql, socket) => {
      setTimeout(() => socket.end(), 50);
      return answer;
    });
    const probed = await probe('prober: mysql', server.target);
    t.equal(probed.verdict, verdict, `${name}: ${probed.log.slice(0, 500)}`);
    t.equal(probed.metrics['mysql_up'], 0, `${name}: not up`);
  }
});

t.test('a server that is silent after the login, or stops in the middle', async (t) => {
  for (const [name, answer] of [
    ['silent', Buffer.alloc(0)],
    ['in the middle of a packet', VERSION.subarray(0, 20)],
    ['in the middle of an answer', VERSION.subarray(0, -9)],
  ] as const) {
    const silent = await startMysqlServer(t, () => answer);
    const probed = await probe('prober: mysql', silent.target, { timeoutSeconds: 0.5 });
    t.equal(probed.verdict, 'request/response_timeout', name);
    const ending = await startMysqlServer(t, (_sql, socket) => {
      socket.end(answer);
      return Buffer.alloc(0);
    });
    t.equal((await probe('prober: mysql', ending.target)).verdict, 'request/connection_closed', name);
  }
});

t.test('a last word while nothing is asked', async (t) => {
  const server = await startMysqlServer(t, (sql, socket) => {
    if (sql.includes('@@version')) return VERSION;
    socket.end(complaint(0, 4031, 'The client was disconnected by the server', '#HY000'));
    return Buffer.alloc(0);
  });
  const probed = await probe('prober: mysql', server.target);
  t.match(probed.verdict, /^request\/(connection_closed|protocol_error)$/, probed.log);
});

t.test('packets in pieces of one byte', async (t) => {
  const server = await startStreamServer(t, (socket) => {
    let answers: readonly Buffer[] = [ok(2), VERSION, ok(1)];
    const write = (bytes: Buffer): void => {
      for (const byte of bytes) socket.write(Buffer.from([byte]));
    };
    socket.setNoDelay(true);
    write(greeting());
    socket.on('data', () => {
      const [answer = REFUSAL, ...rest] = answers;
      answers = rest;
      write(answer);
    });
  });
  const probed = await probe('prober: mysql', server.target);
  t.equal(probed.verdict, 'ok', probed.log);
});

t.test('a collector that is refused costs its own metrics, and odd names and values nothing', async (t) => {
  const server = await startMysqlServer(t, (sql, socket) => {
    if (sql !== 'SHOW GLOBAL STATUS') return ONLY_VERSION(sql, socket);
    return table(
      ['Variable_name', 'Value'],
      [
        ['Uptime', '7'],
        ['__proto__', '1'],
        ['constructor', '2'],
        ['Com_select', '3'],
        ['Com_constructor', '4'],
        ['a-b.c d', 'ON'],
        ['nothing', null],
        [null, '5'],
        ['words', 'some words'],
        ['x'.repeat(300), '6'],
        ['Ssl_server_not_after', 'Nov  3 12:00:00 2027 GMT'],
        ['at', '2026-11-29 08:00:00'],
        ['never', 'Nov 99 12:00:00 2027 GMT'],
        ['Innodb_buffer_pool_pages_total', '9'],
        ['Innodb_buffer_pool_pages_dirty', '8'],
        ['wsrep_evs_repl_latency', '1/2/3/4/5'],
      ],
    );
  });
  const { verdict, metrics, log } = await probe('prober: mysql', server.target);
  t.equal(verdict, 'ok');
  const found = Object.entries(metrics).filter(([name]) => name.startsWith('mysql_g'));
  t.same(Object.fromEntries(found), {
    mysql_galera_evs_repl_latency_avg_seconds: 2,
    mysql_galera_evs_repl_latency_max_seconds: 3,
    mysql_galera_evs_repl_latency_min_seconds: 1,
    mysql_galera_evs_repl_latency_sample_size: 5,
    mysql_galera_evs_repl_latency_stdev: 4,
    mysql_global_status_: 5,
    mysql_global_status___proto__: 1,
    mysql_global_status_a_b_c_d: 1,
    mysql_global_status_at: 1795939200,
    mysql_global_status_buffer_pool_dirty_pages: 8,
    'mysql_global_status_commands_total{command="constructor"}': 4,
    'mysql_global_status_commands_total{command="select"}': 3,
    mysql_global_status_constructor: 2,
    mysql_global_status_ssl_server_not_after: 1825243200,
    mysql_global_status_uptime: 7,
  });
  t.equal(metrics['mysql_up'], 1);
  t.equal(metrics['mysql_exporter_collector_success{collector="collect.global_status"}'], 1);
  t.equal(metrics['mysql_exporter_collector_success{collector="collect.slave_status"}'], 0);
  t.equal(metrics['mysql_exporter_collector_success{collector="collect.info_schema.query_response_time"}'], 1);
  t.match(log, /you need the PROCESS privilege/);
});

t.test('more rows than there can be', async (t) => {
  const rows = NUMBERS.slice(0, 10_001).map((at) => [`${at}`, '1', '1', '1', '1', '1']);
  const server = await startMysqlServer(t, (sql, socket) =>
    sql.includes('innodb_cmp LIMIT') ? table(['a', 'b', 'c', 'd', 'e', 'f'], rows) : ONLY_VERSION(sql, socket),
  );
  const probed = await probe('prober: mysql', server.target);
  t.equal(probed.verdict, 'ok', probed.log.slice(0, 500));
  t.equal(probed.metrics['mysql_exporter_collector_success{collector="collect.info_schema.innodb_cmp"}'], 0);
});

const ODD = ['a', 'b'].map((name, at) => column(2 + at, name));
const beginning = Buffer.concat([packet(1, 2), ...ODD, end(4)]);
/** A row of so many bytes, in as many packets as it needs, and how many these are. */
function longRow(bytes: number): { readonly packets: Buffer; readonly count: number } {
  const payload = Buffer.alloc(bytes, 'x');
  const pieces: Buffer[] = [];
  for (let at = 0; at <= bytes; at += 0xff_ffff)
    pieces.push(packet(5 + pieces.length, payload.subarray(at, at + 0xff_ffff)));
  return { packets: Buffer.concat(pieces), count: pieces.length };
}

/** Answers that are larger than their bounds, and what the log says of them. */
const TOO_LARGE: readonly (readonly [name: string, answer: () => Buffer, log: RegExp])[] = [
  ...[3 * MIB, 0xff_ffff, 17 * MIB, 2 * 0xff_ffff].map((bytes): (typeof TOO_LARGE)[number] => [
    `a row of ${bytes} bytes`,
    () => {
      const { packets, count } = longRow(bytes);
      return Buffer.concat([beginning, packets, packet(5 + count, text('v'), text('1')), end(6 + count)]);
    },
    /a packet of (?:3145728|16777215) bytes/,
  ]),
  [
    '17 MiB of rows',
    () =>
      table(
        ['a', 'b'],
        Array.from({ length: 17 }, () => ['x'.repeat(MIB), '1']),
      ),
    /more than 16777216 bytes/,
  ],
  [
    '60,000 rows',
    () =>
      table(
        ['a', 'b'],
        NUMBERS.slice(0, 60_000).map(() => ['x', '1']),
      ),
    /more than 50001 rows/,
  ],
];

t.test('an answer that is too large costs its own collector', async (t) => {
  for (const [name, answer, log] of TOO_LARGE) {
    const server = await startMysqlServer(t, (sql, socket) => {
      if (sql === 'SHOW GLOBAL STATUS') return answer();
      if (sql === 'SHOW GLOBAL VARIABLES') return table(['a', 'b'], [['good', '7']]);
      return ONLY_VERSION(sql, socket);
    });
    const probed = await probe('prober: mysql', server.target, { timeoutSeconds: 60 });
    t.equal(probed.verdict, 'ok', `${name}: ${probed.log.slice(0, 500)}`);
    t.equal(probed.metrics['mysql_exporter_collector_success{collector="collect.global_status"}'], 0, name);
    t.equal(probed.metrics['mysql_exporter_collector_success{collector="collect.global_variables"}'], 1, name);
    t.equal(probed.metrics['mysql_global_variables_good'], 7, name);
    t.match(probed.log, log, name);
  }
});

t.test('what is passed over has an end, too', async (t) => {
  const { packets } = longRow(257 * MIB);
  const server = await startMysqlServer(t, (sql, socket) =>
    sql === 'SHOW GLOBAL STATUS' ? Buffer.concat([beginning, packets]) : ONLY_VERSION(sql, socket),
  );
  const probed = await probe('prober: mysql', server.target, { timeoutSeconds: 60 });
  t.equal(probed.verdict, 'request/response_too_large', probed.log.slice(0, 500));
  t.match(probed.log, /more than 268435456 bytes/);
});

t.test('more variables than a server has, and more rows than are asked for', async (t) => {
  const rows = (count: number): Buffer =>
    table(
      ['a', 'b'],
      NUMBERS.slice(0, count).map((at) => [`v${at}`, '1']),
    );
  for (const count of [5000, 5001, 50_002]) {
    const server = await startMysqlServer(t, (sql, socket) =>
      sql === 'SHOW GLOBAL VARIABLES' || sql === 'SHOW GLOBAL STATUS' ? rows(count) : ONLY_VERSION(sql, socket),
    );
    const { metrics, log, ...probed } = await probe('prober: mysql', server.target);
    t.equal(probed.verdict, 'ok', log.slice(0, 500));
    for (const name of ['global_status', 'global_variables']) {
      const series = `mysql_exporter_collector_success{collector="collect.${name}"}`;
      t.equal(metrics[series], count > 5000 ? 0 : 1, `${count} of ${name}`);
    }
  }
});

t.test('a key that takes long to use', async (t) => {
  const { n = '' } = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const slow = createPublicKey({
    key: { kty: 'RSA', n, e: Buffer.alloc(255, 0x7f).toString('base64url') },
    format: 'jwk',
  });
  const rows = [
    ['a long one', 'x'.repeat(2049), /the server gives a key of 2049 bytes/],
    ['a large exponent', slow.export({ type: 'spki', format: 'pem' }).toString(), /its exponent is too large/],
  ] as const;
  for (const [name, key, log] of rows) {
    const server = await startStreamServer(t, (socket) => {
      socket.write(greeting({ plugin: 'caching_sha2_password' }));
      socket.once('data', () => {
        socket.write(packet(2, 1, 4));
        socket.once('data', () => socket.write(packet(4, 1, key)));
      });
    });
    const probed = await probe(LOGIN.replace('}', ', get_server_public_key: true}'), server.target);
    t.equal(probed.verdict, 'request/auth_failed', `${name}: ${probed.log}`);
    t.match(probed.log, log, name);
  }
});

t.test('TLS: what a server says before the handshake', async (t) => {
  const tls = 'prober: mysql\nmysql: {tls: true}';
  const speaks = greeting({ flags: USUAL_FLAGS | TLS_FLAG });
  for (const [name, says, verdict] of [
    ['it does not speak it', greeting(), 'tls/tls_handshake_failed'],
    ['HTTP', 'HTTP/1.1 400 Bad Request\r\n\r\n', 'tls/protocol_error'],
    ['too many connections', complaint(0, 1040, 'Too many connections', ''), 'tls/too_many_connections'],
    ['bytes that no handshake protected', Buffer.concat([speaks, ok(2)]), 'tls/protocol_error'],
    ['nothing', '', 'tls/connection_closed'],
    ['a piece', speaks.subarray(0, 20), 'tls/connection_closed'],
  ] as const) {
    const server = await startStreamServer(t, (socket) => socket.end(says));
    const probed = await probe(tls, server.target);
    t.equal(probed.verdict, verdict, `${name}: ${probed.log}`);
  }
  const silent = await startStreamServer(t, () => undefined);
  t.equal((await probe(tls, silent.target, { timeoutSeconds: 0.3 })).verdict, 'tls/tls_timeout', 'silent');
  let received = '';
  const late = await startStreamServer(t, (socket) => {
    socket.write(speaks);
    socket.once('data', () => socket.end('nonsense'));
    socket.on('data', (chunk: Buffer) => (received += chunk.toString('latin1')));
  });
  const probed = await probe(tls.replace('tls: true', 'tls: true, username: somebody'), late.target);
  t.match(probed.verdict, /^tls\//);
  t.notMatch(received, /somebody/, 'nothing of the log-in is said before the handshake');
});
