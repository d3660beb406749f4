import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';
import { noIcmp } from '../../helpers/icmp-support.js';
import { startSonde, startSondeNode } from '../../helpers/peer.js';
import { deadPort } from '../../helpers/servers/dead-port.js';
import { startDnsServer } from '../../helpers/servers/dns-server.js';
import { startGrpcServer } from '../../helpers/servers/grpc-server.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { type Authority, DAY_MS, makeAuthority } from '../../helpers/tls/certificates.js';
import { startTlsServer } from '../../helpers/tls/tls-server.js';
import { answer } from '../http/http-cases.js';
import { type Origin, startOrigin } from '../http/origin.js';

/** Prometheus asks every two seconds, and waits as long; Sonde keeps half a second of it. */
const PACE = 'global: { scrape_interval: 2s, scrape_timeout: 2s, evaluation_interval: 2s }\n';
/** More than half of the timeout of 1.5 s that this leaves. */
const SLOW_MS = 950;

/** Sonde's three services and a small fleet of targets, some of which fail. */
export interface Fleet {
  /** prometheus.yml, without rules. */
  readonly config: string;
  /** The values of the label `instance` of targets, by what they are. */
  readonly targets: Readonly<Record<string, string>>;
  /** Changes what only shows as a change: a certificate, the last push. To be called once Prometheus has seen all. */
  readonly move: () => Promise<void>;
}

type Targets = Readonly<Record<string, { readonly module: string; readonly target: string }>>;

/** Starts it all; it ends with the test. */
export async function startFleet(t: Test): Promise<Fleet> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-fleet-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const authority = await makeAuthority();
  const { targets, renew } = await startTargets(t, authority);
  writeFileSync(join(folder, 'ca.pem'), authority.cert);
  writeFileSync(join(folder, 'fleet.yml'), JSON.stringify({ modules: modulesOf(join(folder, 'ca.pem')) }));
  writeFileSync(join(folder, 'broken.yml'), 'modules: { broken: { prober: http, timeout: 5 } }\n');
  const sonde = await startSonde(['fleet.yml', 'broken.yml'].map((name) => `--config.file=${join(folder, name)}`));
  const pushgateway = await startSonde([], { command: 'pushgateway' });
  const node = await startSondeNode([]);
  for (const service of [sonde, pushgateway, node]) t.teardown(() => service.stop());
  const push = (body: string) =>
    httpGet(pushgateway.address, '/metrics/job/backup', { method: 'POST', body: `${body}\n` });
  await push('backup_size_bytes 1');
  return {
    config: PACE + configOf({ sonde: sonde.address, pushgateway: pushgateway.address, node: node.address }, targets),
    targets: Object.fromEntries(Object.entries(targets).map(([name, { target }]) => [name, target])),
    move: async () => {
      await renew();
      // Refused: pushes have no timestamps.
      await push('backup_size_bytes 1 1700000000000');
    },
  };
}

function modulesOf(caFile: string): Readonly<Record<string, unknown>> {
  const tls = { tls_config: { ca_file: caFile } };
  const ip4 = { preferred_ip_protocol: 'ip4' };
  return {
    http_2xx: { prober: 'http', http: { ...ip4, ...tls } },
    tcp_tls: { prober: 'tcp', tcp: { ...ip4, ...tls, tls: true } },
    greeting: { prober: 'tcp', tcp: { ...ip4, query_response: [{ expect: '^hello' }] } },
    dns_a: { prober: 'dns', dns: { ...ip4, query_name: 'a.example', query_type: 'A' } },
    grpc_plain: { prober: 'grpc', grpc: ip4 },
    icmp_thrice: { prober: 'icmp', icmp: { ...ip4, count: 3 } },
  };
}

