import t from 'tap';
import { httpsGet } from '../../helpers/services/https-get.js';
import { startTestExporter } from '../../helpers/services/start-exporter.js';
import { makeAuthority, sharedIdentities } from '../../helpers/tls/certificates.js';

const HASH = '$2b$04$vTZei7RVj1jev2tN4sa.ouaAOHYYNKam1w7rCFTLwjkbAi.OX5FG2';
const PASSWORD = 'pä:s';

const start = (...args: readonly string[]) => startTestExporter(t, 'redis', ['--redis.addr=', ...args]);

t.test('a user by the flags of redis_exporter', async (t) => {
  for (const [what, ...args] of [
    ['password', `--basic-auth-password=${PASSWORD}`],
    ['hash', `--basic-auth-hash-password=${HASH}`],
  ] as const) {
    const { get } = await start('--basic-auth-username=me', ...args);
    const status = async (login: string, path = '/metrics'): Promise<number> => {
      const authorization = `Basic ${Buffer.from(login).toString('base64')}`;
      return (await get(path, { headers: { authorization } })).status;
    };
    const refused = await get('/metrics');
    t.equal(refused.status, 401, what);
    t.equal(refused.headers['www-authenticate'], 'Basic realm="redis-exporter, charset=UTF-8"', what);
    for (const wrong of ['me:pä:', 'me:', `you:${PASSWORD}`, `:${PASSWORD}`, `me:${HASH}`]) {
      t.equal(await status(wrong), 401, `${what}: ${wrong}`);
    }
    t.equal(await status(`me:${PASSWORD}`), 200, what);
    t.equal(await status(`me:${PASSWORD}`), 200, `${what}, again`);
    for (const path of ['/health', '/', '/-/healthy']) t.equal((await get(path)).status, 401, path);
  }
});

t.test('TLS by the flags of redis_exporter', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const clients = await makeAuthority();
  const client = await clients.issue({ subject: 'CN=client' });
  const folder = t.testdir({ 'c.pem': localhost.cert, 'k.pem': localhost.key, 'ca.pem': clients.cert });
  const pair = [`--tls-server-cert-file=${folder}/c.pem`, `--tls-server-key-file=${folder}/k.pem`];
  const status = async (address: string, tls: object): Promise<number | undefined> => {
    try {
      return (await httpsGet(address, '/health', { tls: { ca: authority.cert, ...tls } })).status;
    } catch {
      return undefined;
    }
  };
  const [open = ''] = (await start(...pair)).addresses;
  t.equal(await status(open, {}), 200);
  t.equal(await status(open, { maxVersion: 'TLSv1.2' }), 200);
  const [newest = ''] = (await start(...pair, '--tls-server-min-version=TLS1.3')).addresses;
  t.equal(await status(newest, {}), 200);
  t.equal(await status(newest, { maxVersion: 'TLSv1.2' }), undefined);
  const [mutual = ''] = (await start(...pair, `--tls-server-ca-cert-file=${folder}/ca.pem`)).addresses;
  t.equal(await status(mutual, {}), undefined);
  t.equal(await status(mutual, { cert: client.cert, key: client.key }), 200);
});

t.test('flags for users and TLS that contradict or lack each other', async (t) => {
  const pair = ['--tls-server-cert-file=x.pem', '--tls-server-key-file=y.pem'];
  const rows: readonly (readonly [args: readonly string[], message: RegExp])[] = [
    [['--basic-auth-password=x'], /need each other/],
    [['--basic-auth-username=x'], /need each other/],
    [['--basic-auth-hash-password=x'], /need each other/],
    [
      ['--basic-auth-password=x', '--basic-auth-hash-password=x'],
      /^cannot set both basic auth password and basic auth/,
    ],
    [
      ['--basic-auth-username=x', '--basic-auth-hash-password=x'],
      /hash-password': crypto\/bcrypt: hashedSecret too short/,
    ],
    [['--tls-server-cert-file=x.pem'], /TLS needs both/],
    [['--tls-server-key-file=x.pem'], /TLS needs both/],
    [['--tls-server-ca-cert-file=x.pem'], /TLS needs both/],
    [[...pair, '--tls-server-min-version=TLS9'], /^configured minimum TLS version unknown: 'TLS9'/],
    [pair, /cert_file .*x\.pem: no such file or directory/],
    [['--basic-auth-username=x', '--basic-auth-password=x', '--web.config.file=x.yml'], /one or the other/],
  ];
  for (const [args, message] of rows) await t.rejects(start(...args), { message }, args.join(' '));
  t.ok(await start('--tls-server-min-version=TLS9', '--basic-auth-password='), 'without effect');
});
