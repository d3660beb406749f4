import { gzipSync } from 'node:zlib';
import t from 'tap';
import { HEAD_LIMITS } from '../../../src/net/http1/head-reader.js';
import { LARGEST_HELD_BODY_BYTES } from '../../../src/probers/http/http-chain.js';
import { type RawScript, startRawServer } from '../../helpers/servers/raw-server.js';
import { probe } from '../../helpers/services/probe.js';

const OK = 'HTTP/1.1 200 OK\r\n';

/** Writes `piece` for as long as the peer listens. */
function endless(start: string, piece: Buffer): RawScript {
  return (socket) => {
    socket.write(start);
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
    };
    socket.on('drain', more);
    more();
  };
}

const trickle =
  (start: string, piece: string): RawScript =>
  (socket) => {
    socket.write(start);
    const timer = setInterval(() => socket.write(piece), 20);
    socket.on('close', () => clearInterval(timer));
  };

interface Case {
  readonly name: string;
  readonly http?: string;
  readonly script: RawScript;
  readonly verdict: string;
}

const TIMED: readonly Case[] = [
  { name: 'never answers', script: () => undefined, verdict: 'processing/response_timeout' },
  { name: 'trickles its head', script: trickle(OK, 'X: y\r\n'), verdict: 'processing/response_timeout' },
  { name: 'trickles its body', script: trickle(`${OK}\r\n`, 'x'), verdict: 'transfer/body_timeout' },
  {
    name: 'stops in the middle of its body',
    script: (s) => void s.write(`${OK}Content-Length: 9\r\n\r\nab`),
    verdict: 'transfer/body_timeout',
  },
  { name: 'body without end', script: endless(`${OK}\r\n`, Buffer.alloc(65536)), verdict: 'transfer/body_timeout' },
];

const BOUNDED: readonly Case[] = [
  {
    name: 'greets in another protocol',
    script: (s) => void s.write('SSH-2.0-x\r\n'),
    verdict: 'processing/response_malformed',
  },
  {
    name: 'head without end',
    script: endless(OK, Buffer.from('X: yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy\r\n')),
    verdict: 'processing/response_header_too_large',
  },
  {
    name: 'header line without end',
    script: endless(`${OK}X: `, Buffer.alloc(65536, 'y')),
    verdict: 'processing/response_header_too_large',
  },
  {
    name: 'interim answers without end',
    script: endless('', Buffer.from('HTTP/1.1 100 Continue\r\n\r\n')),
    verdict: 'processing/response_header_too_large',
  },
  {
    name: 'chunk size without end',
    script: endless(`${OK}Transfer-Encoding: chunked\r\n\r\n`, Buffer.alloc(65536, '0')),
    verdict: 'transfer/response_malformed',
  },
  {
    name: 'trailers without end',
    script: endless(`${OK}Transfer-Encoding: chunked\r\n\r\n0\r\n`, Buffer.from('X: y\r\n')),
    verdict: 'transfer/response_malformed',
  },
  {
    name: 'body without end, to be matched',
    http: 'fail_if_body_matches_regexp: [never]',
    script: endless(`${OK}\r\n`, Buffer.alloc(65536)),
    verdict: 'transfer/body_too_large',
  },
  {
    name: 'reset before the answer',
    script: (socket) => void socket.resetAndDestroy(),
    verdict: 'processing/connection_reset',
  },
  {
    name: 'reset within the body',
    script: (s) => void s.write(`${OK}Content-Length: 9\r\n\r\nab`, () => setTimeout(() => s.resetAndDestroy(), 20)),
    verdict: 'transfer/connection_reset',
  },
];

function module(http = ''): string {
  return `prober: http\nhttp:\n${`preferred_ip_protocol: ip4\n${http}`.replace(/^/gm, '  ')}`;
}

t.test('costs at most the timeout', async (t) => {
  const probes = TIMED.map(async ({ name, script, verdict }) => {
    const server = await startRawServer(t, script);
    const probed = await probe(module(), `127.0.0.1:${server.port}`, { timeoutSeconds: 1.5 });
    t.equal(probed.verdict, verdict, name);
  });
  await Promise.all(probes);
});

t.test('costs bounded memory', async (t) => {
  t.ok(HEAD_LIMITS.bytes <= 2 ** 20 && LARGEST_HELD_BODY_BYTES <= 2 ** 24, 'the limits are what the README says');
  for (const { name, http, script, verdict } of BOUNDED) {
    const server = await startRawServer(t, script);
    const probed = await probe(module(http), `127.0.0.1:${server.port}`, { timeoutSeconds: 20 });
    t.equal(probed.verdict, verdict, name);
  }
});

t.test('a compressed bomb', async (t) => {
  // 64 MiB of zeroes in about 64 kB.
  const bomb = gzipSync(Buffer.alloc(64 * 2 ** 20));
  const server = await startRawServer(t, (socket) => {
    socket.write(`${OK}Content-Length: ${bomb.length}\r\n\r\n`);
    socket.end(bomb);
  });
  const held = await probe(
    module('compression: gzip\nfail_if_body_matches_regexp: [never]'),
    `127.0.0.1:${server.port}`,
  );
  t.equal(held.verdict, 'transfer/body_too_large', 'is not held');
  const counted = await probe(module('compression: gzip'), `127.0.0.1:${server.port}`);
  t.equal(
    counted.metrics['probe_http_uncompressed_body_length'],
    64 * 2 ** 20,
    'is only counted where nobody looks at it',
  );
});

t.test('others do not notice, and every socket is closed', async (t) => {
  const hostile = await startRawServer(t, endless(`${OK}\r\n`, Buffer.alloc(65536)));
  const friendly = await startRawServer(t, (socket) => void socket.end(`${OK}Content-Length: 2\r\n\r\nok`));
  const slow = Array.from({ length: 10 }, () => probe(module(), `127.0.0.1:${hostile.port}`, { timeoutSeconds: 1 }));
  const quick = await Promise.all(Array.from({ length: 10 }, () => probe(module(), `127.0.0.1:${friendly.port}`)));
  t.ok(quick.every(({ verdict }) => verdict === 'ok'));
  await Promise.all(slow);
  while (hostile.open.size > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  t.pass('every socket is closed');
});

t.test('a pattern costs linear time', async (t) => {
  const server = await startRawServer(t, (socket) => void socket.end(`${OK}\r\n${'a'.repeat(100_000)}`));
  const { verdict } = await probe(module('fail_if_body_matches_regexp: ["(a*)*b"]'), `127.0.0.1:${server.port}`);
  t.equal(verdict, 'ok');
});
