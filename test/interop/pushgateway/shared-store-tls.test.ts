import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { REPOSITORY } from '../../helpers/peer.js';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { startTestPushgateway, type TestPushgateway } from '../../helpers/services/start-pushgateway.js';
import { type Identity, makeSelfSigned, sharedIdentities } from '../../helpers/tls/certificates.js';
import { until } from '../../helpers/until.js';
import { type Found, makePlace, type Place, writeFor } from '../servers/real-server.js';
import { joinCluster, onEachStore, startClusterNode, startSharedRedis } from '../servers/shared-redis.js';

t.setTimeout(500_000);

/** What a user of ACL needs, as docs/pushgateway.md says it. */
const ACL_RULES =
  /ACL SETUSER sonde on (.*)/.exec(readFileSync(join(REPOSITORY, 'docs/pushgateway.md'), 'utf8'))?.[1] ?? 'none';

async function startInstance(t: Test, url: string, flags: readonly string[] = []): Promise<TestPushgateway> {
  const service = await startTestPushgateway([`--push.store=${url}`, ...flags]);
  t.teardown(() => service.stop(0));
  return service;
}

/** The client that comes with the server. */
function cliOf({ path }: Found): string {
  return path.replace(/-server$/, '-cli');
}

/** What a server needs for TLS at this port, and for asking clients for certificates of the same authority. */
function tlsLines({ cert, key, ca }: Place, port: number, asksClients: 'yes' | 'no'): readonly string[] {
  return [
    `tls-port ${port}`,
    `tls-cert-file ${cert}`,
    `tls-key-file ${key}`,
    `tls-ca-cert-file ${ca}`,
    `tls-auth-clients ${asksClients}`,
  ];
}

/** Writes a client certificate where `cert` and `key` say, and returns the flags that name them. */
function clientFiles(t: Test) {
  const folder = t.testdir({});
  const [cert, key] = [join(folder, 'client.pem'), join(folder, 'client.key')];
  const write = (identity: Identity): void => {
    writeFileSync(cert, identity.cert);
    writeFileSync(key, identity.key);
  };
  return { write, flags: [`--push.store-cert-file=${cert}`, `--push.store-key-file=${key}`] };
}

onEachStore(t, 'TLS, a user of ACL, a password in a file that changes', async (t, redis) => {
  const { place } = await startSharedRedis(t, redis);
  const tlsPort = await deadPort();
  const server = await startSharedRedis(t, redis, [
    'user default off',
    // What a user needs, as docs/pushgateway.md says it.
    `user sonde on >first ${ACL_RULES}`,
    'user boss on >boss ~* +@all',
    ...tlsLines(place, tlsPort, 'no'),
  ]);
  const file = join(t.testdir(), 'password');
  writeFileSync(file, 'first\n');
  const flags = [`--push.store-password-file=${file}`, `--push.store-ca-file=${place.ca}`];
  const service = await startInstance(t, `rediss://sonde@localhost:${tlsPort}`, flags);
  const put = (value: number) => service.send('PUT', '/metrics/job/a', { body: `a ${value}\n` });
  const pushed = await put(1);
  t.equal(pushed.status, 200, pushed.text);
  const boss = ['-u', `redis://boss:boss@${server.address}`, '--no-auth-warning'];
  const ask = (...words: string[]): void => {
    spawnSync(cliOf(redis), [...boss, ...words]);
  };
  ask('ACL', 'SETUSER', 'sonde', 'resetpass', '>second');
  ask('CLIENT', 'KILL', 'USER', 'sonde');
  await until(async () => (await put(2)).text.includes('WRONGPASS'), 'the refusal');
  writeFileSync(file, 'second\n');
  await until(async () => (await put(3)).status === 200, 'the new password');
  const untrusted = await startInstance(t, `rediss://sonde@localhost:${tlsPort}`, flags.slice(0, 1));
  t.match((await untrusted.send('PUT', '/metrics/job/a', { body: 'a 1\n' })).text, /unable to verify|self.signed/);
});

