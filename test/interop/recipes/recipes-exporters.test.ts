import t from 'tap';
import { until } from '../../helpers/until.js';
import { startPostgres, startRedis } from '../servers/databases.js';
import { openMariadb, startMariadbServer } from '../servers/mariadb-load.js';
import { startStatusPages } from '../servers/nginx-status.js';
import { openSession } from '../servers/postgres-load.js';
import { checkRecipe, startWrongServers, withServer } from '../servers/recipes.js';

const wrong = await startWrongServers(t);

withServer(t, { name: 'Redis', programs: ['redis-server'] }, async (t, { place, recipes, found: [redis] }) => {
  const open = await startRedis(t, redis!, place);
  const closed = await startRedis(t, redis!, place, 'requirepass secret');
  await checkRecipe(t, recipes, {
    module: 'redis',
    target: open.plain,
    wrong: [
      wrong.web('request/protocol_error'),
      wrong.greeter('request/protocol_error'),
      { name: 'a server that wants a password', target: closed.plain, verdict: 'request/auth_failed' },
    ],
    metrics: { redis_up: 1 },
  });
  await checkRecipe(t, recipes, {
    module: 'redis_tls',
    target: open.tls,
    tls: true,
    wrong: [wrong.web('tls/tls_handshake_failed'), { name: 'no TLS', target: open.plain, verdict: 'tls/tls_timeout' }],
    metrics: { redis_up: 1 },
  });
});

withServer(t, { name: 'NGINX', programs: ['nginx'] }, async (t, { place, recipes, found: [nginx] }) => {
  const pages = await startStatusPages(t, nginx!, place);
  await checkRecipe(t, recipes, {
    module: 'nginx',
    target: pages.http,
    wrong: [
      wrong.web('check/status_code_mismatch'),
      wrong.greeter('processing/response_malformed'),
      { name: 'another page', target: pages.other, verdict: 'check/protocol_error' },
    ],
    metrics: { nginx_up: 1 },
  });
});

withServer(
  t,
  { name: 'PostgreSQL', programs: ['postgres', 'initdb'] },
  async (t, { place, recipes, found: [postgres, initdb] }) => {
    const server = await startPostgres(t, [postgres!, initdb!], place);
    const root = await openSession(t, server.target);
    await root.query('CREATE ROLE prober LOGIN; GRANT pg_monitor TO prober');
    const closed = { name: 'a password is wanted', target: server.target, verdict: 'request/auth_failed' };
    t.equal((await recipes.probe('postgres', server.target)).verdict, closed.verdict, closed.name);
    server.allow('host all prober 127.0.0.1/32 trust\n');
    await until(async () => (await recipes.probe('postgres', server.target)).verdict === 'ok', 'the rules are read');
    await checkRecipe(t, recipes, {
      module: 'postgres',
      target: server.target,
      wrong: [wrong.web('request/protocol_error'), wrong.greeter('request/protocol_error')],
      metrics: { pg_up: 1 },
    });
    await checkRecipe(t, recipes, {
      module: 'postgres_tls_metrics',
      target: `${server.target}/postgres`,
      tls: true,
      wrong: [wrong.web('tls/tls_handshake_failed')],
      metrics: { pg_up: 1 },
    });
  },
);

withServer(t, { name: 'MariaDB', programs: ['mariadbd'] }, async (t, { place, recipes, found: [mariadbd] }) => {
  const server = await startMariadbServer(t, mariadbd!, place);
  t.equal((await recipes.probe('mysql', server.target)).verdict, 'request/auth_failed', 'there is no such user');
  const root = await openMariadb(t, server);
  await root.query("CREATE USER prober@'%'; GRANT PROCESS, REPLICATION CLIENT, SLAVE MONITOR ON *.* TO prober@'%'");
  await checkRecipe(t, recipes, {
    module: 'mysql',
    target: server.target,
    wrong: [wrong.web('request/response_timeout'), wrong.greeter('request/protocol_error')],
    metrics: { mysql_up: 1, 'mysql_exporter_collector_success{collector="collect.slave_status"}': 1 },
  });
  await checkRecipe(t, recipes, {
    module: 'mysql_tls_metrics',
    target: server.target,
    tls: true,
    wrong: [wrong.greeter('tls/protocol_error')],
    metrics: { mysql_up: 1 },
  });
});
