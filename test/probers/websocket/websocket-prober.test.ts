import { join } from 'node:path';
import t from 'tap';
import { startWebsocketServer, type WebsocketScript } from '../../helpers/servers/websocket-server.js';
import { probe } from '../../helpers/services/probe.js';
import { makeIdentities } from '../../interop/tls/identities.js';

/** Answers each text with what the table says. */
function answering(greeting: string | Buffer, answers: Readonly<Record<string, string>> = {}): WebsocketScript {
  return (socket) => {
    if (greeting.length > 0) socket.send(greeting);
    socket.on('message', (data: Buffer) => {
      const answer = answers[data.toString()];
      if (answer !== undefined) socket.send(answer);
    });
  };
}

interface Case {
  readonly name: string;
  readonly script: WebsocketScript;
  readonly steps: string;
  readonly verdict?: string;
  readonly metrics?: Readonly<Record<string, number | undefined>>;
}

const UP = {
  probe_websocket_connection_upgraded: 1,
  probe_websocket_status_code: 101,
  probe_websocket_failed_due_to_regex: 0,
  probe_websocket_close_code: undefined,
};
const DOWN = { probe_websocket_connection_upgraded: 1, probe_websocket_failed_due_to_regex: 1 };

const CASES: readonly Case[] = [
  {
    name: 'no steps',
    script: () => undefined,
    steps: '[]',
    metrics: { ...UP, 'probe_websocket_duration_seconds{phase="transfer"}': undefined },
  },
  { name: 'a greeting', script: answering('hello'), steps: '[{expect: "^hello$"}]', metrics: UP },
  { name: 'a binary greeting', script: answering(Buffer.from('hello')), steps: '[{expect: "^hello$"}]', metrics: UP },
  {
    name: 'a dialogue with captures',
    script: answering('token=42;', { 'auth 42 $': 'welcome' }),
    steps: '[{expect: "token=(?P<t>[0-9]+)", send: "auth ${t} $$"}, {expect: welcome}]',
    metrics: { ...UP, 'probe_query_response_success{step="1"}': 1 },
  },
  { name: 'send first', script: answering('', { ping: 'pong' }), steps: '[{send: ping}, {expect: pong}]', metrics: UP },
  { name: 'messages are whole', script: answering('a\nb'), steps: '[{expect: "^a\\nb$"}]', metrics: UP },
  {
    name: 'several at once',
    script: (socket) => ['a', 'b', 'c'].forEach((text) => socket.send(text)),
    steps: '[{expect: a}, {expect: b}, {expect: c}]',
    metrics: UP,
  },
  {
    name: 'the next message has to match',
    script: (socket) => ['a', 'b'].forEach((text) => socket.send(text)),
    steps: '[{expect: b}]',
    verdict: 'dialogue/response_mismatch',
    metrics: DOWN,
  },
  {
    name: 'rejected',
    script: answering('error: full'),
    steps: '[{expect: "", reject: "^error"}]',
    verdict: 'dialogue/response_rejected',
    metrics: DOWN,
  },
  {
    name: 'closed by the server',
    script: (socket) => socket.close(4001, 'go away'),
    steps: '[{expect: hello}]',
    verdict: 'dialogue/connection_closed',
    metrics: { ...DOWN, probe_websocket_close_code: 4001 },
  },
  {
    name: 'closed after the answer',
    script: (socket) => {
      socket.send('a');
      socket.close(1013);
    },
    steps: '[{expect: a}, {expect: b}]',
    verdict: 'dialogue/connection_closed',
    metrics: { ...DOWN, probe_websocket_close_code: 1013 },
  },
  {
    name: 'closed without a code',
    script: (socket) => socket.close(),
    steps: '[{expect: hello}]',
    verdict: 'dialogue/connection_closed',
    metrics: { ...DOWN, probe_websocket_close_code: 1005 },
  },
  {
    name: 'lost',
    script: (socket) => socket.terminate(),
    steps: '[{expect: hello}]',
    verdict: 'dialogue/connection_closed',
    metrics: { ...DOWN, probe_websocket_close_code: 1006 },
  },
  {
    name: 'what means nothing here',
    script: answering('a'),
    steps: '[{expect: (.), labels: [{name: x, value: "$1"}]}, {expect_bytes: zzz}, {starttls: true}]',
    metrics: { ...UP, 'probe_expect_info{x="a"}': undefined },
  },
  {
    name: 'a message that is too long',
    script: answering('x'.repeat(5_000_000)),
    steps: '[{expect: x}]',
    verdict: 'dialogue/response_too_large',
    metrics: DOWN,
  },
];

