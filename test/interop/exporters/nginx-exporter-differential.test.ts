import t, { type Test } from 'tap';
import { type ExposedFamily, readExposition } from '../../helpers/exposition.js';
import { findNginxExporter, NO_NGINX_EXPORTER, type Peer } from '../../helpers/peer.js';
import { closedPort, startStreamServer } from '../../helpers/servers/stream-server.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { startTestExporter } from '../../helpers/services/start-exporter.js';
import { startPageLoad, startStatusPages } from '../servers/nginx-status.js';
import { findServer, makePlace } from '../servers/real-server.js';
import { findDifferences, type KnownDifference, type Scrapes, type Wobble, wrongUp } from './exporter-comparison.js';
import { startPair, startRealExporter } from './exporter-peers.js';

t.setTimeout(500_000);

/** The load has four connections, and each exporter one. */
const WOBBLES: readonly Wobble[] = [
  { family: /^nginx_connections_(?:active|reading|writing|waiting)$/, part: 0, amount: 6 },
];

/** Each is met by the cases below. */
const KNOWN: readonly KnownDifference[] = [
  { line: /^a redirect: /, reason: 'redirects are not followed: whoever redirects would choose who is asked' },
  { line: /^text behind the page: /, reason: 'another page is no stub_status' },
];

const PAGE = 'Active connections: 3 \nserver accepts handled requests\n 10 9 20 \nReading: 0 Writing: 1 Waiting: 2 \n';

interface Case {
  readonly name: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the real one says. */
  readonly up: 0 | 1;
}

const nginx = findServer('nginx');
const peer = findNginxExporter();
const skip = peer === undefined ? NO_NGINX_EXPORTER : nginx === undefined && 'not here: nginx (see .ci/servers)';

t.test('the same metrics of the same server at the same moment', { skip }, async (t) => {
  if (peer === undefined || nginx === undefined) return;
  const place = await makePlace(t);
  const pages = await startStatusPages(t, nginx, place);
  startPageLoad(t, pages.busy);
  const uri = (page: string): string => `--nginx.scrape-uri=${page}`;
  const server = async (answer: string) => uri(`http://${await answering(t, answer)}/stub_status`);
  const cases: readonly Case[] = [
    { name: 'HTTP', args: [uri(pages.http)], up: 1 },
    { name: 'variables', args: [], env: { SCRAPE_URI: pages.http, CONST_LABELS: 'zone=a' }, up: 1 },
    { name: 'HTTPS, not verified', args: [uri(pages.https)], up: 1 },
    {
      name: 'HTTPS, verified',
      args: [uri(pages.https), '--nginx.ssl-verify', `--nginx.ssl-ca-cert=${place.ca}`],
      up: 1,
    },
    { name: 'HTTPS, unknown authority', args: [uri(pages.https), '--nginx.ssl-verify'], up: 0 },
    { name: 'a unix socket', args: [uri(pages.unix)], up: 1 },
    {
      name: 'a label',
      args: [uri(pages.http), '--prometheus.const-label=a=b', '--prometheus.const-label=z="x"'],
      up: 1,
    },
    { name: 'nobody listens', args: [uri(`http://${await closedPort()}/stub_status`)], up: 0 },
    { name: 'no such page', args: [uri(pages.missing)], up: 0 },
    { name: 'no right to it', args: [uri(pages.denied)], up: 0 },
    { name: 'another page', args: [uri(pages.other)], up: 0 },
    { name: 'a redirect', args: [uri(pages.moved)], up: 1 },
    { name: 'TLS is wanted', args: [uri(pages.https.replace('https', 'http'))], up: 0 },
    { name: 'TLS is not spoken', args: [uri(pages.http.replace('http', 'https'))], up: 0 },
    { name: 'garbage', args: [await server('SSH-2.0-Another\r\n')], up: 0 },
    { name: 'a whole page', args: [await server(page(PAGE))], up: 1 },
    { name: 'text behind the page', args: [await server(page(`${PAGE}and more`))], up: 1 },
    { name: 'it stops in the middle of its answer', args: [await server(page(PAGE).slice(0, -20))], up: 0 },
    {
      name: 'it stops in the middle, and nothing was announced',
      args: [await server(`HTTP/1.1 200 OK\r\n\r\n${PAGE.slice(0, 60)}`)],
      up: 0,
    },
  ];
  const met = new Set<KnownDifference>();
  for (const each of cases) await compareCase(t, peer, { ...each, met });
  for (const difference of KNOWN) t.ok(met.has(difference), `still so: ${difference.reason}`);

  await t.test('a silent server', async (t) => {
    const args = [await silent(t), '--nginx.timeout=1s'];
    const ours = await startTestExporter(t, 'nginx', args);
    t.match((await ours.get('/metrics')).text, /^nginx_up 0$/m);
    const theirs = await startRealExporter(t, peer, args);
    const signal = AbortSignal.timeout(3000);
    await t.rejects(httpGet(theirs.address, '/metrics', { signal }), 'the timeout of the exporter has no effect');
  });

  const two = [uri(pages.http), uri(`http://${await closedPort()}/x`)];
  const pair = await startPair(t, { peer, command: 'nginx', args: two });
  const ups = async (address: string, query = '') =>
    readExposition((await httpGet(address, `/metrics${query}`)).text).get('nginx_up')?.series;
  t.same(await ups(pair.ours.address), await ups(pair.theirs.address), 'several pages, one of them down');
  const query = `?target=${await closedPort()}`;
  t.same(await ups(pair.ours.address, query), await ups(pair.theirs.address, query), 'a target names no page there');
});

function page(text: string): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${PAGE.length + (text.length - PAGE.length)}\r\n\r\n${text}`;
}

async function answering(t: Test, answer: string): Promise<string> {
  const { target } = await startStreamServer(t, (socket) => {
    socket.once('data', () => socket.end(answer));
  });
  return target;
}

async function silent(t: Test): Promise<string> {
  const { target } = await startStreamServer(t, () => undefined);
  return `--nginx.scrape-uri=http://${target}/stub_status`;
}

async function compareCase(
  t: Test,
  peer: Peer,
  { name, args, env, up, met }: Case & { readonly met: Set<KnownDifference> },
): Promise<void> {
  // In this process: each start of Node takes a second.
  const theirs = await startRealExporter(t, peer, args, env);
  const ours = await startTestExporter(t, 'nginx', args, env);
  const scrape = async (address: string): Promise<ReadonlyMap<string, ExposedFamily>> => {
    const { status, text } = await httpGet(address, '/metrics');
    t.equal(status, 200, `${name}: status`);
    return readExposition(text);
  };
  const scrapeAll = async () => ({
    before: await scrape(theirs.address),
    ours: await scrape(ours.addresses[0] ?? ''),
    after: await scrape(theirs.address),
  });
  const lacking = (scrapes: Scrapes): readonly string[] => wrongUp(scrapes, 'nginx_up', up);
  const differences = await findDifferences(scrapeAll, { name, wobbles: WOBBLES, known: KNOWN, met, lacking });
  await Promise.all([theirs.stop(), ours.stop(0)]);
  t.same(differences, [], `${name}: no other differences`);
}
