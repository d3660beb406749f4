import { once } from 'node:events';
import net from 'node:net';
import t from 'tap';
import { until } from '../../helpers/until.js';
import { startMariadb, startMemcached, startPostgres, startRedis } from '../servers/databases.js';
import { checkRecipe, startWrongServers, withServer } from '../servers/recipes.js';

const wrong = await startWrongServers(t);

withServer(t, { name: 'Redis', programs: ['redis-server'] }, async (t, { place, recipes, found: [redis] }) => {
  const open = await startRedis(t, redis!, place, 'user prober on >change-me -@all +ping');
  const closed = await startRedis(t, redis!, place, 'requirepass secret');
  const replica = await startRedis(t, redis!, place, `replicaof 127.0.0.1 1`);
  const other = [wrong.web('dialogue/response_rejected'), wrong.greeter('dialogue/response_rejected')];
  const needsPassword = {
    name: 'a server that wants a password',
    target: closed.plain,
    verdict: 'dialogue/response_rejected',
  };
  await checkRecipe(t, recipes, { module: 'redis_ping', target: open.plain, wrong: [...other, needsPassword] });
  await checkRecipe(t, recipes, {
    module: 'redis_ping_tls',
    target: open.tls,
    tls: true,
    wrong: [wrong.web('tls/tls_handshake_failed'), { name: 'no TLS', target: open.plain, verdict: 'tls/tls_timeout' }],
  });
  await checkRecipe(t, recipes, {
    module: 'redis_auth',
    target: open.plain,
    wrong: [...other, { ...needsPassword, name: 'a server without the user' }],
  });
  await checkRecipe(t, recipes, {
    module: 'redis_master',
    target: open.plain,
    wrong: [
      wrong.web('dialogue/response_rejected'),
      { name: 'a replica', target: replica.plain, verdict: 'dialogue/response_rejected' },
      needsPassword,
    ],
    metrics: { 'probe_expect_info{redis_replicas="0"}': 1 },
  });
});

withServer(t, { name: 'memcached', programs: ['memcached'] }, async (t, { place, recipes, found: [memcached] }) => {
  const target = await startMemcached(t, memcached!, place);
  const other = [wrong.web('dialogue/response_rejected'), wrong.greeter('dialogue/response_rejected')];
  await checkRecipe(t, recipes, { module: 'memcached_version', target, wrong: other });
  const { metrics } = await recipes.probe('memcached_version', target);
  t.ok(
    Object.keys(metrics).some((series) => /^probe_expect_info\{memcached_version="1\.[\d.]+"\}$/.test(series)),
    'the version',
  );
});

withServer(
  t,
  { name: 'PostgreSQL', programs: ['postgres', 'initdb'] },
  async (t, { place, recipes, found: [postgres, initdb] }) => {
    const { target, allow } = await startPostgres(t, [postgres!, initdb!], place);
    await checkRecipe(t, recipes, {
      module: 'postgres_tls',
      target,
      tls: true,
      wrong: [wrong.web('dialogue/response_mismatch'), wrong.greeter('tls/tls_handshake_failed')],
    });
    const other = [wrong.web('dialogue/response_rejected'), wrong.greeter('dialogue/response_rejected')];
    await checkRecipe(t, recipes, { module: 'postgres_login', target, wrong: other });
    await checkRecipe(t, recipes, {
      module: 'postgres_login_tls',
      target,
      tls: true,
      wrong: [wrong.web('dialogue/response_mismatch')],
    });
    allow('hostssl all all 127.0.0.1/32 scram-sha-256\n');
    const login = async (): Promise<string> => (await recipes.probe('postgres_login', target)).verdict;
    await until(async () => (await login()) !== 'ok', 'the rules are read');
    t.equal(await login(), 'dialogue/response_rejected', 'pg_hba.conf does not let us in without TLS');
    t.equal((await recipes.probe('postgres_login_tls', target)).verdict, 'ok', 'but with it');
  },
);

withServer(t, { name: 'MariaDB', programs: ['mariadbd'] }, async (t, { place, recipes, found: [mariadbd] }) => {
  const target = await startMariadb(t, mariadbd!, place, ['--max-connections=10', '--extra-max-connections=1']);
  const other = [wrong.web('dialogue/response_timeout'), wrong.greeter('dialogue/response_rejected')];
  await checkRecipe(t, recipes, { module: 'mysql_greeting', target, wrong: other });
  const { metrics } = await recipes.probe('mysql_greeting', target);
  t.ok(
    Object.keys(metrics).some((series) => /^probe_expect_info\{mysql_version="1\d\.[^"]+MariaDB[^"]*"\}$/.test(series)),
    'the version',
  );
  await checkRecipe(t, recipes, { module: 'mysql_tls', target, tls: true, wrong: other });
  await t.test('a server that is full', async (t) => {
    const [host, port] = target.split(':');
    const held: net.Socket[] = [];
    t.teardown(() => {
      for (const socket of held) socket.destroy();
    });
    for (let count = 0; count < 12; count++) {
      const socket = net.connect(Number(port), host);
      held.push(socket);
      await once(socket, 'data');
    }
    const full = await recipes.probe('mysql_greeting', target);
    t.equal(full.verdict, 'dialogue/response_rejected', full.log);
  });
});
