import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t from 'tap';
import { startGrpcServer } from '../helpers/servers/grpc-server.js';
import { complaint, greeting } from '../helpers/servers/mysql-server.js';
import { complaint as pgComplaint, int32, pgMessage } from '../helpers/servers/postgres-server.js';
import { startStreamServer } from '../helpers/servers/stream-server.js';
import { probe } from '../helpers/services/probe.js';

const PASSWORD = 'hunter2-is-mine';
const HEADER = Buffer.from(`u:${PASSWORD}`).toString('base64');

/** Servers that repeat what they were given, after so many pieces of it. */
const SERVERS: readonly (readonly [prober: string, says: readonly (Buffer | string)[]])[] = [
  ['redis', [`-WRONGPASS what is ${PASSWORD}?\r\n`]],
  ['mysql', [complaint(2, 1045, `Access denied for ${PASSWORD}`, '#28000')]],
  ['postgres', [pgMessage('R', int32(3)), pgComplaint('28P01', `password ${PASSWORD} is wrong for "u"`, 'FATAL')]],
  [
    'nginx',
    [`HTTP/1.1 200 ${PASSWORD} ${HEADER}\r\nContent-Length: 40\r\nContent-Type: ${PASSWORD}\r\n\r\n${PASSWORD}`],
  ],
  [
    'http',
    [`HTTP/1.1 200 OK\r\nLocation: ${PASSWORD}\r\nX-Seen: Basic ${HEADER}\r\nContent-Length: x${PASSWORD}\r\n\r\n`],
  ],
];

/** The ways of giving a password, as lines of the block of a prober. */
function ways(file: string): readonly (readonly [name: string, key: string])[] {
  return [
    ['in the module', `password: ${PASSWORD}`],
    ['in a file', `password_file: ${file}`],
  ];
}

t.test('a secret that a server repeats is masked in log, failure and report', async (t) => {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-secret-'));
  const file = join(folder, 'password');
  writeFileSync(file, `${PASSWORD}\n`);
  for (const [prober, says] of SERVERS) {
    for (const [way, key] of ways(file)) {
      const received: string[] = [];
      const server = await startStreamServer(t, (socket) => {
        if (prober === 'mysql') socket.write(greeting());
        let next = 0;
        socket.on('data', (chunk: Buffer) => {
          received.push(chunk.toString('latin1'));
          const said = says[next++];
          if (said !== undefined) socket.write(said);
          if (next >= says.length) setTimeout(() => socket.end(), 20);
        });
      });
      const isHttp = prober === 'nginx' || prober === 'http';
      const login = isHttp ? `basic_auth: {username: u, ${key}}` : `username: u, ${key}`;
      const gate = prober === 'http' ? '' : ', credentials_for: ["*"]';
      const methods = prober === 'postgres' ? ', auth_methods: [password]' : '';
      const module = `prober: ${prober}\n${prober}: {${login}${gate}${methods}}`;
      const target = isHttp ? `http://${server.target}/` : server.target;
      const probed = await probe(module, target, { timeoutSeconds: 3 });
      const name = `${prober}, ${way}: ${probed.log.slice(0, 2000)}`;
      t.not(probed.verdict, 'ok', name);
      t.ok(received.length > 0, name);
      t.notMatch(JSON.stringify(probed), new RegExp(PASSWORD), name);
      t.notMatch(JSON.stringify(probed), new RegExp(HEADER), name);
      if (!isHttp) t.match(probed.log, /<secret>/, name);
    }
  }
});

/** Masked in what a probe tells where the server repeats it: the keys of http modules that hold it, and what target. */
const HTTP_WAYS: readonly (readonly [name: string, keys: string, target: string])[] = [
  ['a proxy that is asked', `proxy_url: http://u:${PASSWORD}@SERVER`, 'http://127.0.0.1:1/'],
  ['a tunnel', `proxy_url: http://u:${PASSWORD}@SERVER`, 'https://127.0.0.1:1/'],
  [
    'headers of CONNECT',
    `proxy_url: http://SERVER, proxy_connect_header: {X-Key: ["${PASSWORD}"], X-Other: ["${HEADER}"]}`,
    'https://127.0.0.1:1/',
  ],
  ['userinfo of the target', '', `http://u:${PASSWORD}@SERVER/`],
];

