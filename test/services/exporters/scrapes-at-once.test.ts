import type { Socket } from 'node:net';
import t, { type Test } from 'tap';
import { scrapesAtOnce } from '../../../src/services/exporters/scrapes-at-once.js';
import { SMALL_INFO, startRedisServer, withInfo } from '../../helpers/servers/redis-server.js';
import { startTestExporter } from '../../helpers/services/start-exporter.js';
import { until } from '../../helpers/until.js';

const MIB = 1024 * 1024;
const CLIENTS = 20;

/** A Redis that answers when it is told to; `waiting` are those who have asked for something. */
async function startSlowRedis(t: Test) {
  const waiting = new Map<Socket, string>();
  const info = withInfo(SMALL_INFO);
  const answered = new WeakSet<Socket>();
  const server = await startRedisServer(t, (command, socket) => {
    const answer = info(command, socket);
    if (answered.has(socket)) return answer;
    waiting.set(socket, (waiting.get(socket) ?? '') + answer);
    return '';
  });
  const answer = (): void => {
    for (const [socket, text] of waiting) {
      answered.add(socket);
      socket.write(text);
    }
    waiting.clear();
  };
  return { target: server.target, waiting, answer };
}

t.test('scrapes of a server wait for each other beyond what the heap has room for', async (t) => {
  const redis = await startSlowRedis(t);
  const exporter = await startTestExporter(t, 'redis', [`--redis.addr=${redis.target}`]);
  const most = scrapesAtOnce();
  let ended = 0;
  const scrapes = Array.from({ length: CLIENTS }, async () => {
    const answer = await exporter.get('/metrics');
    ended++;
    return answer;
  });
  while (ended < CLIENTS) {
    const expected = Math.min(most, CLIENTS - ended);
    await until(() => redis.waiting.size >= expected, `${expected} ask`);
    t.equal(redis.waiting.size, expected, `${ended} have ended`);
    const before = ended;
    redis.answer();
    await until(() => ended === before + expected, `${expected} have ended`);
  }
  const answers = await Promise.all(scrapes);
  t.ok(answers.every(({ status, text }) => status === 200 && /^redis_up 1$/m.test(text)));
});

t.test('a scrape that has no turn in time is told so', async (t) => {
  const redis = await startSlowRedis(t);
  const exporter = await startTestExporter(t, 'redis', [`--redis.addr=${redis.target}`]);
  const most = scrapesAtOnce();
  const others = Array.from({ length: most }, () => exporter.get('/metrics'));
  await until(() => redis.waiting.size === most, 'all places are taken');
  const headers = { 'X-Prometheus-Scrape-Timeout-Seconds': '1' };
  const { status, text } = await exporter.get('/metrics', { headers });
  t.equal(status, 503);
  t.match(text, `Limit of concurrent requests reached (${most}), try again later.`);
  redis.answer();
  t.ok((await Promise.all(others)).every((each) => each.status === 200));
  t.match((await exporter.get('/metrics')).text, /^promhttp_metric_handler_requests_total\{code="503"\} 1$/m);
});

t.test('how many there are follows the heap', (t) => {
  t.same(
    [64, 300, 600, 4096].map((mib) => scrapesAtOnce(mib * MIB)),
    [1, 2, 4, 8],
  );
  t.end();
});
