import t from 'tap';
import { startRawServer } from '../helpers/servers/raw-server.js';
import { startStreamServer } from '../helpers/servers/stream-server.js';
import { probe, type Probed } from '../helpers/services/probe.js';
import { startTlsServer } from '../helpers/tls/tls-server.js';
import { makeIdentities } from '../interop/tls/identities.js';

/** The timings in the log line of the failure, by phase. */
function loggedPhases({ log }: Probed): readonly string[] {
  const line = /^error Probe failed (.*)$/m.exec(log)?.[1] ?? '{}';
  const seconds = Object.keys(JSON.parse(line) as object).filter((key) => key.endsWith('_seconds'));
  return seconds.filter((key) => key !== 'duration_seconds').map((key) => key.replace('_seconds', ''));
}

const failedIn = ({ metrics }: Probed): readonly string[] =>
  Object.keys(metrics).filter((key) => key.startsWith('probe_failed_phase'));

t.test('what upstream leaves at zero is told beside it', async (t) => {
  const { expired } = await makeIdentities();
  const server = await startTlsServer(expired);
  t.teardown(server.close);
  const probed = await probe('prober: http', `https://127.0.0.1:${server.port}/`);
  t.equal(probed.metrics['probe_http_duration_seconds{phase="connect"}'], 0, "upstream's gauge stays");
  t.equal(probed.metrics['probe_http_duration_seconds{phase="tls"}'], 0);
  t.strictSame(failedIn(probed), ['probe_failed_phase_duration_seconds{phase="tls"}']);
  t.ok((probed.metrics['probe_failed_phase_duration_seconds{phase="tls"}'] ?? 0) > 0);
  t.strictSame(loggedPhases(probed), ['resolve', 'connect', 'tls'], 'the log has what it took to connect');
  t.match(probed.log, /debug Response timings for roundtrip .*"connect_seconds":0\.\d*[1-9]/, 'of the hop that failed');
});

t.test('an answer that does not come', async (t) => {
  const { target } = await startStreamServer(t, () => undefined);
  const probed = await probe('prober: http', `http://${target}/`, { timeoutSeconds: 0.2 });
  t.equal(probed.metrics['probe_http_duration_seconds{phase="processing"}'], 0, "upstream's gauge stays");
  t.strictSame(failedIn(probed), ['probe_failed_phase_duration_seconds{phase="processing"}']);
  t.strictSame(loggedPhases(probed), ['resolve', 'connect', 'processing']);
});

t.test('after a redirect the last request counts', async (t) => {
  const { target } = await startStreamServer(t, (socket) => socket.destroy());
  const { port } = await startRawServer(t, (socket) => {
    socket.end(`HTTP/1.1 302 Found\r\nLocation: http://${target}/\r\nContent-Length: 0\r\n\r\n`);
  });
  const probed = await probe('prober: http', `http://127.0.0.1:${port}/`);
  t.match(probed.verdict, /^processing\//);
  t.strictSame(loggedPhases(probed), ['connect', 'processing']);
});

t.test('phases that the gauges do not have', async (t) => {
  const silent = await startStreamServer(t, () => undefined);
  const proxy = `prober: http\nhttp: {proxy_url: "http://${silent.target}", skip_resolve_phase_with_proxy: true}`;
  const tunnel = await probe(proxy, 'https://127.0.0.1:1/', { timeoutSeconds: 0.2 });
  t.equal(tunnel.verdict, 'proxy/proxy_timeout');
  t.strictSame(loggedPhases(tunnel), ['connect', 'proxy']);
  const dot = 'prober: dns\ndns: {query_name: x.test, transport_protocol: tcp, dns_over_tls: true}';
  const dns = await probe(dot, silent.target, { timeoutSeconds: 0.2 });
  t.equal(dns.verdict, 'tls/tls_timeout');
  t.strictSame(loggedPhases(dns), ['resolve', 'connect', 'tls']);
  const websocket = await probe('prober: websocket', `wss://${silent.target}/`, { timeoutSeconds: 0.2 });
  t.equal(websocket.verdict, 'tls/tls_timeout');
  t.strictSame(loggedPhases(websocket), ['resolve', 'connect', 'processing', 'tls']);
});