async function startTargets(
  t: Test,
  authority: Authority,
): Promise<{ readonly targets: Targets; readonly renew: () => Promise<void> }> {
  const http = async (...options: Parameters<typeof startOrigin>) => {
    const origin = await startOrigin(...options);
    t.teardown(() => origin.close());
    return { module: 'http_2xx', target: `http${options[1]?.tls ? 's' : ''}://127.0.0.1:${origin.port}/?a=1&b=%22` };
  };
  const expired = await authority.issue({ notAfter: new Date(Date.now() - 3 * DAY_MS) });
  const renewed = await startTlsServer(await authority.issue({ notAfter: inDays(5) }));
  // The chain verifies, but a certificate that nobody needs has expired.
  const burdened = await startTlsServer(await authority.issue(), { others: [expired] });
  for (const server of [renewed, burdened]) t.teardown(() => server.close());
  const targets: Targets = {
    up: await http(answer('200 OK', 'hello')),
    https: await http(answer('200 OK', 'hello'), { tls: await authority.issue() }),
    expired: await http(answer('200 OK', 'hello'), { tls: expired }),
    missing: await http(answer('404 Not Found', 'gone')),
    silent: await http(() => undefined),
    slow: await http((socket) => void setTimeout(() => socket.end(answer('200 OK', 'late')), SLOW_MS)),
    flapping: await http((socket, _request, nth) => void socket.end(answer(nth % 4 < 2 ? '200 OK' : '503 Busy'))),
    refused: { module: 'http_2xx', target: `http://127.0.0.1:${await deadPort()}/` },
    renewed: { module: 'tcp_tls', target: `127.0.0.1:${renewed.port}` },
    burdened: { module: 'tcp_tls', target: `127.0.0.1:${burdened.port}` },
    unknownModule: { module: 'nonesuch', target: '127.0.0.1:1' },
    ...(await otherTargets(t)),
  };
  return {
    targets,
    renew: async () => {
      renewed.present(await authority.issue({ notAfter: inDays(6) }));
    },
  };
}

/** Targets of the probers besides http. */
async function otherTargets(t: Test): Promise<Targets> {
  const greeter: Origin = await startOrigin('', { onConnect: (socket) => socket.end('hello\r\n') });
  const dns = await startDnsServer({ 'a.example.': ['192.0.2.1'] });
  const grpc = await startGrpcServer();
  t.teardown(async () => {
    await greeter.close();
    await dns.close();
    grpc.close();
  });
  return {
    greeting: { module: 'greeting', target: `127.0.0.1:${greeter.port}` },
    dns: { module: 'dns_a', target: dns.address },
    grpc: { module: 'grpc_plain', target: `127.0.0.1:${grpc.port}` },
    ...(noIcmp() === false && { icmp: { module: 'icmp_thrice', target: '127.0.0.1' } }),
  };
}

const inDays = (days: number): Date => new Date(Date.now() + days * DAY_MS);

/**
 * A job a module, with labels as in deploy/prometheus.yml, and one for each service. The job of the pushgateway has an
 * address that nobody listens at, too.
 */
function configOf(services: Readonly<Record<'sonde' | 'pushgateway' | 'node', string>>, targets: Targets): string {
  const modules = [...new Set(Object.values(targets).map(({ module }) => module))];
  const probes = modules.map((module) => ({
    job_name: `probe-${module}`,
    metrics_path: '/probe',
    params: { module: [module] },
    static_configs: [
      {
        targets: Object.values(targets)
          .filter((each) => each.module === module)
          .map(({ target }) => target),
      },
    ],
    relabel_configs: [
      { source_labels: ['__address__'], target_label: '__param_target' },
      { source_labels: ['__param_target'], target_label: 'instance' },
      { source_labels: ['__param_module'], target_label: 'module' },
      { target_label: '__address__', replacement: services.sonde },
    ],
  }));
  const own = Object.entries(services).map(([name, address]) => ({
    job_name: name,
    honor_labels: name === 'pushgateway',
    static_configs: [{ targets: name === 'pushgateway' ? [address, '127.0.0.1:1'] : [address] }],
  }));
  return `scrape_configs: ${JSON.stringify([...probes, ...own])}\n`;
}
