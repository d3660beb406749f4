import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';
import t from 'tap';
import {
  findMysqldExporter,
  findNginxExporter,
  findPostgresExporter,
  findRedisExporter,
  type Peer,
  REPOSITORY,
  sondeCommand,
  startSonde,
} from '../../helpers/peer.js';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { closedPort } from '../../helpers/servers/stream-server.js';
import { answerTo, type HttpAnswer, httpGet } from '../../helpers/services/http-get.js';
import { makePlace, type Place, writeFor } from '../servers/real-server.js';
import { startPair, startRealExporter } from './exporter-peers.js';

t.setTimeout(500_000);

interface Exporter {
  readonly command: string;
  readonly peer: Peer | undefined;
  /** Of both, for a server at that address. */
  readonly args: (address: string) => readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly up: string;
}

const EXPORTERS: readonly Exporter[] = [
  {
    ...{ command: 'mysql', peer: findMysqldExporter(), up: 'mysql_up' },
    args: (address) => [`--mysqld.address=${address}`, '--mysqld.username=me'],
    env: { MYSQLD_EXPORTER_PASSWORD: 'secret' },
  },
  {
    ...{ command: 'postgres', peer: findPostgresExporter(), up: 'pg_up' },
    args: () => [],
    env: { DATA_SOURCE_NAME: 'postgresql://me:secret@127.0.0.1:1/x?sslmode=disable' },
  },
  {
    ...{ command: 'nginx', peer: findNginxExporter(), up: 'nginx_up' },
    args: (address) => [`--nginx.scrape-uri=http://${address}/stub_status`],
  },
];

/** The password is `secret`. */
const USER = { name: 'prom', hash: '$2y$05$abcdefghijklmnopqrstuuOQiyCxlgf/oeuTqixKmWdcYUh4Hjl0a' };

for (const { command, peer, args, env, up } of EXPORTERS) {
  const skip = peer === undefined && `not here: the real exporter of ${command}`;

  t.test(`${command}: TLS and users, several addresses, another path`, { skip }, async (t) => {
    if (peer === undefined) return;
    const place = await makePlace(t);
    const more = `127.0.0.1:${await deadPort()}`;
    const address = await closedPort();
    const flags = [...args(address), `--web.config.file=${webConfig(place)}`, '--web.telemetry-path=/mine'];
    const withMore = async (one: Promise<{ readonly address: string }>, at: string) => [(await one).address, at];
    const theirs = await withMore(startRealExporter(t, peer, [...flags, `--web.listen-address=${more}`], env), more);
    const other = `127.0.0.1:${await deadPort()}`;
    const sonde = startSonde([...flags, `--web.listen-address=${other}`], { command, ...(env && { env }) });
    t.teardown(async () => (await sonde).stop());
    const ours = await withMore(sonde, other);
    for (const [at, [mine, their]] of [
      [ours[0] ?? '', theirs[0] ?? ''],
      [ours[1] ?? '', theirs[1] ?? ''],
    ].entries()) {
      const rows = [
        { name: 'no password', path: '/mine', auth: undefined, status: 401 },
        { name: 'wrong password', path: '/mine', auth: 'prom:wrong', status: 401 },
        { name: 'the path', path: '/mine', auth: 'prom:secret', status: 200 },
        { name: 'the usual path', path: '/metrics', auth: 'prom:secret', status: undefined },
        { name: 'the index', path: '/', auth: 'prom:secret', status: 200 },
      ];
      for (const { name, path, auth, status } of rows) {
        const [a, b] = [await httpsGet(their ?? '', path, auth, place), await httpsGet(mine ?? '', path, auth, place)];
        const what = `address ${at + 1}, ${name}`;
        if (status !== undefined) t.equal(a.status, status, `${what}: the real one`);
        t.equal(b.status, a.status, what);
        t.equal(b.headers['www-authenticate'], a.headers['www-authenticate'], what);
        if (name === 'the path') t.match(b.text, new RegExp(`^${up}(?:\\{.*\\})? 0$`, 'm'), what);
        if (name === 'the index') t.match(b.text, /href="\/?mine"/, what);
      }
      const [a, b] = [await httpGet(their ?? '', '/mine'), await httpGet(mine ?? '', '/mine')];
      t.same([b.status, b.text], [a.status, a.text], `address ${at + 1}: HTTP in the place of HTTPS`);
    }
  });

  t.test(`${command}: what is asked for is not there`, { skip }, async (t) => {
    if (peer === undefined) return;
    const { theirs, ours } = await startPair(t, { peer, command, args: args(await closedPort()), ...(env && { env }) });
    for (const [method, path] of [
      ['HEAD', '/metrics'],
      ['GET', '/metrics/'],
      ['GET', '/metrics?x=%zz'],
    ] as const) {
      const [a, b] = [await httpGet(theirs.address, path, { method }), await httpGet(ours.address, path, { method })];
      t.equal(b.status, a.status, `${method} ${path}`);
    }
  });

  t.test(`${command}: the version`, { skip }, (t) => {
    if (peer === undefined) return;
    const their = spawnSync(peer.path, ['--version'], { encoding: 'utf8' });
    const own = sondeCommand([command, '--version']);
    const mine = spawnSync(own.command, own.args, { encoding: 'utf8' });
    t.equal(mine.status, their.status);
    t.match(`${their.stdout}${their.stderr}`, /, version /);
    t.match(mine.stdout, /, version /);
    t.end();
  });
}

