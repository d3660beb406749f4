import t from 'tap';
import { wireReply } from '../helpers/servers/dns-bytes.js';
import { startDohServer } from '../helpers/servers/doh-server.js';
import { type DnsScript, startScriptedDns } from '../helpers/servers/scripted-dns.js';
import { closedPort, closedUdpPort } from '../helpers/servers/stream-server.js';
import { sharedIdentities } from '../helpers/tls/certificates.js';
import { type ProberContract, proberContract } from './prober-contract.js';

const answering: DnsScript = (query) => [wireReply(query)];
const nothing: DnsScript = () => [];
const { authority, localhost } = await sharedIdentities();
const TRUSTING = `tls_config: {ca: ${JSON.stringify(authority.cert)}}`;

// There is no row for `hostname`: the dns prober ignores that parameter, as upstream's does.
const COMMON = {
  prober: 'dns',
  invalidTargets: ['127.0.0.1:nonsense', '127.0.0.1:65536', '127.0.0.1:-1', '127.0.0.1:0'],
  targetFor: (host, target) => target.replace('127.0.0.1', host),
} satisfies Partial<ProberContract>;

t.test('over UDP', (t) => {
  proberContract(t, {
    ...COMMON,
    block: 'query_name: x.test',
    startServer: (t) => startScriptedDns(t, answering),
    silent: { start: (t) => startScriptedDns(t, nothing), verdict: 'request/response_timeout' },
    refused: { target: closedUdpPort, verdict: 'request/connection_refused' },
  });
  t.end();
});

t.test('over TCP', (t) => {
  proberContract(t, {
    ...COMMON,
    block: 'query_name: x.test\ntransport_protocol: tcp',
    startServer: (t) => startScriptedDns(t, answering),
    silent: { start: (t) => startScriptedDns(t, nothing), verdict: 'request/response_timeout' },
    refused: { target: closedPort, verdict: 'connect/connection_refused' },
  });
  t.end();
});

t.test('over TLS', (t) => {
  const tls = { cert: localhost.cert, key: localhost.key };
  proberContract(t, {
    ...COMMON,
    block: `query_name: x.test\ntransport_protocol: tcp\ndns_over_tls: true\n${TRUSTING.replace('{', '{server_name: localhost, ')}`,
    startServer: (t) => startScriptedDns(t, answering, { tls }),
    silent: { start: (t) => startScriptedDns(t, nothing, { tls }), verdict: 'request/response_timeout' },
    refused: { target: closedPort, verdict: 'connect/connection_refused' },
  });
  t.end();
});

for (const [name, http2] of [
  ['HTTP/2', true],
  ['HTTP/1.1', false],
] as const) {
  t.test(`over HTTPS with ${name}`, (t) => {
    proberContract(t, {
      ...COMMON,
      block: `query_name: x.test\ntransport_protocol: https\ndoh: {enable_http2: ${http2}}\n${TRUSTING.replace('{', '{server_name: localhost, ')}`,
      startServer: (t) => startDohServer(t, localhost, ({ query }) => ({ body: wireReply(query) })),
      silent: {
        start: (t) => startDohServer(t, localhost, () => ({ instead: 'silence' })),
        verdict: 'request/response_timeout',
      },
      refused: { target: closedPort, verdict: 'connect/connection_refused' },
    });
    t.end();
  });
}
