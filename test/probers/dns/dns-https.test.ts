import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import tls from 'node:tls';
import { gzipSync } from 'node:zlib';
import dns2 from 'dns2';
import t from 'tap';
import { A_RECORD, wireReply } from '../../helpers/servers/dns-bytes.js';
import { type DohReply, type DohRequest, startDohServer } from '../../helpers/servers/doh-server.js';
import { probe } from '../../helpers/services/probe.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';

const { authority, localhost } = await sharedIdentities();
const good = ({ query }: DohRequest): DohReply => ({ body: wireReply(query, { answer: [A_RECORD] }) });

function moduleYaml(doh = ''): string {
  const ca = JSON.stringify(authority.cert);
  return `prober: dns\ndns: {query_name: x.test, query_type: A, transport_protocol: https, tls_config: {ca: ${ca}}${doh}}`;
}

t.test('how the question goes out', async (t) => {
  const rows: readonly { name: string; doh?: string; path?: string; sent: Partial<DohRequest> }[] = [
    { name: 'POST over HTTP/2', sent: { method: 'POST', path: '/dns-query', httpVersion: '2.0' } },
    {
      name: 'GET over HTTP/2',
      doh: ', doh: {method: GET}',
      sent: { method: 'GET', httpVersion: '2.0', body: Buffer.alloc(0) },
    },
    { name: 'POST over HTTP/1.1', doh: ', doh: {enable_http2: false}', sent: { method: 'POST', httpVersion: '1.1' } },
    {
      name: 'GET over HTTP/1.1',
      doh: ', doh: {method: GET, enable_http2: false}',
      sent: { method: 'GET', httpVersion: '1.1' },
    },
    { name: "the module's path", doh: ', doh: {path: /q}', sent: { path: '/q' } },
    { name: "the URL's path", doh: ', doh: {path: /q}', path: '/of/url?a=b', sent: { path: '/of/url?a=b' } },
  ];
  for (const { name, doh, path, sent } of rows) {
    const { target, requests, open } = await startDohServer(t, localhost, good);
    const probed = await probe(moduleYaml(doh), path === undefined ? target : `https://${target}${path}`);
    t.equal(probed.verdict, 'ok', name);
    t.match(probed.metrics, { probe_dns_answer_rrs: 1, probe_dns_http_status_code: 200, probe_ssl_verified: 1 }, name);
    const [request] = requests;
    t.match(request, sent, `${name}: request`);
    t.equal(request?.authority, target, `${name}: authority`);
    t.equal(request?.headers['accept'], 'application/dns-message', `${name}: accept`);
    t.equal(request?.query.readUInt16BE(0), 0, `${name}: the id is 0, for caches`);
    while (open() > 0) await sleep(5);
  }
});

t.test('a path with a query keeps it in a GET', async (t) => {
  const { target, requests } = await startDohServer(t, localhost, good);
  await probe(moduleYaml(', doh: {method: GET, path: "/q?ct"}'), target);
  t.match(requests[0]?.path, /^\/q\?ct&dns=[\w-]+$/);
});

t.test('answers that are none', async (t) => {
  const rows: readonly { name: string; reply: (request: DohRequest) => DohReply; verdict: string; status?: number }[] =
    [
      { name: 'another status', reply: () => ({ status: 403 }), verdict: 'request/status_code_mismatch', status: 403 },
      { name: 'a redirect', reply: () => ({ status: 302 }), verdict: 'request/status_code_mismatch', status: 302 },
      {
        name: 'another type',
        reply: (request) => ({ ...good(request), contentType: 'text/html' }),
        verdict: 'request/dns_response_malformed',
        status: 200,
      },
      {
        name: 'an encoding that nobody asked for',
        reply: (request) => ({ ...good(request), contentEncoding: 'gzip', body: gzipSync(good(request).body!) }),
        verdict: 'request/dns_response_malformed',
        status: 200,
      },
      {
        name: 'an encoding that is not there',
        reply: (request) => ({ ...good(request), contentEncoding: 'gzip' }),
        verdict: 'request/dns_response_malformed',
        status: 200,
      },
      {
        name: 'the encoding that is none',
        reply: (request) => ({ ...good(request), contentEncoding: 'Identity' }),
        verdict: 'ok',
        status: 200,
      },
      {
        name: 'no message',
        reply: () => ({ body: Buffer.from('hello, world') }),
        verdict: 'request/dns_response_mismatch',
        status: 200,
      },
      { name: 'an empty body', reply: () => ({}), verdict: 'request/dns_response_malformed', status: 200 },
      {
        name: 'a cut message',
        reply: (request) => ({ body: good(request).body!.subarray(0, -1) }),
        verdict: 'request/dns_response_malformed',
        status: 200,
      },
      {
        // With more behind it the connection would be reset, which the HTTP/2 server of Node 20 at times does not
        // notice while it writes.
        name: 'a body longer than any message',
        reply: () => ({ body: Buffer.alloc(66_000) }),
        verdict: 'request/dns_response_malformed',
      },
      { name: 'silence', reply: () => ({ instead: 'silence' }), verdict: 'request/response_timeout' },
    ];
  for (const http2 of [true, false]) {
    for (const { name, reply, verdict, status } of rows) {
      const { target, open } = await startDohServer(t, localhost, reply);
      const timeoutSeconds = verdict.endsWith('timeout') ? 0.5 : 20;
      const probed = await probe(moduleYaml(`, doh: {enable_http2: ${http2}}`), target, { timeoutSeconds });
      t.equal(probed.verdict, verdict, `${name}, HTTP/2 ${http2}`);
      t.equal(probed.metrics['probe_dns_http_status_code'], status, `${name}: status`);
      while (open() > 0) await sleep(5);
    }
    const { target } = await startDohServer(t, localhost, () => ({ instead: 'cut' }));
    const { verdict } = await probe(moduleYaml(`, doh: {enable_http2: ${http2}}`), target);
    t.match(verdict, /^request\/connection_(closed|reset)$/, `cut, HTTP/2 ${http2}`);
  }
});

