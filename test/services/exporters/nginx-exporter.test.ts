import { gunzipSync } from 'node:zlib';
import t from 'tap';
import { readExposition } from '../../helpers/exposition.js';
import { closedPort, startStreamServer } from '../../helpers/servers/stream-server.js';
import { startTestExporter } from '../../helpers/services/start-exporter.js';

const PAGE = 'Active connections: 3 \nserver accepts handled requests\n 10 9 20 \nReading: 0 Writing: 1 Waiting: 2 \n';

/** Answers every request with the page. */
async function startPage(t: Parameters<typeof startStreamServer>[0]): Promise<string> {
  const { target } = await startStreamServer(t, (socket) => {
    socket.once('data', () => {
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${PAGE.length}\r\nConnection: close\r\n\r\n${PAGE}`);
    });
  });
  return target;
}

t.test('one page', async (t) => {
  const page = `http://${await startPage(t)}/stub_status`;
  const exporter = await startTestExporter(t, 'nginx', [], { SCRAPE_URI: page, TELEMETRY_PATH: '/m' });
  const { status, text } = await exporter.get('/m');
  t.equal(status, 200);
  t.match(text, /^nginx_up 1$/m);
  t.match(text, /^nginx_connections_accepted 10$/m);
  t.match(text, /^nginx_exporter_build_info\{.*version="1.2.3"\} 1$/m);
  const families = readExposition(text);
  t.ok(families.has('process_cpu_seconds_total'));
  t.ok(families.has('promhttp_metric_handler_requests_total'));
  t.same(
    [...families.keys()].filter((name) => name.startsWith('probe_')),
    [],
  );
  t.equal((await exporter.get('/scrape?target=x')).status, 404, 'there is no other server to name');
});

t.test('a packed answer has the same text', async (t) => {
  const page = `http://${await startPage(t)}/stub_status`;
  const exporter = await startTestExporter(t, 'nginx', ['--web.nginx-metrics-only'], { SCRAPE_URI: page });
  const get = (coding: string) => exporter.get('/metrics', { headers: { 'accept-encoding': coding } });
  // All at once: the text of one must not get into another.
  const [packed, plain, again] = await Promise.all([get('gzip'), get('identity'), get('gzip')]);
  t.match(plain.text, /^nginx_http_requests_total 20$/m);
  for (const { headers, body } of [packed, again]) {
    t.equal(headers['content-encoding'], 'gzip');
    t.equal(gunzipSync(body).toString(), plain.text);
  }
});

t.test('several pages, one of them down, with labels', async (t) => {
  const pages = [`http://${await startPage(t)}/s`, `http://${await closedPort()}/s`];
  const args = pages.map((page) => `--nginx.scrape-uri=${page}`);
  const exporter = await startTestExporter(t, 'nginx', [
    ...args,
    '--prometheus.const-label=zone=a',
    '--web.nginx-metrics-only',
  ]);
  const { text } = await exporter.get('/metrics');
  const series = [...(readExposition(text).get('nginx_up')?.series ?? [])];
  t.same(series.sort(), pages.map((page, index) => [`nginx_up{addr="${page}",zone="a"}`, String(1 - index)]).sort());
  t.notMatch(text, /process_|build_info/);
});

t.test('a label whose name is no word', async (t) => {
  const exporter = await startTestExporter(t, 'nginx', [
    `--nginx.scrape-uri=http://${await startPage(t)}/s`,
    '--prometheus.const-label=site-name=a',
    '--prometheus.const-label=größe=1',
    '--prometheus.const-label=größe=2',
  ]);
  const { text } = await exporter.get('/metrics');
  t.match(text, 'nginx_up{gr__e="2",site_name="a"} 1', 'is escaped');
  const accept = 'text/plain;version=1.0.0;escaping=allow-utf-8';
  const whole = await exporter.get('/metrics', { headers: { accept } });
  t.match(whole.text, 'nginx_up{"größe"="2","site-name"="a"} 1');
});

t.test('a user and a password in the address', async (t) => {
  const asked: string[] = [];
  const { target } = await startStreamServer(t, (socket) => {
    socket.once('data', (chunk: Buffer) => {
      asked.push(chunk.toString());
      socket.end(`HTTP/1.1 200 OK\r\nContent-Length: ${PAGE.length}\r\nConnection: close\r\n\r\n${PAGE}`);
    });
  });
  const open = `http://${await startPage(t)}/s`;
  const args = [`--nginx.scrape-uri=http://me:p%40ss:word@${target}/s`, `--nginx.scrape-uri=${open}`];
  const exporter = await startTestExporter(t, 'nginx', args);
  const { text } = await exporter.get('/metrics');
  t.match(text, `nginx_up{addr="http://${target}/s"} 1`);
  t.match(text, `nginx_up{addr="${open}"} 1`);
  t.match(asked[0], `Authorization: Basic ${Buffer.from('me:p@ss:word').toString('base64')}\r\n`);
  t.notMatch(text + exporter.logLines.join(''), /ss:word|p%40/, 'no password is shown');
});

t.test('flags that are refused', async (t) => {
  for (const [args, message] of [
    [['--nginx.plus'], /^flag '--nginx.plus' is not served: the API/],
    [['--nginx.proxy-protocol'], /^flag '--nginx.proxy-protocol' is not served/],
    [['--prometheus.const-label=x'], /expected label=value, got "x"/],
    [['--prometheus.const-label==x'], /expected label=value, got "=x"/],
    [
      ['--prometheus.const-label=a-b=x', '--prometheus.const-label=a.b=y'],
      /the labels "a-b" and "a.b" have one name for scrapers that do not know UTF-8: a_b/,
    ],
    [['--prometheus.const-label=__x=y'], /expected label=value, got "__x=y"/],
    [['--nginx.scrape-uri=http://a/', '--nginx.scrape-uri=http://u:p@a/'], /has "http:\/\/a\/" twice/],
    [['--nginx.timeout=-1s'], /a duration cannot be negative/],
    [['--nginx.scrape-uri=a', '--nginx.scrape-uri=b', '--prometheus.const-label=addr=x'], /the label addr/],
  ] as const) {
    await t.rejects(startTestExporter(t, 'nginx', args), { name: 'UsageError', message }, args.join(' '));
  }
});
