import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import http2 from 'node:http2';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { findBlackboxExporter, isCurrent, startBlackboxExporter } from '../../helpers/peer.js';
import { startGrpcServer } from '../../helpers/servers/grpc-server.js';
import { probe } from '../../helpers/services/probe.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';
import { findGo } from '../servers/golang.js';
import {
  startApache,
  startCaddy,
  startGoServer,
  startHaproxy,
  startNghttpd,
  startNginxSite,
} from '../servers/http2-sites.js';
import { makePlace, type Place } from '../servers/real-server.js';
import { withServer } from '../servers/recipes.js';

// Go's compiler and its server are among them.
t.setTimeout(500_000);

/** What both programs are to say alike. */
const COMPARED = [
  'probe_success',
  'probe_http_version',
  'probe_http_status_code',
  'probe_http_content_length',
  'probe_http_uncompressed_body_length',
  'probe_http_redirects',
  'probe_grpc_status_code',
  'probe_grpc_healthcheck_response',
] as const;

type Seen = Readonly<Record<string, number | undefined>>;
type Module = Readonly<Record<string, unknown>>;

const BODY_BYTES = 70 * 1024;
/** How often what depends on who is faster is tried. */
const TRIES = 20;

const moduleOf = (http: Module = {}): Module => ({
  prober: 'http',
  http: { preferred_ip_protocol: 'ip4', tls_config: { insecure_skip_verify: true }, ...http },
});

const fieldIs = (header: string, regexp: string): Module =>
  moduleOf({ fail_if_header_not_matches: [{ header, regexp }] });
const POST = (folder: string): Module => moduleOf({ method: 'POST', body_file: join(folder, 'upload') });

/** Asks both programs for the same; without blackbox_exporter, or with an old one, only ours. */
interface Both {
  /** Checks that Sonde sees `wanted`, and the same as blackbox_exporter. */
  readonly check: (module: Module, url: string, wanted: Seen) => Promise<void>;
}

const peer = findBlackboxExporter();

async function askBoth(t: Test, { folder }: Place): Promise<Both> {
  writeFileSync(join(folder, 'upload'), 'x'.repeat(BODY_BYTES), { mode: 0o644 });
  let count = 0;
  const ofPeer = async (module: Module, url: string): Promise<Seen | undefined> => {
    if (peer === undefined || !isCurrent(peer)) return undefined;
    const file = join(folder, `blackbox-${count++}.yml`);
    writeFileSync(file, JSON.stringify({ modules: { m: module } }));
    const service = await startBlackboxExporter(peer, [`--config.file=${file}`]);
    try {
      const query = new URLSearchParams({ module: 'm', target: url });
      const text = await (await fetch(`http://${service.address}/probe?${query.toString()}`)).text();
      return compared((name) => new RegExp(String.raw`^${name} (\S+)$`, 'm').exec(text)?.[1]);
    } finally {
      await service.stop();
    }
  };
  return {
    check: async (module, url, wanted) => {
      const { metrics, verdict, log } = await probe(JSON.stringify(module), url);
      const seen = compared((name) => metrics[name]);
      t.match(seen, wanted, `${url}: ${verdict === 'ok' ? verdict : log}`);
      const theirs = await ofPeer(module, url);
      if (theirs !== undefined) t.same(seen, theirs, `${url}: as blackbox_exporter`);
    },
  };
}

const compared = (value: (name: string) => string | number | undefined): Seen =>
  Object.fromEntries(COMPARED.map((name): readonly [string, number] => [name, Number(value(name))]));

const HELLO = { probe_success: 1, probe_http_version: 2, probe_http_status_code: 200, probe_http_content_length: 5 };

withServer(t, { name: 'nginx', programs: ['nginx'] }, async (t, { place, found: [nginx] }) => {
  const site = await startNginxSite('http://127.0.0.1:1')(t, nginx!, place);
  const { check } = await askBoth(t, place);
  await check(moduleOf(), `${site}/hello`, HELLO);
  await check(fieldIs('X-Field-124', '^value-124$'), `${site}/fields`, HELLO);
  await check(fieldIs('X-A', '^foo'), `${site}/blanks`, HELLO);
  // The blank is part of the path that is asked for next.
  await check(moduleOf(), `${site}/moved`, {
    probe_http_version: 2,
    probe_http_redirects: 1,
    probe_http_status_code: 404,
  });
  await check(moduleOf(), `${site}/nothing`, { ...HELLO, probe_http_status_code: 204, probe_http_content_length: 0 });
  await check(POST(place.folder), `${site}/hello`, HELLO);
});

