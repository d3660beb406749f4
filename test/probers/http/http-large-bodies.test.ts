import t from 'tap';
import { startRawServer } from '../../helpers/servers/raw-server.js';
import { probe } from '../../helpers/services/probe.js';

/** More than is looked at on the event loop: such bodies go to a thread. */
const MIB = 1024 * 1024;
const TEXT = `${'abcé'.repeat(MIB / 2)}end`;
const NUMBERS = JSON.stringify(Array.from({ length: 200_000 }, (_, index) => index));

const ENDLESS = 'body.exists(x, body.exists(y, x == y + 0.5))';

interface Case {
  readonly name: string;
  readonly body: string;
  readonly http: string;
  readonly verdict: string;
  readonly timeoutSeconds?: number;
}

const CASES: readonly Case[] = [
  { name: 'a pattern matches', body: TEXT, http: `fail_if_body_not_matches_regexp: ["é(e|x)nd$"]`, verdict: 'ok' },
  {
    name: 'a pattern does not match',
    body: TEXT,
    http: `fail_if_body_not_matches_regexp: ["é(f|x)nd$"]`,
    verdict: 'check/body_mismatch',
  },
  {
    name: 'CEL holds',
    body: NUMBERS,
    http: `fail_if_body_json_not_matches_cel: "size(body) == 200000"`,
    verdict: 'ok',
  },
  {
    name: 'CEL does not hold',
    body: NUMBERS,
    http: `fail_if_body_json_matches_cel: "body.exists(x, x == 199999.0)"`,
    verdict: 'check/cel_mismatch',
  },
  {
    name: 'a pattern and CEL see the same body',
    body: NUMBERS,
    http: `fail_if_body_not_matches_regexp: ["(199999)]$"], fail_if_body_json_not_matches_cel: "body[1] == 1.0"`,
    verdict: 'ok',
  },
  {
    name: 'the time runs out during the check',
    body: NUMBERS,
    http: `fail_if_body_json_matches_cel: "${ENDLESS}"`,
    verdict: 'check/check_timeout',
    timeoutSeconds: 3,
  },
];

t.test('large bodies are judged in threads', async (t) => {
  for (const { name, body, http, verdict, timeoutSeconds = 30 } of CASES) {
    const server = await startRawServer(t, (socket) => {
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    });
    const probed = await probe(`prober: http\nhttp: {${http}}`, `http://127.0.0.1:${server.port}/`, { timeoutSeconds });
    t.equal(probed.verdict, verdict, name);
  }
});

t.test('many at once have a verdict each', async (t) => {
  const server = await startRawServer(t, (socket) => {
    socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(TEXT)}\r\n\r\n${TEXT}`);
  });
  const verdicts = await Promise.all(
    Array.from({ length: 8 }, async (_, index) => {
      const pattern = index % 2 === 0 ? '(e|x)nd$' : '(f|x)nd$';
      const http = `fail_if_body_not_matches_regexp: ["${pattern}"]`;
      return (await probe(`prober: http\nhttp: {${http}}`, `http://127.0.0.1:${server.port}/`, { timeoutSeconds: 60 }))
        .verdict;
    }),
  );
  t.same(
    verdicts,
    Array.from({ length: 8 }, (_, index) => (index % 2 === 0 ? 'ok' : 'check/body_mismatch')),
  );
});