onEachStore(t, 'a client certificate is shown, and read anew for every connection', async (t, redis) => {
  const { authority } = await sharedIdentities();
  const place = await makePlace(t);
  const tlsPort = await deadPort();
  const server = await startSharedRedis(t, redis, [
    'user default off',
    `user sonde on >secret ${ACL_RULES}`,
    'user boss on >boss ~* +@all',
    ...tlsLines(place, tlsPort, 'yes'),
  ]);
  const url = `rediss://sonde:secret@localhost:${tlsPort}`;
  const client = clientFiles(t);
  client.write(await authority.issue({ subject: 'CN=pushgateway' }));
  const ca = `--push.store-ca-file=${place.ca}`;
  const put = (service: TestPushgateway) => service.send('PUT', '/metrics/job/a', { body: 'a 1\n' });
  const service = await startInstance(t, url, [ca, ...client.flags]);
  const pushed = await put(service);
  t.equal(pushed.status, 200, pushed.text);
  t.match(
    (await put(await startInstance(t, url, [ca]))).text,
    /certificate.required|closed|ECONNRESET/i,
    'without one',
  );
  client.write(await makeSelfSigned({ subject: 'CN=stranger' }));
  const boss = ['-u', `redis://boss:boss@${server.address}`, '--no-auth-warning'];
  spawnSync(cliOf(redis), [...boss, 'CLIENT', 'KILL', 'USER', 'sonde']);
  await until(
    async () => /unknown.ca|certificate|closed|ECONNRESET/i.test((await put(service)).text),
    'a stranger is refused',
  );
  client.write({ cert: 'none', key: 'none', der: Buffer.alloc(0) });
  await until(
    async () => (await put(service)).text.includes('--push.store-cert-file and --push.store-key-file cannot be used'),
    'files that have none are named',
  );
  client.write(await authority.issue({ subject: 'CN=pushgateway' }));
  await until(async () => (await put(service)).status === 200, 'the next certificate');
});

onEachStore(t, 'a cluster that speaks TLS only, with client certificates, users and host names', async (t, redis) => {
  const { authority } = await sharedIdentities();
  const place = await makePlace(t);
  // No address is in the certificate of the nodes: it is for the name that they announce.
  const named = await authority.issue({ subject: 'CN=node', dnsNames: ['localhost'], ipAddresses: [] });
  const own = {
    ...place,
    cert: writeFor(place.folder, 'node.pem', named.cert),
    key: writeFor(place.folder, 'node.key', named.key),
  };
  const announced = ['cluster-announce-hostname localhost', 'cluster-preferred-endpoint-type hostname'];
  const ports = [await deadPort(), await deadPort(), await deadPort()];
  const nodes = await Promise.all(
    ports.map((port) => {
      const lines = [...tlsLines(own, port, 'yes'), ...announced, `user sonde on >secret ${ACL_RULES}`];
      return startClusterNode(t, redis, { port, lines });
    }),
  );
  await joinCluster(nodes);
  const client = clientFiles(t);
  client.write(await authority.issue({ subject: 'CN=pushgateway' }));
  const flags = [`--push.store-ca-file=${place.ca}`, ...client.flags];
  const services = await Promise.all(
    ports.map((port) => startInstance(t, `rediss://sonde:secret@localhost:${port}?cluster=true`, flags)),
  );
  for (const [index, { send }] of services.entries()) {
    const answer = await send('PUT', `/metrics/job/a${index}`, { body: `a ${index}\n` });
    t.equal(answer.status, 200, answer.text);
  }
  for (const { pushedLines } of services) {
    const lines = (await pushedLines()).filter((line) => line.startsWith('a{'));
    t.same(
      lines.sort(),
      [0, 1, 2].map((index) => `a{instance="",job="a${index}"} ${index}`),
    );
  }
  const stranger = await startInstance(t, `rediss://sonde:wrong@localhost:${ports[0]}?cluster=true`, flags);
  t.match((await stranger.send('PUT', '/metrics/job/a', { body: 'a 1\n' })).text, /WRONGPASS/, 'it says why not');
});
