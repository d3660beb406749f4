import t from 'tap';
import { lineByLine, startStreamServer, type StreamScript } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

interface Case {
  readonly name: string;
  readonly script: StreamScript;
  /** `query_response`, a list in YAML's flow style. */
  readonly steps: string;
  readonly verdict?: string;
  /** What the server got in all; latin1. */
  readonly sent?: string;
  readonly metrics?: Readonly<Record<string, number | undefined>>;
}

/** Says the pieces one after another, with a pause between them so that they arrive apart. */
function inPieces(...pieces: readonly (string | Buffer)[]): StreamScript {
  return (socket) => {
    pieces.forEach((piece, index) => setTimeout(() => socket.write(piece), index * 30));
  };
}

const SMTP = lineByLine('220 mail.test ESMTP\r\n', {
  'EHLO prober': '250-mail.test\r\n250-STARTTLS\r\n250 HELP\r\n',
  QUIT: '221 bye\r\n',
});

const CASES: readonly Case[] = [
  {
    name: 'a greeting',
    script: SMTP,
    steps: '[{expect: "^220 "}]',
    metrics: {
      probe_failed_due_to_regex: 0,
      probe_failed_due_to_bytes: 0,
      'probe_query_response_success{step="0"}': 1,
    },
  },
  {
    name: 'a whole dialogue',
    script: SMTP,
    steps:
      '[{expect: "^220 ([^ ]+)"}, {send: "EHLO prober\\r"}, {expect: "^250-STARTTLS"}, {expect: "^250 "}, {send: QUIT}, {expect: "^221"}]',
    sent: 'EHLO prober\r\nQUIT\n',
    metrics: { 'probe_query_response_success{step="5"}': 1 },
  },
  {
    name: 'groups of the match are sent',
    script: lineByLine('PING 42 <x>\r\n'),
    steps: '[{expect: "^PING (?P<nr>[0-9]+) (.*)", send: "PONG ${nr} $2 $$ $nobody."}]',
    sent: 'PONG 42 <x> $ .\n',
  },
  {
    name: 'without an expect nothing is replaced',
    script: lineByLine('a\n'),
    steps: '[{expect: a}, {send: "$1 $$"}]',
    sent: '$1 $$\n',
  },
  {
    name: 'an empty text is not sent',
    script: lineByLine('a\n'),
    steps: '[{expect: "a(b)?", send: "${1}"}, {send: c}]',
    sent: 'c\n',
  },
  { name: 'crlf', script: lineByLine('a\n'), steps: '[{send: b, newline: crlf}]', sent: 'b\r\n' },
  { name: 'no newline', script: lineByLine('a\n'), steps: '[{send: b, newline: none}]', sent: 'b' },
  {
    name: 'bytes are sent as they are',
    script: lineByLine(''),
    steps: '[{send_bytes: {hex: "00 00 00 08 04 d2 16 2f"}}, {send_bytes: {base64: "/wA="}}, {send_bytes: $1}]',
    sent: '\0\0\0\x08\x04\xd2\x16\x2f\xff\0$1',
  },
  {
    name: 'raw bytes of the match are sent back',
    script: (socket) => void socket.write(Buffer.from('61ff620a', 'hex')),
    steps: '[{expect: "a(.)b", send: "<${1}>"}]',
    sent: '<\xff>\n',
  },
  { name: 'bytes', script: inPieces('N'), steps: '[{expect_bytes: N}]', metrics: { probe_failed_due_to_bytes: 0 } },
  { name: 'bytes that arrive apart', script: inPieces('ab', 'cd'), steps: '[{expect_bytes: {hex: "61626364"}}]' },
  {
    name: 'bytes after a line are not lost',
    script: inPieces('line\nbytes more\n'),
    steps: '[{expect: line}, {expect_bytes: bytes}, {expect: "^ more$"}]',
  },
  {
    name: 'other bytes',
    script: inPieces('abX'),
    steps: '[{expect_bytes: abcdef}]',
    verdict: 'dialogue/response_mismatch',
    metrics: {
      probe_failed_due_to_bytes: 1,
      probe_failed_due_to_regex: 0,
      'probe_query_response_success{step="0"}': 0,
    },
  },
  {
    name: 'fewer bytes',
    script: (socket) => void socket.end('ab'),
    steps: '[{expect_bytes: abc}]',
    verdict: 'dialogue/connection_closed',
    metrics: { probe_failed_due_to_bytes: 0 },
  },
  {
    name: 'no line matches before the end',
    script: (socket) => void socket.end('a\nb\n'),
    steps: '[{send: x}, {expect: c}, {expect: d}]',
    verdict: 'dialogue/response_mismatch',
    metrics: {
      probe_failed_due_to_regex: 1,
      'probe_query_response_success{step="0"}': 1,
      'probe_query_response_success{step="1"}': 0,
      'probe_query_response_success{step="2"}': undefined,
      'probe_query_response_duration_seconds{step="2"}': undefined,
    },
  },
  {
    name: 'the end at once',
    script: (socket) => void socket.end(),
    steps: '[{expect: c}]',
    verdict: 'dialogue/connection_closed',
    metrics: { probe_failed_due_to_regex: 1 },
  },
  {
    name: 'a last line without a line feed',
    script: (socket) => void socket.end('a\nlast'),
    steps: '[{expect: "^last$"}]',
  },
  {
    name: 'an empty pattern waits for a line',
    script: (socket) => void socket.end(),
    steps: '[{expect: ""}]',
    verdict: 'dialogue/connection_closed',
  },
  {
    name: 'a target that has said all may be talked to',
    script: (socket) => void socket.end('a\n'),
    steps: '[{expect: a}, {send: b}]',
  },
  {
    name: 'what is rejected fails at once',
    script: lineByLine('554 no\r\n'),
    steps: '[{expect: "^220", reject: "^[45]"}]',
    verdict: 'dialogue/response_rejected',
    metrics: { probe_failed_due_to_regex: 1 },
  },
  {
    name: 'what is rejected comes first',
    script: lineByLine('220 no\r\n'),
    steps: '[{expect: "^220", reject: "no"}]',
    verdict: 'dialogue/response_rejected',
  },
  {
    name: 'what is not rejected',
    script: lineByLine('100 wait\r\n220 ok\r\n'),
    steps: '[{expect: "^220", reject: "^[45]"}]',
  },
  {
    name: 'a pattern over lines',
    script: inPieces('250-a\r\n25', '0 b\r\nnext\r\n'),
    steps: '[{expect: "250-.*\\r\\n250 (.)\\r\\n", multiline: true, send: "${1}"}, {expect: "^next$"}]',
    sent: 'b\n',
  },
  {
    name: 'a pattern over what has no line feed',
    script: inPieces('login: '),
    steps: '[{expect: "login: $", multiline: true}]',
  },
  {
    name: 'a pattern over lines, in vain',
    script: (socket) => void socket.end('a\nb'),
    steps: '[{expect: "x", multiline: true}]',
    verdict: 'dialogue/response_mismatch',
    metrics: { probe_failed_due_to_regex: 1 },
  },
  {
    name: 'rejected over lines',
    script: inPieces('-ERR ', 'no'),
    steps: '[{expect: "^\\\\+", reject: "^-ERR no", multiline: true}]',
    verdict: 'dialogue/response_rejected',
  },
  {
    name: 'bytes after a pattern over lines are not lost',
    script: inPieces('a\nb\0c'),
    steps: '[{expect: "a\\nb", multiline: true}, {expect_bytes: {hex: "0063"}}]',
  },
  {
    name: 'labels',
    script: lineByLine('SSH-2.0-OpenSSH_9.2 Debian\r\n'),
    steps:
      '[{expect: "^SSH-2.0-([^ ]+) ?(.*)", labels: [{name: ssh-version, value: "v${1}"}, {name: comments, value: "$2"}]}]',
    metrics: { 'probe_expect_info{comments="Debian",ssh_version="vOpenSSH_9.2"}': 1 },
  },
  {
    name: 'labels twice',
    script: lineByLine('a b\nc d\n'),
    steps: '[{expect: "a (.)", labels: [{name: x, value: "$1"}]}, {expect: "c (.)", labels: [{name: y, value: "$1"}]}]',
    metrics: { 'probe_expect_info{x="b"}': 1, 'probe_expect_info{y="d"}': 1 },
  },
  {
    name: 'no labels in the list',
    script: lineByLine('a\n'),
    steps: '[{expect: a, labels: []}]',
    metrics: { probe_expect_info: 1 },
  },
  {
    name: 'labels without a match',
    script: (socket) => void socket.end('b\n'),
    steps: '[{expect: a, labels: [{name: x, value: y}]}]',
    verdict: 'dialogue/response_mismatch',
    metrics: { 'probe_expect_info{x="y"}': undefined },
  },
  {
    name: 'a label that is no UTF-8',
    script: (socket) => void socket.write(Buffer.from('61ff0a', 'hex')),
    steps: '[{expect: "a(.)", labels: [{name: x, value: "$1"}]}]',
    metrics: { 'probe_expect_info{x="\ufffd"}': 1 },
  },
  {
    name: 'no steps',
    script: () => undefined,
    steps: '[]',
    metrics: {
      probe_failed_due_to_regex: 0,
      probe_failed_due_to_bytes: 0,
      'probe_query_response_success{step="0"}': undefined,
    },
  },
];

