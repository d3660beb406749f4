import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import t from 'tap';
import { pages } from '../../../src/http/routes/pages.js';
import { httpGet } from '../../helpers/services/http-get.js';

const CLIENTS = 60;
/** What one page takes here, in milliseconds: a turn is over after two of them. */
const PAGE_MS = 1;

/** Numbers the turns of the event loop until the test ends. */
function countTurns(t: Tap): () => number {
  let turn = 0;
  let timer = setImmediate(function next() {
    turn++;
    timer = setImmediate(next);
  });
  t.teardown(() => {
    clearImmediate(timer);
  });
  return () => turn;
}

type Tap = Pick<typeof t, 'teardown'>;

t.test('those who came while the pages were loaded are answered in turns', async (t) => {
  const turn = countTurns(t);
  const turns: number[] = [];
  const handler = pages({
    routes: new Map([
      [
        '/',
        ({ response }) => {
          turns.push(turn());
          for (const since = performance.now(); performance.now() - since < PAGE_MS;);
          response.end('a page', 'utf8');
        },
      ],
    ]),
    onFailure: (error) => {
      throw error;
    },
  });
  const waiting: { readonly request: IncomingMessage; readonly response: ServerResponse }[] = [];
  const server = createServer((request, response) => {
    waiting.push({ request, response });
    // All of them come before anything is loaded.
    if (waiting.length === CLIENTS) for (const each of waiting) void handler({ ...each, query: '' }, '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answers = await Promise.all(Array.from({ length: CLIENTS }, () => httpGet(address, '/')));
  t.ok(answers.every(({ text }) => text === 'a page'));
  t.ok(new Set(turns).size > CLIENTS / 20, `${new Set(turns).size} turns for ${CLIENTS} pages`);
});