t.test('a server that is none of HTTP', async (t) => {
  const server = tls.createServer({ cert: localhost.cert, key: localhost.key }, (socket) => {
    socket.on('error', () => socket.destroy());
    socket.end('SSH-2.0-OpenSSH_9.6\r\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const { verdict } = await probe(moduleYaml(), `127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.equal(verdict, 'request/dns_response_malformed');
});

const REPLY = wireReply(Buffer.concat([Buffer.alloc(12), Buffer.from('\x01x\x04test\0\0\x01\0\x01', 'latin1')]), {
  answer: [A_RECORD],
});

/** What an HTTP/1.1 server sends. */
const RAW: readonly { name: string; head: readonly string[]; body?: Buffer; verdict: string }[] = [
  { name: 'a length', head: [`Content-Length: ${REPLY.length}`], verdict: 'ok' },
  {
    name: 'one length twice',
    head: [`Content-Length: ${REPLY.length}`, `Content-Length: ${REPLY.length}`],
    verdict: 'ok',
  },
  { name: 'no length', head: [], verdict: 'ok' },
  { name: 'an empty length', head: ['Content-Length:'], verdict: 'ok' },
  { name: 'a folded line', head: ['X-A: one', ' two'], verdict: 'ok' },
  { name: 'a head of 100 KB', head: [`X-A: ${'y'.repeat(100_000)}`], verdict: 'ok' },
  {
    name: 'chunks with leading zeros',
    head: ['Transfer-Encoding: chunked'],
    body: Buffer.concat([Buffer.from(`000${REPLY.length.toString(16)}\r\n`), REPLY, Buffer.from('\r\n0\r\n\r\n')]),
    verdict: 'ok',
  },
  { name: 'a body that is cut', head: [`Content-Length: ${REPLY.length + 1}`], verdict: 'request/body_truncated' },
  { name: 'two lengths', head: ['Content-Length: 1', 'Content-Length: 2'], verdict: 'request/dns_response_malformed' },
  { name: 'a line that is no field', head: ['no field'], verdict: 'request/dns_response_malformed' },
  {
    name: 'a head without end',
    head: Array.from({ length: 20_000 }, () => 'X-A: y'),
    verdict: 'request/response_header_too_large',
  },
];

t.test('HTTP/1.1 is read as leniently and within the same bounds as that of web servers', async (t) => {
  for (const { name, head, body = REPLY, verdict } of RAW) {
    const start = ['HTTP/1.1 200 OK', 'Content-Type: application/dns-message', ...head, '', ''].join('\r\n');
    const server = tls.createServer({ cert: localhost.cert, key: localhost.key }, (socket) => {
      socket.on('error', () => socket.destroy());
      socket.once('data', () => socket.end(Buffer.concat([Buffer.from(start), body])));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    t.teardown(() => server.close());
    const probed = await probe(moduleYaml(), `127.0.0.1:${(server.address() as AddressInfo).port}`);
    t.equal(probed.verdict, verdict, name);
  }
});

t.test('targets that are no URL', async (t) => {
  const { verdict } = await probe(moduleYaml(), 'https://[::1/dns-query');
  t.equal(verdict, 'setup/invalid_target');
});

t.test('another implementation of RFC 8484', async (t) => {
  const server = dns2.createDOHServer({ ssl: true, cert: localhost.cert, key: localhost.key });
  server.on('request', (request, send) => {
    const response = dns2.Packet.createResponseFromRequest(request);
    const [question] = request.questions;
    response.answers.push(dns2.Packet.createResourceFromQuestion(question!, { ttl: 60, address: '192.0.2.7' }));
    send(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const port = server.address()?.port ?? 0;
  for (const method of ['GET', 'POST']) {
    const yaml = moduleYaml(
      `, doh: {method: ${method}}, validate_answer_rrs: {fail_if_not_matches_regexp: ["^x.test.\\t60\\tIN\\tA\\t192.0.2.7$"]}`,
    );
    const { verdict } = await probe(yaml, `127.0.0.1:${port}`);
    t.equal(verdict, 'ok', method);
  }
});
