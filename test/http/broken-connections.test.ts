import { once } from 'node:events';
import http2 from 'node:http2';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { constants } from 'node:os';
import t, { type Test } from 'tap';
import { FAILURE_REASONS, type Phase, PHASES } from '../../src/probe/failure.js';
import { stepFailure } from '../../src/probe/step-failure.js';
import { seededRandom } from '../helpers/hostile/seeded-random.js';
import { type Damage, startCuttingRelay } from '../helpers/servers/cutting-relay.js';
import { A_RECORD, wireReply } from '../helpers/servers/dns-bytes.js';
import { startDohServer } from '../helpers/servers/doh-server.js';
import { startGrpcServer } from '../helpers/servers/grpc-server.js';
import { startProxy, startSocksServer } from '../helpers/servers/proxy-server.js';
import { answer, startRawServer } from '../helpers/servers/raw-server.js';
import { startScriptedDns } from '../helpers/servers/scripted-dns.js';
import { lineByLine, startStreamServer } from '../helpers/servers/stream-server.js';
import { startTokenServer, type TokenScript } from '../helpers/servers/token-server.js';
import { startWebsocketServer } from '../helpers/servers/websocket-server.js';
import { eachOf, startProbeService } from '../helpers/services/probe-service.js';
import { overTls, startTls } from '../helpers/tls/starttls-server.js';
import { makeIdentities } from '../interop/tls/identities.js';

t.setTimeout(300_000);

const identities = await makeIdentities();
const { good } = identities;

/** A probe and the server that it succeeds with. */
interface Row {
  readonly name: string;
  /** The module, as YAML on one line; `PORT` stands for the relay's port. */
  readonly module: string;
  readonly target: string;
  /** Starts the server and gives its port. */
  readonly start: (t: Test) => Promise<number>;
}

const portOf = (target: string): number => Number(target.slice(target.lastIndexOf(':') + 1).replace('/', ''));
const ANSWER = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n c\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n';
const INSECURE = 'tls_config: {insecure_skip_verify: true}';
const secured = { options: good, secure: lineByLine('220 ready\r\n', { QUIT: '221 bye\r\n' }) };
const TALK = 'query_response: [{expect: "^220 "}, {send: QUIT}, {expect: "^221 "}]';

