import t from 'tap';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { poster, send, startRaw, startServer } from '../../../helpers/services/write-poster.js';

t.test('a token is asked for once, and again when it has ended or is refused', async (t) => {
  const clock = new ManualClock();
  let refuseUntil = 0;
  const tokens = await startServer(t, (response, _got, index) =>
    response
      .writeHead(200, { 'Content-Type': 'application/json' })
      .end(JSON.stringify({ access_token: `token-${index}`, token_type: 'bearer', expires_in: 60 })),
  );
  const { port, got } = await startServer(t, (response, _got, index) =>
    response.writeHead(index < refuseUntil ? 401 : 204).end('who are you'),
  );
  const post = poster(
    {
      url: `http://127.0.0.1:${port}/`,
      oauth2: { client_id: 'me', client_secret: 'top-secret', token_url: `http://127.0.0.1:${tokens.port}/` },
    },
    clock,
  );
  for (let index = 0; index < 3; index++) t.match(await send(post), { kind: 'taken' });
  t.equal(tokens.got.length, 1);
  t.equal(got[2]?.headers.authorization, 'Bearer token-0');
  clock.advance(50);
  t.match(await send(post), { kind: 'taken' });
  t.equal(got[3]?.headers.authorization, 'Bearer token-1', 'ten seconds before its end there is a new one');
  refuseUntil = got.length + 1;
  t.match(await send(post), { kind: 'taken' });
  t.equal(got.at(-1)?.headers.authorization, 'Bearer token-2', 'a token that is refused is replaced');
  refuseUntil = Infinity;
  t.match(await send(post), { kind: 'refused', status: 401 }, 'but once');
  t.equal(tokens.got.length, 4);
});

t.test('a token that nobody gives', async (t) => {
  const port = await startRaw(t, () => undefined);
  const receiver = await startServer(t, (response) => response.writeHead(204).end());
  const client = { client_id: 'me', client_secret: 'top-secret' };
  const url = `http://127.0.0.1:${receiver.port}/`;
  const slow = { url, remote_timeout: '300ms', oauth2: { ...client, token_url: `http://127.0.0.1:${port}/` } };
  t.strictSame(await send(poster(slow)), { kind: 'later', problem: 'no token: no answer within 300ms' });
  const no = await startServer(t, (response) => response.writeHead(403).end('top-secret is wrong'));
  const refused = await send(poster({ url, oauth2: { ...client, token_url: `http://127.0.0.1:${no.port}/` } }));
  t.match(refused, { kind: 'later', problem: /cannot fetch token: 403/ });
  t.notMatch(JSON.stringify(refused), /top-secret/);
  t.equal(receiver.got.length, 0);
});

const ODD_TOKENS: readonly (readonly [name: string, answer: string, says: RegExp])[] = [
  [
    'a line break',
    '{"access_token":"a\\r\\nX-Evil: b"}',
    /the header "Authorization" has characters that cannot be sent/,
  ],
  [
    'one in its type',
    '{"access_token":"a","token_type":"b\\r\\nX-Evil: c"}',
    /the header "Authorization" has characters/,
  ],
  ['nothing', '{}', /server response missing access_token/],
  ['a list', '[]', /the answer is not an object/],
  ['a life that is a word', '{"access_token":"a","expires_in":"soon"}', /expires_in is not an integer/],
  ['a life of more than 64 bits', '{"access_token":"a","expires_in":1e300}', /expires_in is not an integer/],
];
for (const [name, answer, says] of ODD_TOKENS) {
  t.test(`a token that has ${name}`, async (t) => {
    const tokens = await startServer(t, (response) => response.writeHead(200).end(answer));
    const receiver = await startServer(t, (response) => response.writeHead(204).end());
    const post = poster({
      url: `http://127.0.0.1:${receiver.port}/`,
      oauth2: { client_id: 'me', client_secret: 'top-secret', token_url: `http://127.0.0.1:${tokens.port}/` },
    });
    t.match(await send(post), { kind: 'later', problem: says });
    t.equal(receiver.got.length, 0);
  });
}

const LIVES: readonly (readonly [life: unknown, isKept: boolean])[] = [
  [3600, true],
  ['3600', true],
  [undefined, true],
  [0, true],
  [null, true],
  [2 ** 62, true],
  [-5, false],
  [10, false],
];
for (const [life, isKept] of LIVES) {
  t.test(
    `a token that is said to live for ${String(life)} seconds is ${isKept ? 'kept' : 'asked for again'}`,
    async (t) => {
      const tokens = await startServer(t, (response) =>
        response.writeHead(200).end(JSON.stringify({ access_token: 'a', expires_in: life })),
      );
      const receiver = await startServer(t, (response) => response.writeHead(204).end());
      const post = poster({
        url: `http://127.0.0.1:${receiver.port}/`,
        oauth2: { client_id: 'me', client_secret: 'x', token_url: `http://127.0.0.1:${tokens.port}/` },
      });
      for (let index = 0; index < 3; index++) t.match(await send(post), { kind: 'taken' });
      t.equal(tokens.got.length, isKept ? 1 : 3);
    },
  );
}

t.test('a policy holds for the server of tokens', async (t) => {
  const tokens = await startServer(t, (response) => response.writeHead(200).end('{"access_token":"a"}'));
  const receiver = await startServer(t, (response) => response.writeHead(204).end());
  const post = poster({
    url: `http://127.0.0.1:${receiver.port}/`,
    oauth2: { client_id: 'me', client_secret: 'x', token_url: `http://localhost:${tokens.port}/` },
    target_policy: { deny: [{ hosts: ['localhost'] }] },
  });
  t.match(await send(post), { kind: 'later', problem: /denied by target_policy/ });
  t.equal(tokens.got.length + receiver.got.length, 0);
});
