import t, { type Test } from 'tap';
import { readExposition } from '../../helpers/exposition.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startTestPushgateway, type TestPushgateway } from '../../helpers/services/start-pushgateway.js';
import { until } from '../../helpers/until.js';
import { askRedis } from '../servers/redis-fleet.js';
import {
  joinCluster,
  onEachStore,
  type SharedRedis,
  startClusterNode,
  startSharedRedis,
} from '../servers/shared-redis.js';

t.setTimeout(500_000);

/** So many pushgateways on one store. */
const INSTANCES = 3;

/** A generator of numbers below `n` that gives the same ones in every run (Numerical Recipes' constants). */
function numbers(seed: number): (n: number) => number {
  let state = seed;
  return (n) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * n);
  };
}

async function startInstance(t: Test, url: string, flags: readonly string[] = []): Promise<TestPushgateway> {
  const service = await startTestPushgateway([`--push.store=${url}`, '--web.enable-admin-api', ...flags]);
  t.teardown(() => service.stop(0));
  return service;
}

async function startThree(
  t: Test,
  { address }: SharedRedis,
  flags: readonly string[] = [],
): Promise<TestPushgateway[]> {
  const url = `redis://${address}`;
  return Promise.all(Array.from({ length: INSTANCES }, () => startInstance(t, url, flags)));
}

onEachStore(t, 'pushes to all at random: every instance shows what one of all would', async (t, redis) => {
  const server = await startSharedRedis(t, redis);
  const three = await startThree(t, server);
  const pick = numbers(7);
  const types = ['counter', 'gauge', 'histogram'];
  const push = async (): Promise<void> => {
    const [{ send }, job, name] = [three[pick(INSTANCES)]!, `job${pick(6)}`, `m${pick(5)}`];
    const type = types[pick(10) < 8 ? 0 : pick(3)];
    const value = pick(1000);
    const body =
      type === 'histogram'
        ? `# TYPE ${name} histogram\n${name}_bucket{le="+Inf"} ${value}\n${name}_sum 1\n${name}_count ${value}\n`
        : `# TYPE ${name} ${type}\n${name}{a="${pick(20)}"} ${value}\n`;
    const method = ['PUT', 'POST', 'DELETE'][pick(10) < 6 ? 1 : pick(3)]!;
    const labels = pick(3) === 0 ? `/shape/${pick(2)}` : '';
    await send(method, `/metrics/job/${job}${labels}`, method === 'DELETE' ? {} : { body });
  };
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 15 }, push));
    const shown = await Promise.all(three.map(({ pushedLines }) => pushedLines()));
    t.ok(shown[0]!.length > 0);
    for (const lines of shown.slice(1)) t.same(lines, shown[0], `round ${round}`);
  }
  const fresh = await startInstance(t, `redis://${server.address}`);
  t.same(await fresh.pushedLines(), await three[0]!.pushedLines(), 'one that starts later shows the same');
  t.equal((await three[1]!.send('PUT', '/api/v1/admin/wipe')).status, 202);
  t.same(await Promise.all(three.map(({ pushedLines }) => pushedLines())), [[], [], []]);
});

onEachStore(t, 'of two instances that disagree exactly one is right', async (t, redis) => {
  const three = await startThree(t, await startSharedRedis(t, redis));
  for (let round = 0; round < 25; round++) {
    const answers = await Promise.all(
      ['counter', 'gauge', 'histogram'].map((type, index) => {
        const series =
          type === 'histogram'
            ? `x${round}_bucket{le="+Inf"} 1\nx${round}_sum 1\nx${round}_count 1\n`
            : `x${round} 1\n`;
        return three[index]!.send('PUT', `/metrics/job/${type}${round}`, {
          body: `# TYPE x${round} ${type}\n${series}`,
        });
      }),
    );
    t.same(answers.map(({ status }) => status).sort(), [200, 400, 400], `types, round ${round}`);
    const same = await Promise.all(
      [`/metrics/job/j/instance/i${round}`, `/metrics/job/j/instance/i${round}/z/1`].map((path, index) =>
        three[index]!.send('PUT', path, { body: `same{z="1"} ${index}\n` }),
      ),
    );
    t.same(same.map(({ status }) => status).sort(), [200, 400], `the same series, round ${round}`);
  }
});

