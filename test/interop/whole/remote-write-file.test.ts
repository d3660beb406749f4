import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { queryPrometheus } from '../../helpers/documents/prometheus.js';
import { startOkServer, startWriteReceiver } from '../../helpers/documents/write-receiver.js';
import { findPrometheusServers, startSonde } from '../../helpers/peer.js';
import { json, startTokenServer } from '../../helpers/servers/token-server.js';
import type { ChildService } from '../../helpers/services/child-service.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { httpsGet } from '../../helpers/services/https-get.js';
import { makeAuthority } from '../../helpers/tls/certificates.js';
import { until } from '../../helpers/until.js';

t.setTimeout(500_000);

/** The folder of a test; it goes with it. */
function folderOf(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-remote-write-file-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** Sonde with one target, probed every second, that writes by this file. */
async function startWriting(
  t: Test,
  folder: string,
  { file, options = [] }: { readonly file: string; readonly options?: readonly string[] },
): Promise<ChildService> {
  const targets = [`${await startOkServer(t)}/a`];
  writeFileSync(join(folder, 'targets.json'), JSON.stringify([{ targets, labels: { team: 'web' }, schedule: '1s' }]));
  writeFileSync(join(folder, 'blackbox.yml'), 'modules: {http_2xx: {prober: http}}\n');
  writeFileSync(join(folder, 'rw.yml'), file);
  const sonde = await startSonde([
    `--config.file=${join(folder, 'blackbox.yml')}`,
    `--targets.file=${join(folder, 'targets.json')}`,
    `--remote-write.config.file=${join(folder, 'rw.yml')}`,
    `--remote-write.queue=${join(folder, 'queue')}`,
    ...options,
  ]);
  t.teardown(() => sonde.stop());
  return sonde;
}

const metric = async ({ address }: ChildService, line: RegExp): Promise<boolean> =>
  line.test((await httpGet(address, '/metrics')).text);

/** `htpasswd -nbBC 4 sonde secret` */
const USER = 'sonde: $2y$04$Yyoq2DEcznyg7ZG7YVzAJOeX1oYQSaySRHR84/L6XHu8ZqyxdUL16';

const servers = findPrometheusServers();
if (servers.length === 0) t.test('remote write by a file', { skip: 'no prometheus in PATH' }, () => undefined);
for (const server of servers) {
  t.test(`Prometheus ${server.version} with users and client certificates`, async (t) => {
    const folder = folderOf(t);
    const authority = await makeAuthority();
    const [own, client] = [await authority.issue({ dnsNames: ['localhost'] }), await authority.issue()];
    const pem = { 'ca.pem': authority.cert, 'own.pem': own.cert, 'own.key': own.key };
    const files = { ...pem, 'me.pem': client.cert, 'me.key': client.key, password: 'wrong\n' };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
    writeFileSync(
      join(folder, 'web.yml'),
      `tls_server_config: { cert_file: own.pem, key_file: own.key, client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert }
basic_auth_users: { ${USER} }
`,
    );
    const receiver = await startWriteReceiver(t, server, [`--web.config.file=${join(folder, 'web.yml')}`]);
    const tls = { ca: authority.cert, cert: client.cert, key: client.key };
    const login = { authorization: `Basic ${Buffer.from('sonde:secret').toString('base64')}` };
    const has = async (query: string): Promise<boolean> => {
      const path = `/api/v1/query?query=${encodeURIComponent(query)}`;
      const { text } = await httpsGet(receiver.address(), path, { tls, headers: login });
      return text.includes('"metric"');
    };
    const sonde = await startWriting(t, folder, {
      file: `url: https://${receiver.address()}/api/v1/write
basic_auth: { username: sonde, password_file: ${join(folder, 'password')} }
tls_config:
  ca_file: ${join(folder, 'ca.pem')}
  cert_file: ${join(folder, 'me.pem')}
  key_file: ${join(folder, 'me.key')}
  server_name: localhost
`,
    });
    await until(() => metric(sonde, /^sonde_remote_write_requests_total\{outcome="refused"\} [1-9]/m), 'refused');
    t.match(sonde.output(), /Remote write is refused, results are dropped.*401/);
    writeFileSync(join(folder, 'password'), 'secret\n');
    await until(() => has('count_over_time(probe_success{team="web"}[1m]) > 2'), 'results have come');
    await until(() => has('histogram_quantile(0.9, sum(rate(probe_duration_seconds_hist[30s]))) > 0'), 'histograms');
    const text = `url: https://${receiver.address()}/api/v1/write\ntls_config: {ca_file: ${join(folder, 'ca.pem')}}\n`;
    writeFileSync(join(folder, 'rw.yml'), text);
    t.equal((await httpGet(sonde.address, '/-/reload', { method: 'POST' })).status, 200);
    await until(() => /Remote write fails, results wait.*certificate/.test(sonde.output()), 'none is shown');
  });

  t.test(`Prometheus ${server.version} behind a guard that wants tokens, and a redirect`, async (t) => {
    const folder = folderOf(t);
    const receiver = await startWriteReceiver(t, server);
    const good = new Set<string>();
    const tokens = await startTokenServer(t, ({ headers }, response) => {
      const isKnown = headers.authorization === `Basic ${Buffer.from('me:top-secret').toString('base64')}`;
      const token = `token-${tokens.requests.length}`;
      good.add(token);
      json(response, isKnown ? 200 : 401, { access_token: token, token_type: 'bearer', expires_in: 13 });
    });
    const port = await startGuard(t, receiver.address(), good);
    const sonde = await startWriting(t, folder, {
      file: `url: http://127.0.0.1:${port}/old
oauth2: { client_id: me, client_secret: top-secret, token_url: ${tokens.url} }
`,
    });
    const began = performance.now();
    const count = 'count_over_time(probe_success{team="web"}[1m])';
    await queryPrometheus(receiver.address(), `${count} > 2`, 1);
    good.clear();
    await queryPrometheus(receiver.address(), `${count} > 9`, 1);
    // A token is good for three of its thirteen seconds, and the first ones were taken back.
    const most = 3 + (performance.now() - began) / 3000;
    t.ok(tokens.requests.length > 2 && tokens.requests.length <= most, `${tokens.requests.length} tokens`);
    t.ok(await metric(sonde, /^sonde_remote_write_samples_refused_total 0$/m), 'nothing was lost');
    t.notMatch(sonde.output(), /top-secret|token-\d/);
  });

  for (const form of ['classic', 'both'] as const) {
    t.test(`Prometheus ${server.version} takes histograms as ${form}`, async (t) => {
      const folder = folderOf(t);
      const features = form === 'classic' ? [] : ['native-histograms'];
      const receiver = await startWriteReceiver(t, server, [], features);
      const sonde = await startWriting(t, folder, {
        file: `url: http://${receiver.address()}/api/v1/write\n`,
        options: [`--remote-write.histograms=${form}`],
      });
      const address = receiver.address();
      await queryPrometheus(address, 'sum(probe_duration_seconds_hist_count) > 4', 1);
      const equal = (count: string) => queryPrometheus(address, `${count} == sum(probe_attempts_total)`, 1);
      t.equal((await equal('sum(probe_duration_seconds_hist_count)')).length, 1);
      t.equal((await equal('sum(probe_duration_seconds_hist_bucket{le="+Inf"})')).length, 1);
      const [quantile] = await queryPrometheus(
        address,
        'histogram_quantile(0.9, sum by (le) (rate(probe_duration_seconds_hist_bucket[30s])))',
        1,
      );
      t.ok(quantile !== undefined && quantile.value > 0 && quantile.value < 5, String(quantile?.value));
      if (form === 'both') t.equal((await equal('sum(histogram_count(probe_duration_seconds_hist))')).length, 1);
      writeFileSync(join(folder, 'targets.json'), '[]');
      t.equal((await httpGet(sonde.address, '/-/reload', { method: 'POST' })).status, 200);
      const gone = 'absent(probe_duration_seconds_hist_bucket) and absent(probe_duration_seconds_hist_sum)';
      await queryPrometheus(address, gone, 1);
      t.ok(await metric(sonde, /^sonde_remote_write_samples_refused_total 0$/m));
    });
  }
}

/**
 * A proxy before a receiver that lets `good` tokens through, and redirects `/old` to its path; resolves to its port.
 */
async function startGuard(t: Test, receiver: string, good: ReadonlySet<string>): Promise<number> {
  const server = createServer((message, response) => {
    const token = message.headers.authorization?.replace(/^Bearer /, '') ?? '';
    if (message.url === '/old') response.writeHead(307, { Location: '/api/v1/write' }).end();
    else if (!good.has(token)) response.writeHead(401).end(`no such token: ${token}`);
    else {
      const headers = { ...message.headers, authorization: '' };
      const onward = request(`http://${receiver}${message.url ?? ''}`, { method: 'POST', headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      });
      onward.on('error', () => response.writeHead(502).end());
      message.pipe(onward);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return (server.address() as AddressInfo).port;
}