const redis = findRedisExporter();

t.test('redis: TLS and users by flags', { skip: redis === undefined && 'not here: redis_exporter' }, async (t) => {
  if (redis === undefined) return;
  const place = await makePlace(t);
  const tls = [`--tls-server-cert-file=${place.cert}`, `--tls-server-key-file=${place.key}`];
  const user = (flag: string, secret: string) => [
    `--basic-auth-username=${USER.name}`,
    `--basic-auth-${flag}=${secret}`,
  ];
  const rows = [
    { name: 'a password', flags: user('password', 'secret'), isTls: false },
    { name: 'a hash', flags: user('hash-password', USER.hash), isTls: false },
    { name: 'TLS and a password', flags: [...tls, ...user('password', 'secret')], isTls: true },
  ];
  for (const { name, flags, isTls } of rows) {
    const args = [`--redis.addr=${await closedPort()}`, ...flags];
    const { theirs, ours } = await startPair(t, { peer: redis, command: 'redis', args });
    const get = (address: string, path: string, auth?: string): Promise<HttpAnswer> => {
      if (isTls) return httpsGet(address, path, auth, place);
      const headers = auth === undefined ? {} : { authorization: `Basic ${Buffer.from(auth).toString('base64')}` };
      return httpGet(address, path, { headers });
    };
    for (const path of ['/metrics', '/health', '/', '/scrape']) {
      for (const auth of [undefined, 'prom:secret', 'prom:wrong', 'prom:', ':secret', 'other:secret']) {
        const [a, b] = [await get(theirs.address, path, auth), await get(ours.address, path, auth)];
        const what = `${name}: ${path} ${auth ?? 'nobody'}`;
        t.equal(b.status, a.status, what);
        t.equal(b.headers['www-authenticate'], a.headers['www-authenticate'], what);
        if (a.status !== 200) t.equal(b.text, a.text, what);
      }
    }
  }
});

t.test('the flags of the real exporters are those that are listed', (t) => {
  const file = join(REPOSITORY, 'test/fixtures/exporters/flags.json');
  const lists = new Map(Object.entries(JSON.parse(readFileSync(file, 'utf8')) as Record<string, readonly string[]>));
  for (const { command, peer } of [...EXPORTERS, { command: 'redis', peer: redis }]) {
    if (peer === undefined) continue;
    const { stdout, stderr } = spawnSync(peer.path, ['--help'], { encoding: 'utf8' });
    const flags = [...`${stdout}${stderr}`.matchAll(/^ {2,6}(?:-\w, )?--?(?:\[no-\])?([\w.-]+)/gm)];
    t.same([...new Set(flags.map(([, name = '']) => name))].sort(), lists.get(command), command);
  }
  t.end();
});

function webConfig({ folder, cert, key }: Place): string {
  const tls = `tls_server_config: {cert_file: ${cert}, key_file: ${key}}\n`;
  return writeFor(folder, 'web.yml', `${tls}basic_auth_users: {${USER.name}: '${USER.hash}'}\n`);
}

function httpsGet(address: string, path: string, auth: string | undefined, { ca }: Place): Promise<HttpAnswer> {
  const [host, port] = address.split(':');
  return answerTo(
    request({ host, port, path, ca: readFileSync(ca), agent: false, ...(auth !== undefined && { auth }) }),
  );
}