t.test('so is what a proxy repeats, and the login in a URL', async (t) => {
  const said = `${PASSWORD} Basic ${HEADER}`;
  for (const [name, keys, place] of HTTP_WAYS) {
    const server = await startStreamServer(t, (socket) => {
      socket.once('data', () =>
        socket.end(`HTTP/1.1 403 ${said}\r\nX-Seen: ${said}\r\nContent-Length: x${said}\r\n\r\n`),
      );
    });
    const module = `prober: http\nhttp: {${keys.replace('SERVER', server.target)}}`;
    const probed = await probe(module, place.replace('SERVER', server.target), { timeoutSeconds: 3 });
    const told = JSON.stringify(probed);
    t.not(probed.verdict, 'ok', name);
    t.match(probed.log, /<secret>/, `${name}: ${probed.log}`);
    t.notMatch(told, new RegExp(PASSWORD), name);
    t.notMatch(told, new RegExp(HEADER), name);
  }
});

t.test('so are headers whose names say that they are credentials, and their tokens alone', async (t) => {
  const given = `{Authorization: "Bearer ${PASSWORD}", X-Api-Key: ${HEADER}, X-Other: ordinary}`;
  const listed = `{X-Api-Key: {values: [${HEADER}]}, X-Auth: {values: ["Bearer ${PASSWORD}"]}, X-Other: {values: [ordinary]}}`;
  const blocks = [`http\nhttp: {headers: ${given}}`, `http\nhttp: {http_headers: ${listed}}`];
  blocks.push(`websocket\nwebsocket: {headers: ${listed}}`);
  for (const block of blocks) {
    const server = await startStreamServer(t, (socket) => {
      socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${PASSWORD} ${HEADER} ordinary\r\n\r\n`));
    });
    const scheme = block.startsWith('http') ? 'http' : 'ws';
    const probed = await probe(`prober: ${block}`, `${scheme}://${server.target}/`);
    t.match(probed.log, /<secret> <secret> ordinary/, block);
    t.notMatch(JSON.stringify(probed), new RegExp(`${PASSWORD}|${HEADER}`), block);
  }
});

t.test('so are cookies alone, and metadata of gRPC', async (t) => {
  const server = await startStreamServer(t, (socket) => {
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\n${PASSWORD} ${HEADER}\r\n\r\n`));
  });
  const cookie = `http\nhttp: {headers: {Cookie: "id=${PASSWORD}; theme=dark; other=${HEADER}"}}`;
  const probed = await probe(`prober: ${cookie}`, `http://${server.target}/`);
  t.match(probed.log, /<secret> <secret>/, probed.log);
  t.notMatch(JSON.stringify(probed), new RegExp(`${PASSWORD}|${HEADER}`));
  const calls = await startGrpcServer({ script: () => ({ code: 16, details: `no ${PASSWORD} ${HEADER} ordinary` }) });
  t.teardown(calls.close);
  const metadata = `{authorization: ["Bearer ${HEADER}"], x-token-bin: ["${PASSWORD}"], x-other: [ordinary]}`;
  const called = await probe(`prober: grpc\ngrpc: {metadata: ${metadata}}`, `127.0.0.1:${calls.port}`);
  t.match(called.log, /no <secret> <secret> ordinary/, called.log);
  t.notMatch(JSON.stringify(called), new RegExp(`${PASSWORD}|${HEADER}`));
});

t.test('so is an OAuth2 token, and what it was asked for with', async (t) => {
  const tokens = await startStreamServer(t, (socket) => {
    const body = JSON.stringify({ access_token: PASSWORD });
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`));
  });
  const basic = Buffer.from('id:client-secret').toString('base64');
  const server = await startStreamServer(t, (socket) => {
    socket.once('data', () => socket.end(`HTTP/1.1 200 OK\r\nContent-Length: Bearer ${PASSWORD} ${basic}\r\n\r\n`));
  });
  const oauth2 = `{client_id: id, client_secret: client-secret, token_url: "http://${tokens.target}/"}`;
  const probed = await probe(`prober: http\nhttp: {oauth2: ${oauth2}}`, `http://${server.target}/`);
  const told = JSON.stringify(probed);
  t.match(probed.log, /bad Content-Length .*<secret> <secret>/);
  t.notMatch(told, new RegExp(PASSWORD));
  t.notMatch(told, new RegExp(basic));
});

t.test('so are parameters of a token request whose names say that they are credentials', async (t) => {
  const tokens = await startStreamServer(t, (socket) => {
    socket.once('data', () => socket.end(`HTTP/1.1 401 No\r\nConnection: close\r\n\r\nno ${PASSWORD} for mine`));
  });
  const params = `{password: ${PASSWORD}, audience: mine}`;
  const oauth2 = `{client_id: id, client_secret: s, endpoint_params: ${params}, token_url: "http://${tokens.target}/"}`;
  const probed = await probe(`prober: http\nhttp: {oauth2: ${oauth2}}`, 'http://127.0.0.1:1/');
  t.match(probed.log, /no <secret> for mine/, 'and no others');
  t.notMatch(JSON.stringify(probed), new RegExp(PASSWORD));
});

t.test('so are log-ins of a dialogue', async (t) => {
  for (const login of [`PASS ${PASSWORD}`, `AUTH PLAIN ${PASSWORD}`, `a1 LOGIN user ${PASSWORD}`]) {
    const server = await startStreamServer(t, (socket) => {
      socket.once('data', (chunk: Buffer) => socket.end(`535 no user with ${chunk.toString()}535 not ${PASSWORD}\r\n`));
    });
    const steps = `[{send: "${login}"}, {expect: "^235"}]`;
    const probed = await probe(`prober: tcp\ntcp: {query_response: ${steps}}`, server.target);
    t.not(probed.verdict, 'ok', login);
    t.match(probed.log, /not <secret>/, `${login}: ${probed.log}`);
    t.match(probed.log, /535 no user with /, 'what is no secret stays');
    t.notMatch(JSON.stringify(probed), new RegExp(PASSWORD), login);
  }
});

t.test('what a server has put into a text is no log-in', async (t) => {
  const server = await startStreamServer(t, (socket) => {
    socket.write('"AUTH foreign-word\nPASS other-word"\n');
    socket.once('data', () => socket.end('no foreign-word and other-word\r\n'));
  });
  const steps = `[{expect: '"([^"]*)"', multiline: true, send: '\${1}'}, {expect: "^235"}]`;
  const probed = await probe(`prober: tcp\ntcp: {query_response: ${steps}}`, server.target);
  t.equal(probed.verdict, 'dialogue/response_mismatch');
  t.match(probed.log, /no foreign-word and other-word/);
});

t.test('no error repeats a password of the target, whoever runs the probe', async (t) => {
  for (const prober of ['http', 'websocket', 'tcp', 'grpc', 'dns', 'redis', 'nginx', 'postgres', 'mysql']) {
    for (const password of ['s3c/ret-word', "s3c'ret-word", 's3c?ret-word', 's3c ret-word']) {
      const scheme = { websocket: 'ws', redis: 'redis', postgres: 'postgres' }[prober] ?? 'http';
      const options = prober === 'dns' ? '\ndns: {query_name: a.test}' : '';
      const probed = await probe(`prober: ${prober}${options}`, `${scheme}://u:${password}@127.0.0.1:1/`);
      const { log, outcome } = probed;
      const { message, fields } = outcome.failure ?? {};
      const shown = `${log}\n${message ?? ''} ${JSON.stringify([fields, outcome.trace?.hops])}`;
      t.notMatch(shown, /ret-word|s3c/, `${prober}, ${password}`);
    }
  }
});