withServer(t, { name: 'nginx before Apache', programs: ['nginx', 'apache2'] }, async (t, { place, found }) => {
  const [nginx, apache] = found;
  const upstream = await startApache(t, apache!, await makePlace(t));
  const site = await startNginxSite(upstream)(t, nginx!, place);
  const { check } = await askBoth(t, place);
  await check(fieldIs('Upgrade', 'h2c'), `${site}/proxied`, HELLO);
});

withServer(t, { name: 'nghttpd', programs: ['nghttpd'] }, async (t, { place, found: [nghttpd] }) => {
  const site = await startNghttpd(t, nghttpd!, place);
  const { check } = await askBoth(t, place);
  await check(moduleOf(), `${site}/hello`, HELLO);
  await check(moduleOf(), `${site}/none`, { probe_success: 0, probe_http_status_code: 404 });
});

withServer(t, { name: 'Caddy', programs: ['caddy'] }, async (t, { place, found: [caddy] }) => {
  const site = await startCaddy(t, caddy!, place);
  const { check } = await askBoth(t, place);
  await check(moduleOf(), `${site}/hello`, HELLO);
  await check(POST(place.folder), `${site}/hello`, HELLO);
  for (let index = 0; index < TRIES; index++) {
    const { verdict, log } = await probe(JSON.stringify(POST(place.folder)), `${site}/hello`);
    if (verdict !== 'ok') t.fail(`a body that nobody reads: ${log}`);
  }
});

withServer(t, { name: 'HAProxy', programs: ['haproxy'] }, async (t, { place, found: [haproxy] }) => {
  const site = await startHaproxy(t, haproxy!, place);
  const { check } = await askBoth(t, place);
  await check(fieldIs('X-A', '^foo$'), `${site}/hello`, HELLO);
});

const GRPC: Module = {
  prober: 'grpc',
  grpc: { preferred_ip_protocol: 'ip4', tls: true, tls_config: { insecure_skip_verify: true } },
};
/** A success that leaves the metrics of HTTP out. */
const SERVING = { probe_success: 1, probe_grpc_status_code: 0 };

const golang = findGo();
t.test("Go's net/http", { skip: golang ? false : 'no Go here (see .ci/servers)', timeout: 300_000 }, async (t) => {
  if (golang === undefined) throw new Error('there is no Go');
  const place = await makePlace(t);
  const address = await startGoServer(t, golang, place);
  const site = `https://${address}`;
  const { check } = await askBoth(t, place);
  await check(fieldIs('X-A', '^foo$'), `${site}/hello`, HELLO);
  await check(moduleOf(), `${site}/nothing`, { ...HELLO, probe_http_status_code: 204, probe_http_content_length: 0 });
  await check(moduleOf(), `${site}/moved`, { ...HELLO, probe_http_redirects: 1 });
  await check(fieldIs('X-Field-499', '^value-499$'), `${site}/fields`, HELLO);
  await check(fieldIs('X-A', '^x{1000}'), `${site}/large`, HELLO);
  await check(moduleOf(), `${site}/hints`, HELLO);
  await check(moduleOf(), `${site}/pieces`, { ...HELLO, probe_http_content_length: -1 });
  await check(moduleOf(), `${site}/cut`, { probe_success: 0, probe_http_status_code: 200 });
  await check(POST(place.folder), `${site}/hello`, HELLO);
  await check(moduleOf(), `${site}/nowhere`, { probe_success: 0, probe_http_status_code: 404 });
  await check(GRPC, address, SERVING);
});

t.test('grpc-js', { timeout: 300_000 }, async (t) => {
  const place = await makePlace(t);
  const { localhost } = await sharedIdentities();
  const { port, close } = await startGrpcServer({ tls: localhost });
  t.teardown(close);
  const { check } = await askBoth(t, place);
  await check(GRPC, `127.0.0.1:${port}`, SERVING);
  // A server of gRPC is asked for a page.
  await check(moduleOf(), `https://127.0.0.1:${port}/`, { probe_success: 0, probe_http_version: 2 });
});

t.test('node:http2', { timeout: 300_000 }, async (t) => {
  const place = await makePlace(t);
  const { localhost } = await sharedIdentities();
  const server = http2.createSecureServer({ cert: localhost.cert, key: localhost.key }, (request, response) => {
    if (request.url === '/nothing') response.writeHead(204).end();
    else response.writeHead(200, { 'content-length': 5, 'x-a': 'foo' }).end('hello');
  });
  server.on('sessionError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const site = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { check } = await askBoth(t, place);
  await check(fieldIs('X-A', '^foo$'), `${site}/hello`, HELLO);
  await check(moduleOf(), `${site}/nothing`, { ...HELLO, probe_http_status_code: 204, probe_http_content_length: 0 });
  await check(POST(place.folder), `${site}/hello`, HELLO);
});