async function startHttps(t: Test): Promise<number> {
  const server = createServer(good, (_request, response) => response.end('hello'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

async function startHttp2(t: Test): Promise<number> {
  const server = http2.createSecureServer(good, (_request, response) => {
    response.end('hello');
  });
  const sessions = new Set<http2.ServerHttp2Session>();
  server.on('session', (session) => {
    sessions.add(session);
    session.on('close', () => sessions.delete(session));
  });
  for (const event of ['sessionError', 'tlsClientError']) server.on(event, () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}

const serveHealth = (secure: boolean) => async (t: Test) => {
  const server = await startGrpcServer(secure ? { tls: good } : {});
  t.teardown(server.close);
  return server.port;
};

const startDoh = async (t: Test): Promise<number> =>
  (await startDohServer(t, good, ({ query }) => ({ body: wireReply(query, { answer: [A_RECORD] }) }))).port;

const sayHello = async (t: Test): Promise<number> => (await startRawServer(t, answer(ANSWER))).port;
const answerDns = (tls: boolean) => (t: Test) =>
  startScriptedDns(t, (query) => [wireReply(query, { answer: [A_RECORD] })], tls ? { tls: good } : {}).then(
    ({ port }) => port,
  );
const echo = (secure: boolean) => async (t: Test) => {
  const { target } = await startWebsocketServer(
    t,
    (socket) => {
      socket.send('ready');
    },
    secure ? { tls: good } : {},
  );
  return portOf(target);
};

const tokenModule = (url: string): string =>
  `prober: http, http: {oauth2: {client_id: me, client_secret: sesame, token_url: "${url}", ${INSECURE}}}`;
const giveToken: TokenScript = (_request, response) => {
  response.setHeader('Content-Type', 'application/json').end('{"access_token":"t","token_type":"Bearer"}');
};

const ROWS: readonly Row[] = [
  { name: 'http', module: 'prober: http', target: 'http://127.0.0.1:PORT/', start: sayHello },
  {
    name: 'https',
    module: `prober: http, http: {enable_http2: false, ${INSECURE}}`,
    target: 'https://127.0.0.1:PORT/',
    start: startHttps,
  },
  {
    name: 'http over HTTP/2',
    module: `prober: http, http: {valid_http_versions: [HTTP/2.0], ${INSECURE}}`,
    target: 'https://127.0.0.1:PORT/',
    start: startHttp2,
  },
  { name: 'grpc', module: 'prober: grpc', target: '127.0.0.1:PORT', start: serveHealth(false) },
  {
    name: 'grpc with TLS',
    module: `prober: grpc, grpc: {tls: true, ${INSECURE}}`,
    target: '127.0.0.1:PORT',
    start: serveHealth(true),
  },
  {
    name: 'dns over HTTPS',
    module: `prober: dns, dns: {query_name: x.test, transport_protocol: https, ${INSECURE}}`,
    target: '127.0.0.1:PORT',
    start: startDoh,
  },
  {
    name: 'tunnel',
    module: `prober: http, http: {proxy_url: "http://127.0.0.1:PORT", ${INSECURE}}`,
    target: 'https://127.0.0.1:ORIGIN/',
    start: async (t) => (await startProxy(t)).port,
  },
  {
    name: 'socks5',
    module: 'prober: http, http: {proxy_url: "socks5://127.0.0.1:PORT"}',
    target: 'http://127.0.0.1:ORIGIN/',
    start: async (t) => (await startSocksServer(t)).port,
  },
  {
    name: 'tcp',
    module: `prober: tcp, tcp: {${TALK}}`,
    target: '127.0.0.1:PORT',
    start: async (t) => portOf((await startStreamServer(t, secured.secure)).target),
  },
  {
    name: 'tcp with TLS',
    module: `prober: tcp, tcp: {tls: true, ${INSECURE}, ${TALK}}`,
    target: '127.0.0.1:PORT',
    start: async (t) => portOf((await startStreamServer(t, overTls(secured))).target),
  },
  {
    name: 'tcp with STARTTLS',
    module: `prober: tcp, tcp: {${INSECURE}, query_response: [{expect: "^hi"}, {send: STARTTLS}, {expect: "^go"}, {starttls: true}, {expect: "^220"}]}`,
    target: '127.0.0.1:PORT',
    start: async (t) => portOf((await startStreamServer(t, startTls('hi\r\n', 'go\r\n', secured))).target),
  },
  {
    name: 'websocket',
    module: 'prober: websocket, websocket: {query_response: [{expect: ready}]}',
    target: 'ws://127.0.0.1:PORT/',
    start: echo(false),
  },
  {
    name: 'websocket with TLS',
    module: `prober: websocket, websocket: {http_config: {${INSECURE}}, query_response: [{expect: ready}]}`,
    target: 'wss://127.0.0.1:PORT/',
    start: echo(true),
  },
  {
    name: 'dns over TCP',
    module: 'prober: dns, dns: {query_name: x.test, transport_protocol: tcp}',
    target: '127.0.0.1:PORT',
    start: answerDns(false),
  },
  {
    name: 'dns over TLS',
    module: `prober: dns, dns: {query_name: x.test, transport_protocol: tcp, dns_over_tls: true, ${INSECURE}}`,
    target: '127.0.0.1:PORT',
    start: answerDns(true),
  },
  {
    name: 'token',
    module: tokenModule('http://127.0.0.1:PORT/'),
    target: 'http://127.0.0.1:ORIGIN/',
    start: async (t) => (await startTokenServer(t, giveToken)).port,
  },
  {
    name: 'token over TLS',
    module: tokenModule('https://127.0.0.1:PORT/'),
    target: 'http://127.0.0.1:ORIGIN/',
    start: async (t) => (await startTokenServer(t, giveToken, good)).port,
  },
];

/** How many places are tried of an answer that is longer. */
const MOST_PLACES = 32;
const ACTS = ['reset', 'close', 'stop', 'flip', 'insert'] as const;

/** Every place of a short answer; the first and the last, and others by chance, of a long one. */
function placesIn(length: number): readonly number[] {
  if (length <= MOST_PLACES) return Array.from({ length }, (_, place) => place);
  const random = seededRandom(length);
  const chosen = Array.from({ length: MOST_PLACES - 2 }, () => Math.floor(random() * length));
  return [0, ...chosen, length - 1];
}

/** The verdicts on a row that are none, over all damages. */
async function brokenVerdicts(t: Test, row: Row, origin: number): Promise<readonly string[]> {
  let damage: Damage = { act: 'none', at: 0 };
  const relay = await startCuttingRelay(t, await row.start(t), () => damage);
  const fill = (text: string): string => text.replace('PORT', String(relay.port)).replace('ORIGIN', String(origin));
  const module = fill(row.module);
  const modules = `modules: {m: {timeout: 0.3s, ${module}}, patient: {timeout: 20s, ${module}}}`;
  const { ask, logLines } = await startProbeService(t, modules);
  const target = fill(row.target);
  const undamaged = await ask('patient', target);
  const places = placesIn(relay.passed());
  const wrong = undamaged === '200 ok' ? [] : [`undamaged: ${undamaged}`];
  for (const act of ACTS) {
    for (const at of places) {
      damage = { act, at };
      const verdict = await ask('m', target);
      if (!/^200 (?:ok|\w+\/\w+)$/.test(verdict)) wrong.push(`${act} at ${at}: ${verdict}`);
    }
  }
  return [...wrong, ...logLines.filter((line) => line.includes('Internal error'))];
}

// Thousands of probes, of which those that meet a server that stops wait for their deadline.
t.test(
  'a connection that breaks, stops or lies at any byte makes no /probe answer anything but 200',
  { timeout: 300_000 },
  async (t) => {
    const secure = await startHttps(t);
    const plain = await sayHello(t);
    await eachOf(ROWS, 6, async (row) => {
      t.strictSame(await brokenVerdicts(t, row, row.target.startsWith('https') ? secure : plain), [], row.name);
    });
  },
);

t.test('every error number of the operating system has a verdict, in every phase', async (t) => {
  const { signal } = new AbortController();
  for (const [code, errno] of Object.entries(constants.errno)) {
    for (const syscall of ['connect', 'read', 'write', 'getaddrinfo', 'odd']) {
      const error = Object.assign(new Error(`${syscall} ${code}`), { code, errno, syscall });
      for (const phase of Object.keys(PHASES) as Phase[]) {
        const { reason, fields } = stepFailure(error, { phase, signal, message: 'm' });
        if (!(reason in FAILURE_REASONS) || String(fields['err']) === '') t.fail(`${code} of ${syscall} in ${phase}`);
      }
    }
  }
  t.equal(stepFailure(null, { phase: 'tls', signal, message: 'm' }).reason, 'network_error', 'no error at all');
});
