import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { connect as connectHttp2 } from 'node:http2';
import { get } from 'node:https';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import t, { type Test } from 'tap';
import { REPOSITORY } from '../helpers/peer.js';
import { type ChildService, startChildService } from '../helpers/services/child-service.js';
import { httpGet } from '../helpers/services/http-get.js';
import { sharedIdentities } from '../helpers/tls/certificates.js';

t.setTimeout(300_000);

/** The most that the descriptors of a process allow here; their limit is not raised. */
const [, soft = '1024'] = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
const CONNECTIONS = Math.min(5000, Number(soft) - 200);
const SESSIONS = 50;

/** What is still connected is cut 11 s after SIGTERM, which nobody should have to wait for. */
const BEFORE_THE_CUT_SECONDS = 9;

async function startProber(t: Test, { isTls }: { readonly isTls: boolean }): Promise<ChildService> {
  const { localhost } = await sharedIdentities();
  const folder = t.testdir({
    'b.yml': 'modules: {m: {prober: tcp}}\n',
    'cert.pem': localhost.cert,
    'key.pem': localhost.key,
    'web.yml': isTls ? 'tls_server_config: {cert_file: cert.pem, key_file: key.pem}\n' : '',
  });
  const flags = isTls ? [`--web.config.file=${folder}/web.yml`] : [];
  const args = [join(REPOSITORY, 'bin/sonde'), `--config.file=${folder}/b.yml`, '--web.listen-address=127.0.0.1:0'];
  const ready = /msg="Sonde is ready" addresses=(127\.0\.0\.1:\d+)/;
  const service = await startChildService({ command: process.execPath, args: [...args, ...flags], ready });
  t.teardown(() => service.stop('SIGKILL'));
  return service;
}

async function floodWith(t: Test, address: string): Promise<void> {
  const script = fileURLToPath(new URL('../helpers/services/many-clients.js', import.meta.url));
  const clients = spawn(process.execPath, [script, address.split(':')[1] ?? '', String(CONNECTIONS)]);
  t.teardown(() => clients.kill('SIGKILL'));
  const [line] = (await once(clients.stdout, 'data')) as [Buffer];
  t.match(line.toString(), /opened \d+/);
}

/** Sessions over HTTP/2 that have asked for something and read nothing, and others that have asked for nothing. */
async function openSessions(t: Test, address: string): Promise<void> {
  for (let index = 0; index < SESSIONS; index += 1) {
    const settings = { initialWindowSize: 0 };
    const session = connectHttp2(`https://${address}`, { rejectUnauthorized: false, settings });
    t.teardown(() => session.destroy());
    session.on('error', () => undefined);
    await once(session, 'remoteSettings');
    if (index % 2 === 0) session.request({ ':path': '/metrics' }).on('error', () => undefined);
  }
}

t.test(`${CONNECTIONS} silent connections keep nobody out, and SIGTERM from taking effect`, async (t) => {
  const service = await startProber(t, { isTls: false });
  await floodWith(t, service.address);
  t.equal((await httpGet(service.address, '/-/healthy')).text, 'Healthy');
  t.equal(await service.stop('SIGTERM', BEFORE_THE_CUT_SECONDS), 0);
  t.notMatch(service.output(), 'Internal error');
});

t.test('the same over TLS', async (t) => {
  const service = await startProber(t, { isTls: true });
  await floodWith(t, service.address);
  await openSessions(t, service.address);
  const asked = get(`https://${service.address}/-/healthy`, { rejectUnauthorized: false });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  t.equal(response.statusCode, 200);
  t.equal(await service.stop('SIGTERM', BEFORE_THE_CUT_SECONDS), 0);
  t.notMatch(service.output(), 'Internal error');
});
