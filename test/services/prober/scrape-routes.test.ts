import t, { type Test } from 'tap';
import { loadConfig } from '../../../src/config/load-config.js';
import { allProbers } from '../../../src/probers/all-probers.js';
import { SMALL_INFO, startRedisServer, withInfo } from '../../helpers/servers/redis-server.js';
import { closedPort } from '../../helpers/servers/stream-server.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { testProberDeps } from '../../helpers/services/prober-deps.js';
import { startApp, type TestApp } from '../../helpers/services/start-app.js';

const CONFIG = `modules:
  redis: { prober: redis, redis: { preferred_ip_protocol: ip4 } }
  login: { prober: redis, redis: { password: secret, credentials_for: [redis.example.com] } }
  tcp: { prober: tcp }
`;

async function startProber(t: Test, config = CONFIG): Promise<TestApp> {
  const { modules } = await loadConfig(config, 'redis.yml', allProbers(testProberDeps()));
  const app = await startApp({ modules: [...modules.values()] });
  t.teardown(() => app.stop(0));
  return app;
}

t.test('/scrape answers as redis_exporter does, with the module redis or the one that is named', async (t) => {
  const { address } = await startProber(t);
  const { target } = await startRedisServer(t, withInfo(SMALL_INFO));
  const down = await closedPort();
  for (const { name, query, up, err } of [
    { name: 'a server', query: `target=${target}`, up: 1, err: '' },
    { name: 'with a scheme and a user', query: `target=redis://me:hunter2@${target}`, up: 1, err: '' },
    { name: 'nobody listens', query: `target=${down}`, up: 0, err: `dial tcp ${down}: connect: connection refused` },
    {
      name: 'a target that the credentials are not for',
      query: `target=${target}&module=login`,
      up: 0,
      err: 'credentials_for of the module has no pattern that matches the target',
    },
  ]) {
    const { status, text } = await httpGet(address, `/scrape?${query}`);
    t.equal(status, 200, name);
    t.match(text, `\nredis_up ${up}\n`, name);
    t.match(text, `\nredis_exporter_last_scrape_error{err="${err}"} ${1 - up}\n`, name);
    t.notMatch(text, /^probe_|hunter2|secret/m, name);
  }
  const { text: own } = await httpGet(address, '/metrics');
  t.match(own, /^sonde_probe_duration_seconds_count\{module="redis",outcome="success"\} 2$/m, 'they count as probes');
  const { text: page } = await httpGet(address, '/');
  t.match(page, target, 'and are in the history');
  t.notMatch(page, /hunter2/);
});

t.test('/scrape refuses', async (t) => {
  const { address } = await startProber(t);
  for (const [query, text] of [
    ['', "'target' parameter must be specified"],
    ['target=&module=nope', "'target' parameter must be specified"],
    ['target=x&module=nope', 'Unknown module "nope"'],
    ['target=x&module=tcp', 'The module "tcp" has another prober than redis'],
  ] as const) {
    const answer = await httpGet(address, `/scrape?${query}`);
    t.equal(answer.status, 400, query);
    t.equal(answer.text, `${text}\n`, query);
  }
});

t.test('a target_policy holds for it', async (t) => {
  const { address } = await startProber(t, `target_policy: { deny: [{ addresses: [loopback] }] }\n${CONFIG}`);
  const { target } = await startRedisServer(t, withInfo(SMALL_INFO));
  const { status, text } = await httpGet(address, `/scrape?target=${target}`);
  t.equal(status, 200);
  t.notMatch(text, /^redis_up 1$/m);
});

t.test('a user in the target logs in with the password of the module', async (t) => {
  const asked: string[] = [];
  const { target } = await startRedisServer(t, (command, socket) => {
    asked.push(command);
    return command.startsWith('AUTH') ? '+OK\r\n' : withInfo(SMALL_INFO)(command, socket);
  });
  const module = '{ prober: redis, redis: { username: own, password: secret, credentials_for: [127.0.0.1] } }';
  const { address } = await startProber(t, `modules:\n  redis: ${module}\n`);
  for (const [who, command] of [
    ['', 'AUTH own secret'],
    ['me:ignored@', 'AUTH me secret'],
  ] as const) {
    asked.length = 0;
    const { text } = await httpGet(address, `/scrape?target=redis://${who}${target}`);
    t.match(text, /^redis_up 1$/m);
    t.equal(asked[0], command);
  }
});