t.test('dialogues', async (t) => {
  for (const { name, script, steps, verdict = 'ok', sent, metrics = {} } of CASES) {
    const server = await startStreamServer(t, script);
    const probed = await probe(`prober: tcp\ntcp:\n  query_response: ${steps}`, server.target);
    t.equal(probed.verdict, verdict, name);
    for (const [series, value] of Object.entries(metrics)) t.equal(probed.metrics[series], value, `${name}: ${series}`);
    while (server.open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    if (sent !== undefined) t.equal(server.received().toString('latin1'), sent, `${name}: what was sent`);
  }
});

t.test('phases', async (t) => {
  const server = await startStreamServer(t, SMTP);
  const { metrics } = await probe('prober: tcp\ntcp: {query_response: [{expect: "^220"}]}', server.target);
  const phases = Object.keys(metrics).filter((series) => series.startsWith('probe_tcp_duration_seconds'));
  t.strictSame(phases.sort(), [
    'probe_tcp_duration_seconds{phase="connect"}',
    'probe_tcp_duration_seconds{phase="dialogue"}',
    'probe_tcp_duration_seconds{phase="resolve"}',
  ]);
});

t.test('source addresses', async (t) => {
  const server = await startStreamServer(t, SMTP);
  const rows = [
    ['127.0.0.1', 'ok'],
    ['127.0.0.77', 'ok'],
    ['nonsense', 'connect/address_unavailable'],
    ['::1', 'connect/address_unavailable'],
    ['192.0.2.1', 'connect/address_unavailable'],
  ] as const;
  for (const [address, verdict] of rows) {
    const probed = await probe(`prober: tcp\ntcp: {source_ip_address: "${address}"}`, server.target);
    t.equal(probed.verdict, verdict, address);
  }
});

t.test('what the log says', async (t) => {
  const server = await startStreamServer(
    t,
    (socket) => void socket.write('x\n'.repeat(500) + 'y'.repeat(5000) + '\nend\n'),
  );
  const { log } = await probe('prober: tcp\ntcp: {query_response: [{expect: "^y"}, {expect: end}]}', server.target);
  const lines = log.split('\n');
  t.match(log, 'debug Processing query response entry {"entry_number":1}');
  t.ok(lines.length < 100, 'is bounded in lines');
  t.ok(Math.max(...lines.map((line) => line.length)) < 2000, 'and in their length');
  t.match(log, 'debug Regexp matched {"regexp":"end","line":"end"}');
});
