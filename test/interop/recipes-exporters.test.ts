import t from 'tap';
import { startRedis } from './servers/databases.js';
import { startStatusPages } from './servers/nginx-status.js';
import { checkRecipe, startWrongServers, withServer } from './servers/recipes.js';

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
