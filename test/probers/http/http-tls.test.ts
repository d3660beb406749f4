import { once } from 'node:events';
import http2 from 'node:http2';
import https, { type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import t, { type Test } from 'tap';
import { startSilentServer } from '../../helpers/servers/silent-server.js';
import { probe } from '../../helpers/services/probe.js';
import { DAY_MS, type Identity, makeAuthority, makeSelfSigned } from '../../helpers/tls/certificates.js';

const authority = await makeAuthority();
const stranger = await makeAuthority({ subject: 'CN=Stranger' });
const good = await authority.issue({ subject: 'CN=good', dnsNames: ['good.test'], ipAddresses: ['127.0.0.1'] });
const client = await authority.issue({ subject: 'CN=client' });

/** What a server saw of its clients. */
interface Site {
  readonly port: number;
  readonly serverNames: (string | false)[];
}

async function startSite(
  t: Test,
  identity: Identity,
  options: https.ServerOptions = {},
  redirect?: { readonly location: string },
): Promise<Site> {
  const serverNames: (string | false)[] = [];
  const server: Server = https.createServer({ ...identity, ...options }, (request, response) => {
    serverNames.push(request.socket instanceof TLSSocket && (request.socket.servername ?? false));
    if (redirect !== undefined) response.writeHead(302, { ...redirect });
    response.end('hello');
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return { port: (server.address() as AddressInfo).port, serverNames };
}

function module(tls: Readonly<Record<string, string | boolean>>, ...keys: readonly string[]): string {
  const lines = ['preferred_ip_protocol: ip4', ...keys, `tls_config: ${JSON.stringify(tls)}`];
  return `prober: http\nhttp:\n${lines.map((line) => `  ${line}`).join('\n')}`;
}

const TRUSTING = { ca: authority.cert };

t.test('a verified answer', async (t) => {
  const site = await startSite(t, good);
  const { verdict, metrics } = await probe(module(TRUSTING), `https://127.0.0.1:${site.port}/`);
  t.equal(verdict, 'ok');
  t.equal(metrics['probe_http_ssl'], 1);
  t.equal(metrics['probe_ssl_verified'], 1);
  t.equal(metrics['probe_tls_version_info{version="TLS 1.3"}'], 1);
  const expiry = metrics['probe_ssl_earliest_cert_expiry'] ?? 0;
  t.ok(expiry > Date.now() / 1000 && expiry === metrics['probe_ssl_last_chain_expiry_timestamp_seconds']);
  t.ok((metrics['probe_http_duration_seconds{phase="tls"}'] ?? 0) > 0);
});

t.test('server_name is for the first host of a chain of redirects alone', async (t) => {
  const second = await startSite(t, good);
  const location = `https://localhost:${second.port}/`;
  const first = await startSite(t, good, {}, { location });
  const { verdict } = await probe(
    module({ server_name: 'good.test', insecure_skip_verify: true }),
    `https://127.0.0.1:${first.port}/`,
  );
  t.equal(verdict, 'ok');
  t.same([first.serverNames, second.serverNames], [['good.test'], ['localhost']]);
});

t.test('the certificate of a proxy is not shown as that of an https target', async (t) => {
  // Ends a connection that asks for a tunnel.
  const proxy = await startSite(t, good);
  const through = (target: string) => probe(module(TRUSTING, `proxy_url: https://127.0.0.1:${proxy.port}`), target);
  const secure = await through('https://127.0.0.1:1/');
  t.not(secure.verdict, 'ok');
  t.notOk(
    Object.keys(secure.metrics).some((name) => name.startsWith('probe_ssl_')),
    'nobody saw one',
  );
  const plain = await through('http://127.0.0.1:1/');
  t.equal(plain.verdict, 'ok');
  t.equal(plain.metrics['probe_ssl_verified'], 1, 'a plain request has no other, and upstream reports it');
});

t.test('the certificate is shown also when it is the reason of the failure', async (t) => {
  const past = { notBefore: new Date(Date.now() - 9 * DAY_MS), notAfter: new Date(Date.now() - DAY_MS) };
  const future = { notBefore: new Date(Date.now() + DAY_MS), notAfter: new Date(Date.now() + 9 * DAY_MS) };
  const ipAddresses = ['127.0.0.1'];
  const rows: readonly (readonly [name: string, identity: Identity, reason: string])[] = [
    ['expired', await authority.issue({ ipAddresses, ...past }), 'tls_certificate_expired'],
    ['not yet valid', await authority.issue({ ipAddresses, ...future }), 'tls_certificate_not_yet_valid'],
    ['unknown authority', await stranger.issue({ ipAddresses }), 'tls_unknown_authority'],
    ['self-signed', await makeSelfSigned({ ipAddresses }), 'tls_self_signed'],
    ['another name', await authority.issue({ dnsNames: ['other.test'], ipAddresses: [] }), 'tls_name_mismatch'],
  ];
  for (const [name, identity, reason] of rows) {
    const site = await startSite(t, identity);
    const failed = await probe(module(TRUSTING), `https://127.0.0.1:${site.port}/`);
    t.equal(failed.verdict, `tls/${reason}`, name);
    t.equal(failed.metrics['probe_ssl_verified'], 0, `${name}: not verified`);
    t.ok((failed.metrics['probe_ssl_earliest_cert_expiry'] ?? 0) > 0, `${name}: expiry`);
    t.equal(failed.metrics['probe_ssl_last_chain_expiry_timestamp_seconds'], undefined, `${name}: no chain`);
    t.equal(failed.metrics['probe_http_status_code'], 0, `${name}: nothing was asked`);
    t.equal(site.serverNames.length, 0, `${name}: nothing was sent`);
    const insecure = await probe(
      module({ ...TRUSTING, insecure_skip_verify: true }),
      `https://127.0.0.1:${site.port}/`,
    );
    t.equal(insecure.verdict, 'ok', `${name}: passes without verification`);
    t.equal(insecure.metrics['probe_ssl_verified'], 0, `${name}: which is told`);
  }
});

t.test('a client certificate is demanded', async (t) => {
  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    const demanding = { requestCert: true, rejectUnauthorized: true, ca: authority.cert };
    const site = await startSite(t, good, { ...demanding, minVersion: version, maxVersion: version });
    const without = await probe(module(TRUSTING), `https://127.0.0.1:${site.port}/`);
    t.equal(without.verdict, 'tls/tls_client_certificate_required', `${version}: none given`);
    t.ok((without.metrics['probe_ssl_earliest_cert_expiry'] ?? 0) > 0, `${version}: the server's is shown`);
    const { cert, key } = client;
    const given = await probe(module({ ...TRUSTING, cert, key }), `https://127.0.0.1:${site.port}/`);
    t.equal(given.verdict, 'ok', `${version}: given`);
  }
});

t.test('a client certificate is demanded after a handshake that settled on HTTP/2', async (t) => {
  const site = await startSite(t, good, {
    requestCert: true,
    rejectUnauthorized: true,
    ca: authority.cert,
    ALPNProtocols: ['h2'],
  });
  const { verdict, metrics } = await probe(module(TRUSTING), `https://127.0.0.1:${site.port}/`);
  t.equal(verdict, 'tls/tls_client_certificate_required');
  t.equal(metrics['probe_ssl_verified'], 1);
});

t.test('versions', async (t) => {
  const site = await startSite(t, good, { maxVersion: 'TLSv1.2' });
  const older = await probe(module({ ...TRUSTING, min_version: 'TLS13' }), `https://127.0.0.1:${site.port}/`);
  t.equal(older.verdict, 'tls/tls_handshake_failed');
  const fitting = await probe(module({ ...TRUSTING, max_version: 'TLS12' }), `https://127.0.0.1:${site.port}/`);
  t.equal(fitting.metrics['probe_tls_version_info{version="TLS 1.2"}'], 1);
});

t.test('the name that is asked for', async (t) => {
  const site = await startSite(t, await authority.issue({ dnsNames: ['good.test', 'vhost.test'] }));
  const target = `https://127.0.0.1:${site.port}/`;
  const rows = [
    { name: 'an address is not sent', module: module({ insecure_skip_verify: true }), sni: false },
    { name: 'server_name', module: module({ ...TRUSTING, server_name: 'good.test' }), sni: 'good.test' },
    { name: 'Host header', module: module(TRUSTING, 'headers: {Host: vhost.test}'), sni: 'vhost.test' },
    {
      name: 'Host header with a port',
      module: module(TRUSTING, 'headers: {Host: "vhost.test:8443"}'),
      sni: 'vhost.test',
    },
    { name: 'hostname parameter', module: module(TRUSTING), hostname: 'vhost.test', sni: 'vhost.test' },
  ];
  for (const { name, module, hostname, sni } of rows) {
    const { verdict } = await probe(module, target, hostname === undefined ? {} : { hostname });
    t.equal(verdict, 'ok', name);
    t.equal(site.serverNames.at(-1), sni, `${name}: SNI`);
  }
});

t.test('over TLS where it must not be, and what is no TLS', async (t) => {
  const site = await startSite(t, good);
  const unexpected = await probe(module(TRUSTING, 'fail_if_ssl: true'), `https://127.0.0.1:${site.port}/`);
  t.equal(unexpected.verdict, 'check/tls_unexpected');
  const silent = await startSilentServer();
  t.teardown(() => silent.close());
  const stalled = await probe(module(TRUSTING), `https://127.0.0.1:${silent.port}/`, { timeoutSeconds: 0.5 });
  t.equal(stalled.verdict, 'tls/tls_timeout');
  t.equal(stalled.metrics['probe_http_duration_seconds{phase="tls"}'], 0, 'as upstream: no connection, no phase');
});

t.test('HTTP/2', async (t) => {
  const server = http2.createSecureServer({ ...good, allowHTTP1: true }, (request, response) => {
    const { headers } = request;
    response.setHeader(
      'X-Seen',
      `${request.httpVersion} ${request.method} ${headers[':authority'] ?? headers.host ?? ''}`,
    );
    response.setHeader('X-Agent', headers['user-agent'] ?? '');
    if (request.url === '/moved') response.writeHead(302, { location: '/' });
    if (request.url === '/cut') {
      response.write('hel');
      setTimeout(() => request.stream.close(http2.constants.NGHTTP2_CANCEL), 20);
      return;
    }
    request.pipe(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { port } = server.address() as AddressInfo;
  const seen = (text: string) => `fail_if_header_not_matches: [{header: X-Seen, regexp: "^${text}$"}]`;

  const h2 = await probe(
    module(
      TRUSTING,
      'method: POST',
      'body: hello',
      'headers: {Connection: x, X-A: b}',
      seen(`2.0 POST 127.0.0.1:${port}`),
    ),
    `https://127.0.0.1:${port}/`,
  );
  t.equal(h2.verdict, 'ok', 'is spoken where the server does');
  t.equal(h2.metrics['probe_http_version'], 2);
  t.equal(h2.metrics['probe_http_content_length'], -1);
  t.equal(h2.metrics['probe_http_uncompressed_body_length'], 5);
  t.equal(h2.metrics['probe_ssl_verified'], 1);

  const h1 = await probe(
    module(TRUSTING, 'enable_http2: false', seen(`1.1 GET 127.0.0.1:${port}`)),
    `https://127.0.0.1:${port}/`,
  );
  t.equal(h1.verdict, 'ok', 'is not spoken where the module forbids it');
  const moved = await probe(module(TRUSTING, 'valid_http_versions: ["HTTP/2.0"]'), `https://127.0.0.1:${port}/moved`);
  t.equal(moved.verdict, 'ok', 'redirects are followed');
  t.equal(moved.metrics['probe_http_redirects'], 1);
  const cut = await probe(module(TRUSTING), `https://127.0.0.1:${port}/cut`);
  t.equal(cut.verdict, 'transfer/body_truncated', 'a stream that is cut is no end of the body');
});
