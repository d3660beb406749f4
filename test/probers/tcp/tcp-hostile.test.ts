import type { Socket } from 'node:net';
import t from 'tap';
import { LARGEST_DIALOGUE_BYTES } from '../../../src/probers/query-response/text-search.js';
import { startStreamServer, type StreamScript } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';

/** Writes `piece` for as long as the peer listens. */
function endless(piece: Buffer): StreamScript {
  return (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more);
    more();
  };
}

/** Writes `piece` again and again, some hundred times a second. */
function trickle(piece: string): StreamScript {
  return (socket) => {
    const timer = setInterval(() => socket.write(piece), 3);
    socket.on('close', () => clearInterval(timer));
  };
}

/** Connections of which nothing is read until the probe is over: then their end is to be noticed. */
const unread: Socket[] = [];
const deaf: StreamScript = (socket) => {
  unread.push(socket.pause());
};

interface Case {
  readonly name: string;
  readonly script: StreamScript;
  readonly block: string;
  readonly verdict: string;
  readonly timeoutSeconds?: number;
}

const EXPECT = 'query_response: [{expect: never}]';
const EXPECT_ALL = 'query_response: [{expect: never, multiline: true}]';
const SLOW = { timeoutSeconds: 0.3 };

const CASES: readonly Case[] = [
  { name: 'says nothing', script: () => undefined, block: EXPECT, verdict: 'dialogue/response_timeout', ...SLOW },
  {
    name: 'says too little',
    script: (s) => void s.write('ab'),
    block: 'query_response: [{expect_bytes: abc}]',
    verdict: 'dialogue/response_timeout',
    ...SLOW,
  },
  {
    name: 'says the right thing, but never ends the line',
    script: (s) => void s.write('never'),
    block: EXPECT,
    verdict: 'dialogue/response_timeout',
    ...SLOW,
  },
  { name: 'trickles bytes', script: trickle('x'), block: EXPECT, verdict: 'dialogue/response_timeout', ...SLOW },
  { name: 'trickles lines', script: trickle('x\n'), block: EXPECT, verdict: 'dialogue/response_timeout', ...SLOW },
  {
    name: 'trickles bytes into a pattern over lines',
    script: trickle('x'),
    block: EXPECT_ALL,
    verdict: 'dialogue/response_timeout',
    ...SLOW,
  },
  {
    name: 'never reads',
    script: deaf,
    // More than the buffers of a connection take, and less than a file may have.
    block: `query_response: [{send: &x ${'x'.repeat(4_000_000)}}, {send: *x}, {send: *x}, {send: *x}]`,
    verdict: 'dialogue/response_timeout',
    ...SLOW,
  },
  {
    name: 'never answers a TLS hello',
    script: () => undefined,
    block: 'tls: true',
    verdict: 'tls/tls_timeout',
    ...SLOW,
  },
  {
    name: 'a line without end',
    script: endless(Buffer.alloc(65536, 'x')),
    block: EXPECT,
    verdict: 'dialogue/response_too_large',
  },
  {
    name: 'a line of 64 KiB',
    script: (s) => void s.write(`${'x'.repeat(65536)}\nnever\n`),
    block: EXPECT,
    verdict: 'dialogue/response_too_large',
  },
  {
    name: 'lines without end',
    script: endless(Buffer.from('xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\n'.repeat(1024))),
    block: EXPECT,
    verdict: 'dialogue/response_too_large',
    timeoutSeconds: 60,
  },
  {
    name: 'a buffer without end',
    script: endless(Buffer.alloc(65536, 'x')),
    block: EXPECT_ALL,
    verdict: 'dialogue/response_too_large',
  },
  {
    name: 'resets',
    script: (s) => void setTimeout(() => s.resetAndDestroy(), 20),
    block: EXPECT,
    verdict: 'dialogue/connection_reset',
  },
  {
    name: 'resets in the middle of a line',
    script: (s) => void s.write('ne', () => setTimeout(() => s.resetAndDestroy(), 20)),
    block: EXPECT,
    verdict: 'dialogue/connection_reset',
  },
  {
    name: 'answers a TLS hello with text',
    script: (s) => void s.write('220 this is no TLS\r\n'),
    block: 'tls: true',
    verdict: 'tls/tls_handshake_failed',
  },
  {
    name: 'answers a TLS hello with a reset',
    script: (s) => void s.once('data', () => s.resetAndDestroy()),
    block: 'tls: true',
    verdict: 'tls/connection_reset',
  },
  {
    name: 'answers a TLS hello with the end',
    script: (s) => void s.once('data', () => s.end()),
    block: 'tls: true',
    verdict: 'tls/connection_closed',
  },
  {
    name: 'goes on with text after STARTTLS',
    script: (s) => {
      s.write('220 go\r\n');
      s.once('data', () => s.write('plain text\r\n'));
    },
    block: 'query_response: [{expect: "^220", starttls: true}]',
    verdict: 'tls/tls_handshake_failed',
  },
  {
    name: 'goes on behind the bytes of STARTTLS',
    script: (s) => void s.write('SSH-2.0-OpenSSH_9.2\r\n'),
    block: 'query_response: [{expect_bytes: S, starttls: true}]',
    verdict: 'tls/tls_handshake_failed',
  },
  {
    name: 'has said all before STARTTLS',
    script: (s) => void s.write('220 go\r\nplain text\r\n'),
    block: 'query_response: [{expect: "^220", starttls: true}]',
    verdict: 'tls/tls_timeout',
    timeoutSeconds: 0.3,
  },
];

t.test('costs at most the timeout, and bounded memory', async (t) => {
  t.ok(LARGEST_DIALOGUE_BYTES <= 2 ** 24, 'the limit is what the documentation says');
  for (const { name, script, block, verdict, timeoutSeconds = 20 } of CASES) {
    const server = await startStreamServer(t, script);
    const yaml = `prober: tcp\ntcp:\n${block.replace(/^/gm, '  ')}`;
    const probed = await probe(yaml, server.target, { timeoutSeconds });
    t.equal(probed.verdict, verdict, name);
    for (const socket of unread.splice(0)) socket.resume();
    while (server.open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    t.pass(`${name}: the socket is closed`);
  }
});

t.test('others do not notice', async (t) => {
  const hostile = await startStreamServer(t, endless(Buffer.from('x\n'.repeat(32768))));
  const friendly = await startStreamServer(t, (socket) => void socket.write('ok\n'));
  const yaml = 'prober: tcp\ntcp: {query_response: [{expect: ok}]}';
  const slow = Array.from({ length: 5 }, () => probe(yaml, hostile.target, { timeoutSeconds: 1 }));
  const quick = await Promise.all(Array.from({ length: 10 }, () => probe(yaml, friendly.target)));
  t.ok(quick.every(({ verdict }) => verdict === 'ok'));
  const verdicts = (await Promise.all(slow)).map(({ verdict }) => verdict);
  t.ok(
    verdicts.every((verdict) => verdict === 'dialogue/response_timeout' || verdict === 'dialogue/response_too_large'),
  );
});

t.test('a pattern costs linear time', async (t) => {
  const server = await startStreamServer(t, (socket) => void socket.end(`${'a'.repeat(60_000)}\n`));
  const { verdict } = await probe(
    'prober: tcp\ntcp: {query_response: [{expect: "(a*)*b", send: "${1}"}]}',
    server.target,
  );
  t.equal(verdict, 'dialogue/response_mismatch');
});