t.test('dialogues', async (t) => {
  for (const { name, script, steps, verdict = 'ok', metrics = {} } of CASES) {
    const server = await startWebsocketServer(t, script);
    const probed = await probe(`prober: websocket\nwebsocket: {query_response: ${steps}}`, server.target);
    t.equal(probed.verdict, verdict, name);
    for (const [series, value] of Object.entries(metrics)) t.equal(probed.metrics[series], value, `${name}: ${series}`);
    while (server.open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
});

t.test('what is sent', async (t) => {
  const messages: { text: string; binary: boolean }[] = [];
  const server = await startWebsocketServer(t, (socket) => {
    socket.on('message', (data: Buffer, binary) => {
      messages.push({ text: data.toString('latin1'), binary });
      socket.send('ok');
    });
  });
  const steps =
    '[{send: "a $1"}, {expect: ok}, {send_bytes: {hex: "00ff"}}, {expect: ok}, {send: b, newline: crlf}, {expect: ok}]';
  const { verdict } = await probe(`prober: websocket\nwebsocket: {query_response: ${steps}}`, server.target);
  t.equal(verdict, 'ok');
  t.strictSame(messages, [
    { text: 'a $1', binary: false },
    { text: '\0\xff', binary: true },
    { text: 'b', binary: false },
  ]);
});

t.test('the handshake', async (t) => {
  const folder = t.testdir({ password: 'from a file\n', value: 'filed\n' });
  const server = await startWebsocketServer(t, () => undefined, { server: { handleProtocols: () => 'chat' } });
  const rows: readonly (readonly [string, string, Readonly<Record<string, string | undefined>>])[] = [
    [
      'nothing configured',
      '{}',
      { authorization: undefined, origin: undefined, 'sec-websocket-extensions': undefined },
    ],
    [
      'plain headers',
      '{headers: {X-One: a, Origin: "http://x", User-Agent: me}}',
      { 'x-one': 'a', origin: 'http://x', 'user-agent': 'me' },
    ],
    [
      'headers with values, secrets and files',
      `{headers: {X-All: {values: [a], secrets: [b], files: [${join(folder, 'value')}]}}}`,
      { 'x-all': 'a, b, filed' },
    ],
    ['Host', '{headers: {Host: named.test}}', { host: 'named.test' }],
    [
      'a subprotocol',
      '{headers: {Sec-WebSocket-Protocol: "chat, superchat"}}',
      { 'sec-websocket-protocol': 'chat, superchat' },
    ],
    [
      'basic_auth',
      '{http_config: {basic_auth: {username: u, password: p}}}',
      { authorization: `Basic ${btoa('u:p')}` },
    ],
    [
      'basic_auth from a file',
      `{http_config: {basic_auth: {username: u, password_file: ${join(folder, 'password')}}}}`,
      { authorization: `Basic ${btoa('u:from a file')}` },
    ],
    ['authorization', '{http_config: {authorization: {type: Token, credentials: c}}}', { authorization: 'Token c' }],
    [
      'authorization without credentials',
      '{http_config: {authorization: {type: Token}}}',
      { authorization: undefined },
    ],
    ['bearer_token', '{http_config: {bearer_token: c}}', { authorization: 'Bearer c' }],
    [
      'a header wins over credentials',
      '{headers: {authorization: mine}, http_config: {bearer_token: c}}',
      { authorization: 'mine' },
    ],
  ];
  for (const [name, block, expected] of rows) {
    const { verdict } = await probe(`prober: websocket\nwebsocket: ${block}`, `${server.target}path?q=1#fragment`);
    t.equal(verdict, 'ok', name);
    const request = server.requests.at(-1)!;
    t.equal(request.url, '/path?q=1', `${name}: the path`);
    for (const [header, value] of Object.entries(expected))
      t.equal(request.headers[header], value, `${name}: ${header}`);
  }
});

t.test('headers that cannot be sent', async (t) => {
  const server = await startWebsocketServer(t, () => undefined);
  for (const header of [
    'Upgrade',
    'connection',
    'Sec-WebSocket-Key',
    'sec-websocket-version',
    'Sec-WebSocket-Extensions',
    'a b',
  ]) {
    const { verdict } = await probe(`prober: websocket\nwebsocket: {headers: {"${header}": x}}`, server.target);
    t.match(verdict, /^(setup|processing)\/invalid_request$/, header);
  }
  const missing = await probe(
    'prober: websocket\nwebsocket: {http_config: {bearer_token_file: /nonexistent}}',
    server.target,
  );
  t.equal(missing.verdict, 'setup/file_unreadable');
  while (server.open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
});

t.test('subprotocols', async (t) => {
  const rows: readonly (readonly [asked: string, chosen: string, verdict: string])[] = [
    ['chat', 'chat', 'ok'],
    ['soap, chat', 'chat', 'ok'],
    ['chat', 'soap', 'processing/upgrade_refused'],
    ['chat', 'Chat', 'processing/upgrade_refused'],
  ];
  for (const [asked, chosen, expected] of rows) {
    const server = await startWebsocketServer(t, () => undefined, { server: { handleProtocols: () => chosen } });
    const { verdict, metrics } = await probe(
      `prober: websocket\nwebsocket: {headers: {Sec-WebSocket-Protocol: "${asked}"}}`,
      server.target,
    );
    t.equal(verdict, expected, `${chosen} of ${asked}`);
    t.equal(metrics['probe_websocket_status_code'], 101);
  }
});

t.test('a server that refuses', async (t) => {
  const server = await startWebsocketServer(t, () => undefined, {
    server: {
      verifyClient: (_info, done) => {
        done(false, 403, 'no');
      },
    },
  });
  const { verdict, metrics } = await probe('prober: websocket', server.target);
  t.equal(verdict, 'processing/upgrade_refused');
  t.equal(metrics['probe_websocket_status_code'], 403);
  t.equal(metrics['probe_websocket_connection_upgraded'], 0);
  t.equal(metrics['probe_websocket_failed_due_to_regex'], 0);
  t.hasProp(metrics, 'probe_websocket_duration_seconds{phase="processing"}');
  while (server.open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
});

t.test('phases', async (t) => {
  const server = await startWebsocketServer(t, answering('a'));
  const phasesOf = (metrics: Readonly<Record<string, number>>): string[] =>
    Object.keys(metrics)
      .map((series) => /^probe_websocket_duration_seconds\{phase="(.*)"\}/.exec(series)?.[1])
      .filter((phase) => phase !== undefined)
      .sort();
  const up = await probe('prober: websocket\nwebsocket: {query_response: [{expect: a}]}', server.target);
  t.strictSame(phasesOf(up.metrics), ['connect', 'processing', 'resolve', 'transfer']);
  const down = await probe('prober: websocket', 'ws://127.0.0.1:1/');
  t.equal(down.verdict, 'connect/connection_refused');
  t.strictSame(phasesOf(down.metrics), ['processing', 'resolve']);
  const wrong = await probe('prober: websocket', 'http://127.0.0.1/');
  t.strictSame(phasesOf(wrong.metrics), []);
  t.equal(wrong.metrics['probe_websocket_status_code'], 0);
  const nonsense = await probe('prober: websocket', '::');
  t.notOk('probe_websocket_status_code' in nonsense.metrics, 'what is no URL has no metrics of its own');
});

t.test('wss', async (t) => {
  const { authority, good, expired } = await makeIdentities();
  const folder = t.testdir({ 'ca.pem': authority.cert });
  const module = `prober: websocket\nwebsocket: {http_config: {tls_config: {ca_file: ${join(folder, 'ca.pem')}}}, query_response: [{expect: a}]}`;
  const trusted = await startWebsocketServer(t, answering('a'), { tls: good });
  const up = await probe(module, trusted.target);
  t.equal(up.verdict, 'ok');
  t.equal(up.metrics['probe_ssl_verified'], 1);
  const late = await startWebsocketServer(t, answering('a'), { tls: expired });
  const down = await probe(module, late.target);
  t.equal(down.verdict, 'tls/tls_certificate_expired');
  t.hasProp(down.metrics, 'probe_ssl_earliest_cert_expiry');
  const demand = { requestCert: true, rejectUnauthorized: true, ca: authority.cert };
  const demanding = await startWebsocketServer(t, answering('a'), { tls: { ...good, ...demand } });
  const refused = await probe(module, demanding.target);
  t.equal(refused.verdict, 'tls/tls_client_certificate_required');
  t.equal(refused.metrics['probe_ssl_verified'], 1);
  for (const { open } of [trusted, late, demanding])
    while (open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
});
