import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import { deadPort } from '../../helpers/servers/dead-port.js';
import type { PlainAndTls } from './databases.js';
import { type Found, type Place, startServer, writeFor } from './real-server.js';

/** Mosquitto. */
export async function startMosquitto(
  t: Test,
  mosquitto: Found,
  place: Place,
  anonymous: boolean,
): Promise<PlainAndTls> {
  const { folder, cert, key } = place;
  const [plain, tls] = [await deadPort(), await deadPort()];
  const lines = [
    'per_listener_settings false',
    `allow_anonymous ${anonymous}`,
    `listener ${plain} 127.0.0.1`,
    `listener ${tls} 127.0.0.1`,
    `certfile ${cert}`,
    `keyfile ${key}`,
  ];
  const config = writeFor(folder, `mosquitto-${plain}.conf`, `${lines.join('\n')}\n`);
  await startServer(t, { program: mosquitto, args: ['-c', config], cwd: folder, listens: [plain, tls] });
  return { plain: `127.0.0.1:${plain}`, tls: `127.0.0.1:${tls}` };
}

/** RabbitMQ, with a port mapper (epmd) of its own, since one that it starts itself would stay behind. */
export async function startRabbitmq(
  t: Test,
  [rabbitmq, epmd]: readonly [Found, Found],
  place: Place,
): Promise<PlainAndTls> {
  const { folder, cert, key, ca } = place;
  const [plain, tls, mapper, distribution] = [await deadPort(), await deadPort(), await deadPort(), await deadPort()];
  const mapperArgs = ['-port', `${mapper}`, '-address', '127.0.0.1'];
  await startServer(t, { program: epmd, args: mapperArgs, cwd: folder, listens: [mapper] });
  const lines = [
    `listeners.tcp.1 = 127.0.0.1:${plain}`,
    `listeners.ssl.1 = 127.0.0.1:${tls}`,
    `ssl_options.cacertfile = ${ca}`,
    `ssl_options.certfile = ${cert}`,
    `ssl_options.keyfile = ${key}`,
    'ssl_options.verify = verify_none',
    'disk_free_limit.absolute = 1MB',
  ];
  mkdirSync(join(folder, 'rabbitmq'), { mode: 0o777 });
  await startServer(t, {
    program: rabbitmq,
    args: [],
    cwd: folder,
    listens: [plain, tls],
    overlay: true,
    env: {
      ERL_EPMD_PORT: `${mapper}`,
      ERL_EPMD_ADDRESS: '127.0.0.1',
      RABBITMQ_NODENAME: `sonde-${plain}@localhost`,
      RABBITMQ_DIST_PORT: `${distribution}`,
      RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS: '-kernel inet_dist_use_interface {127,0,0,1} +S 1:1',
      RABBITMQ_CONFIG_FILE: writeFor(folder, 'rabbitmq.conf', `${lines.join('\n')}\n`),
      RABBITMQ_CONF_ENV_FILE: join(folder, 'none.conf'),
      RABBITMQ_ENABLED_PLUGINS_FILE: writeFor(folder, 'enabled_plugins', '[].\n'),
      RABBITMQ_MNESIA_BASE: folder,
      RABBITMQ_LOG_BASE: folder,
      RABBITMQ_LOGS: '-',
    },
  });
  return { plain: `127.0.0.1:${plain}`, tls: `127.0.0.1:${tls}` };
}