onEachStore(t, 'sums of all instances are whole', async (t, redis) => {
  const three = await startThree(t, await startSharedRedis(t, redis));
  await Promise.all(
    Array.from({ length: 60 }, async (_, index) => {
      const answer = await three[index % INSTANCES]!.send('POST', '/metrics/job/sum?aggregate=sum', {
        body: '# TYPE n_total counter\nn_total 1\n',
      });
      t.equal(answer.status, 200);
    }),
  );
  t.match(await three[0]!.pushedLines(), ['# TYPE n_total counter', 'n_total{instance="",job="sum"} 60']);
});

onEachStore(t, 'while Redis is down pushes and scrapes say so; nothing is forgotten', async (t, redis) => {
  const server = await startSharedRedis(t, redis);
  const [one, two] = await startThree(t, server);
  t.equal((await one!.send('PUT', '/metrics/job/a', { body: 'a 1\n' })).status, 200);
  await server.kill();
  const refused = await two!.send('PUT', '/metrics/job/a', { body: 'a 2\n' });
  t.equal(refused.status, 503);
  t.match(refused.text, /^nothing was changed, as it could not be kept: Redis at 127\.0\.0\.1:\d+ /);
  const scrape = await one!.send('GET', '/metrics');
  t.equal(scrape.status, 503);
  t.match(scrape.text, /^what was pushed cannot be told: Redis at /);
  t.equal((await one!.send('GET', '/-/ready')).status, 503);
  t.equal((await one!.send('GET', '/-/healthy')).status, 200);
  t.match((await one!.send('GET', '/')).text, /Redis at/);
  await server.start();
  await until(async () => (await one!.send('GET', '/-/ready')).status === 200, 'readiness');
  t.same(await one!.pushedLines(), await two!.pushedLines());
  t.match((await one!.pushedLines()).join('\n'), 'a{instance="",job="a"} 1');
  await askRedis(server.address, ['FLUSHALL']);
  t.same(await two!.pushedLines(), [], 'what was deleted in Redis is gone');
  t.match(two!.logLines.join('\n'), /level=WARN.*does not know what was read from it/);
});

onEachStore(t, 'a time to live ends for all, by the clock of Redis', async (t, redis) => {
  const [one, two] = await startThree(t, await startSharedRedis(t, redis));
  t.equal((await one!.send('PUT', '/metrics/job/a?ttl=5s', { body: 'a 1\n' })).status, 200);
  t.ok((await two!.pushedLines()).length > 0);
  await until(async () => (await two!.pushedLines()).length === 0, 'the end of the group');
  t.same(await one!.pushedLines(), []);
});

onEachStore(t, 'what is in Redis is not trusted', async (t, redis) => {
  const server = await startSharedRedis(t, redis);
  const [one] = await startThree(t, server);
  t.equal((await one!.send('PUT', '/metrics/job/a', { body: 'a 1\n' })).status, 200);
  const key = '{sonde-pushgateway}';
  await askRedis(server.address, ['HSET', `${key}:records`, '[["job","a"]]\0a', 'nonsense']);
  await askRedis(server.address, ['ZADD', `${key}:changed`, '3', '[["job","a"]]\0a']);
  await askRedis(server.address, ['HSET', `${key}:head`, 'version', '3']);
  const scrape = await one!.send('GET', '/metrics');
  t.equal(scrape.status, 503);
  t.match(scrape.text, /the record ".*" in Redis cannot be read: its checksum is wrong/);
  await askRedis(server.address, ['HDEL', `${key}:records`, '[["job","a"]]\0a']);
  t.match((await one!.send('GET', '/metrics')).text, /records are missing in Redis.*noeviction/);
  await askRedis(server.address, ['HSET', `${key}:head`, 'format', '9']);
  t.match((await one!.send('GET', '/metrics')).text, /has the format 9/);
});

