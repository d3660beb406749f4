import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { queryPrometheus, startPrometheus } from '../../helpers/documents/prometheus.js';
import { findInPath, findPrometheusServers, REPOSITORY, startSonde } from '../../helpers/peer.js';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { answer, redirect } from '../http/http-cases.js';
import { startOrigin } from '../http/origin.js';
import { makeIdentities } from '../tls/identities.js';

t.setTimeout(500_000);

const HELLO = answer('200 OK', 'hello world', ['Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT']);

interface Stage {
  readonly sonde: string;
  readonly targets: Readonly<Record<'http' | 'redirect' | 'https' | 'refused', string>>;
}

/** Sonde, with the three kinds of endpoints that it is to probe, and one that nobody listens at. */
async function setStage(t: Test): Promise<Stage> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-prometheus-'));
  const identities = await makeIdentities();
  const caFile = join(folder, 'ca.pem');
  writeFileSync(caFile, identities.authority.cert);
  const module = { prober: 'http', http: { preferred_ip_protocol: 'ip4', tls_config: { ca_file: caFile } } };
  writeFileSync(join(folder, 'blackbox.yml'), JSON.stringify({ modules: { http_2xx: module } }));
  const http = await startOrigin(HELLO);
  const elsewhere = await startOrigin(redirect(`http://127.0.0.1:${http.port}/`));
  const https = await startOrigin(HELLO, { tls: identities.good });
  const sonde = await startSonde([`--config.file=${join(folder, 'blackbox.yml')}`]);
  t.teardown(async () => {
    await sonde.stop();
    for (const origin of [http, elsewhere, https]) await origin.close();
    rmSync(folder, { recursive: true });
  });
  const targets = {
    http: `http://127.0.0.1:${http.port}/`,
    redirect: `http://127.0.0.1:${elsewhere.port}/`,
    https: `https://127.0.0.1:${https.port}/`,
    refused: `http://127.0.0.1:${await deadPort()}/`,
  };
  return { sonde: sonde.address, targets };
}

/**
 * The scrape job of the README (the block with `scrape_configs` and `relabel_configs`), told of other targets, another
 * Sonde and another pace.
 */
function scrapeConfig({ sonde, targets }: Stage): string {
  const readme = readFileSync(join(REPOSITORY, 'README.md'), 'utf8');
  const blocks = [...readme.matchAll(/^```ya?ml[^\n]*\n([\s\S]*?)^```$/gm)].map(([, block = '']) => block);
  const job = blocks.find((block) => /^scrape_configs:/m.test(block) && block.includes('__param_target'));
  if (job === undefined) throw new Error('Cannot find the relabelled scrape job in README.md');
  const wanted = [targets.http, targets.redirect, targets.https];
  const retargeted = job
    .replace(/( *- targets:\n)(?: *- [^\n]*\n)+/, (_all, head: string) => {
      const indent = ' '.repeat(head.search(/\S/) + 4);
      return head + wanted.map((target) => `${indent}- ${target}\n`).join('');
    })
    .replaceAll(/\b(?:127\.0\.0\.1|localhost|sonde|blackbox):9115\b/g, sonde)
    .replaceAll(/^ *scrape_(?:interval|timeout):.*\n/gm, '');
  for (const target of wanted) if (!retargeted.includes(target)) throw new Error(`Cannot put targets into:\n${job}`);
  return retargeted;
}

/** The values by instance (and phase), as soon as there are enough of them. */
async function query(prometheus: string, expression: string, enough: number): Promise<ReadonlyMap<string, number>> {
  const series = await queryPrometheus(prometheus, expression, enough);
  return new Map(series.map(({ metric, value }) => [seriesName(metric), value]));
}

function seriesName({ instance = '', phase }: Readonly<Record<string, string>>): string {
  return phase === undefined ? instance : `${instance} ${phase}`;
}

const servers = findPrometheusServers();
if (servers.length === 0)
  t.test('Prometheus scrapes through Sonde', { skip: 'no prometheus in PATH' }, () => undefined);
for (const server of servers) {
  t.test(`Prometheus ${server.version} scrapes through Sonde by the README's job`, async (t) => {
    const stage = await setStage(t);
    const { targets } = stage;
    const prometheus = await startPrometheus(t, server, scrapeConfig(stage));
    const success = await query(prometheus, 'probe_success', 3);
    t.same(
      [...success].sort(),
      [targets.http, targets.https, targets.redirect].sort().map((target) => [target, 1]),
    );
    const phases = await query(prometheus, 'probe_http_duration_seconds{phase=~".+"}', 15);
    for (const target of [targets.http, targets.redirect, targets.https]) {
      for (const phase of ['connect', 'processing', 'transfer']) {
        t.ok((phases.get(`${target} ${phase}`) ?? 0) > 0, `${target} has ${phase}`);
      }
    }
    t.ok((phases.get(`${targets.https} tls`) ?? 0) > 0, 'the handshake has a time');
    const days = await query(prometheus, '(probe_ssl_earliest_cert_expiry - time()) / 86400', 1);
    t.same([...days.keys()], [targets.https], 'only the HTTPS endpoint has a certificate');
    const left = days.get(targets.https) ?? 0;
    t.ok(left > 29 && left < 31, `the certificate has ${left} days left`);
    const redirects = await query(prometheus, 'probe_http_redirects == 1', 1);
    t.same([...redirects.keys()], [targets.redirect], 'one endpoint redirects');
  });
}

const promtool = findInPath('promtool');
t.test('promtool has nothing to say', { skip: promtool === undefined ? 'no promtool in PATH' : false }, async (t) => {
  const { sonde, targets } = await setStage(t);
  const paths = Object.entries(targets).map(([name, target]) => ({
    name,
    path: `/probe?${new URLSearchParams({ target }).toString()}`,
  }));
  for (const { name, path } of [...paths, { name: 'own metrics', path: '/metrics' }]) {
    const { text } = await httpGet(sonde, path);
    const { status, stdout, stderr } = spawnSync(promtool ?? '', ['check', 'metrics'], {
      input: text,
      encoding: 'utf8',
    });
    t.same({ status, said: stdout + stderr }, { status: 0, said: '' }, name);
  }
});