onEachStore(
  t,
  'a key that Redis has lost, or that became another type, is named; nothing is changed',
  async (t, redis) => {
    const server = await startSharedRedis(t, redis);
    const [one] = await startThree(t, server);
    t.equal((await one!.send('PUT', '/metrics/job/a', { body: 'a 1\n' })).status, 200);
    const key = '{sonde-pushgateway}';
    const records = (): Promise<unknown> => askRedis(server.address, ['HGETALL', `${key}:records`]);
    const before = await records();
    await askRedis(server.address, ['SET', `${key}:gone`, 'x']);
    const refused = await one!.send('PUT', '/metrics/job/b', { body: 'b 1\n' });
    t.equal(refused.status, 503);
    t.match(refused.text, /WRONGTYPE/);
    await askRedis(server.address, ['DEL', `${key}:gone`, `${key}:changed`]);
    const answers = [
      await one!.send('GET', '/metrics'),
      await one!.send('PUT', '/metrics/job/b', { body: 'b 1\n' }),
      // Knows nothing of what there was.
      await (await startInstance(t, `redis://${server.address}`)).send('GET', '/metrics'),
    ];
    for (const { status, text } of answers) {
      t.equal(status, 503);
      t.match(text, /the key "\{sonde-pushgateway\}:changed" in Redis is gone or too old.*noeviction/);
    }
    t.same(await records(), before, 'what is left is as it was');
  },
);

onEachStore(t, 'a password in the URL is shown nowhere', async (t, redis) => {
  const server = await startSharedRedis(t, redis, ['requirepass right']);
  const service = await startInstance(t, `redis://default:wrong@${server.address}`);
  const answer = await service.send('PUT', '/metrics/job/a', { body: 'a 1\n' });
  t.equal(answer.status, 503);
  t.match(answer.text, /WRONGPASS/);
  const pages = await Promise.all(
    ['/status', '/', '/metrics', '/api/v1/status'].map((path) => service.send('GET', path)),
  );
  const said = [answer.text, ...service.logLines, ...pages.map(({ text }) => text)].join('\n');
  t.notMatch(said, ':wrong');
  t.match(said, 'redis://default:<secret>@');
});

onEachStore(t, 'replicas are waited for', async (t, redis) => {
  const server = await startSharedRedis(t, redis);
  const service = await startInstance(t, `redis://${server.address}`, ['--push.store-wait-replicas=1']);
  const alone = await service.send('PUT', '/metrics/job/a', { body: 'a 1\n' });
  t.equal(alone.status, 503);
  t.match(alone.text, /only 0 of 1 replicas/);
  await startSharedRedis(t, redis, [`replicaof ${server.address.replace(':', ' ')}`]);
  await until(
    async () => (await askRedis(server.address, ['INFO', 'replication'])).includes('state=online'),
    'the replica',
  );
  // It says once a second how far it is.
  await until(
    async () => (await service.send('PUT', '/metrics/job/a', { body: 'a 2\n' })).status === 200,
    'a push that the replica has',
  );
});

onEachStore(t, 'a cluster has the store on the node of its slot', async (t, redis) => {
  const nodes = [await startClusterNode(t, redis), await startClusterNode(t, redis), await startClusterNode(t, redis)];
  await joinCluster(nodes);
  const services = await Promise.all(nodes.map(({ address }) => startInstance(t, `redis://${address}?cluster=true`)));
  for (const [index, { send }] of services.entries()) {
    const answer = await send('PUT', `/metrics/job/a${index}`, { body: `a ${index}\n` });
    t.equal(answer.status, 200, answer.text);
  }
  for (const { address } of services) {
    const values = readExposition((await httpGet(address, '/metrics')).text).get('a')?.series ?? new Map();
    t.same([...values.values()], ['0', '1', '2']);
  }
});
