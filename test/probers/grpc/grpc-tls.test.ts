import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import net, { type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import t from 'tap';
import { startGrpcServer } from '../../helpers/servers/grpc-server.js';
import { probe } from '../../helpers/services/probe.js';
import { type IdentityName, makeIdentities } from '../../interop/tls/identities.js';

const identities = await makeIdentities();
const folder = mkdtempSync(join(tmpdir(), 'sonde-grpc-'));
t.teardown(() => {
  rmSync(folder, { recursive: true });
});
for (const [name, { cert, key }] of Object.entries(identities)) {
  writeFileSync(join(folder, `${name}.pem`), cert);
  writeFileSync(join(folder, `${name}.key`), key);
}

/** A module that trusts the authority; `more` are further keys of tls_config. */
function module(more = ''): string {
  const ca = join(folder, 'authority.pem');
  return `prober: grpc\ngrpc:\n  preferred_ip_protocol: ip4\n  tls: true\n  tls_config:\n    ca_file: ${ca}\n${more.replace(/^/gm, '    ')}`;
}

const EXPIRY = 'probe_ssl_earliest_cert_expiry';

interface Case {
  readonly name: string;
  readonly server: IdentityName;
  readonly tlsConfig?: string;
  readonly verdict: string;
  readonly code: number;
  readonly ssl: number;
  readonly verified: number;
}

const CASES: readonly Case[] = [
  { name: 'good', server: 'good', verdict: 'ok', code: 0, ssl: 1, verified: 1 },
  { name: 'expired', server: 'expired', verdict: 'tls/tls_certificate_expired', code: 14, ssl: 0, verified: 0 },
  { name: 'wrong name', server: 'wrongName', verdict: 'tls/tls_name_mismatch', code: 14, ssl: 0, verified: 0 },
  { name: 'unknown authority', server: 'unknown', verdict: 'tls/tls_unknown_authority', code: 14, ssl: 0, verified: 0 },
  {
    name: 'another name is asked for',
    server: 'wrongName',
    tlsConfig: 'server_name: elsewhere.example',
    verdict: 'ok',
    code: 0,
    ssl: 1,
    verified: 1,
  },
  {
    name: 'nothing is verified',
    server: 'expired',
    tlsConfig: 'insecure_skip_verify: true',
    verdict: 'ok',
    code: 0,
    ssl: 1,
    verified: 0,
  },
];

t.test('certificates', async (t) => {
  for (const { name, server, tlsConfig, verdict, code, ssl, verified } of CASES) {
    const { port, close, calls } = await startGrpcServer({ tls: identities[server] });
    const { metrics, ...probed } = await probe(module(tlsConfig), `127.0.0.1:${port}`);
    t.equal(probed.verdict, verdict, name);
    t.equal(metrics['probe_grpc_status_code'], code, `${name}: code`);
    t.equal(metrics['probe_grpc_ssl'], ssl, `${name}: ssl`);
    t.equal(metrics['probe_ssl_verified'], verified, `${name}: verified`);
    t.ok((metrics[EXPIRY] ?? 0) > 1.7e9, `${name}: the expiry is shown in any case`);
    t.ok(Object.keys(metrics).some((series) => series.startsWith('probe_tls_version_info{version="TLS 1.3"')));
    t.type(metrics['probe_grpc_duration_seconds{phase="tls"}'], 'number', `${name}: phase`);
    t.equal(calls.length, code === 0 ? 1 : 0, `${name}: nothing is asked before the certificate is judged`);
    if (name === 'another name is asked for') t.equal(calls[0]?.authority, 'elsewhere.example', 'and is the authority');
    close();
  }
});

t.test('a certificate is shown although the service refuses', async (t) => {
  const script = () => ({ code: 7, details: 'no' });
  const { port, close } = await startGrpcServer({ tls: identities.good, script });
  t.teardown(close);
  const { verdict, metrics } = await probe(module(), `127.0.0.1:${port}`);
  t.equal(verdict, 'check/grpc_status_error');
  t.equal(metrics['probe_grpc_ssl'], 1);
  t.ok((metrics[EXPIRY] ?? 0) > 1.7e9);
});

t.test('client certificates', async (t) => {
  const server = { ...identities.good, clientCa: identities.authority.cert };
  const { port, close } = await startGrpcServer({ tls: server });
  t.teardown(close);
  const without = await probe(module(), `127.0.0.1:${port}`);
  t.match(without.verdict, /^(tls|processing)\/tls_client_certificate_required$/);
  t.equal(without.metrics['probe_grpc_status_code'], 14);
  t.ok((without.metrics[EXPIRY] ?? 0) > 1.7e9, 'the expiry is shown');
  const client = `cert_file: ${join(folder, 'client.pem')}\nkey_file: ${join(folder, 'client.key')}`;
  t.equal((await probe(module(client), `127.0.0.1:${port}`)).verdict, 'ok');
  const broken = await probe(module('cert_file: /nonexistent\nkey_file: /nonexistent'), `127.0.0.1:${port}`);
  t.equal(broken.verdict, 'setup/file_unreadable');
});

t.test('TLS where there is none, and none where there is', async (t) => {
  const plain = await startGrpcServer();
  t.teardown(plain.close);
  const secure = await startGrpcServer({ tls: identities.good });
  t.teardown(secure.close);
  const noTls = await probe(module(), `127.0.0.1:${plain.port}`);
  t.match(noTls.verdict, /^tls\//);
  t.equal(noTls.metrics['probe_grpc_status_code'], 14);
  const needsTls = await probe('prober: grpc', `127.0.0.1:${secure.port}`);
  t.match(needsTls.verdict, /^processing\/(connection_closed|connection_reset|response_malformed)$/);
  t.equal(needsTls.metrics['probe_grpc_status_code'], 14);
});

t.test('a TLS server that does not offer h2', async (t) => {
  const server = tls.createServer({ ...identities.good }, (socket) => socket.on('error', () => socket.destroy()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const probed = await probe(module(), `127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.equal(probed.verdict, 'tls/tls_handshake_failed');
  t.equal(probed.metrics['probe_grpc_status_code'], 14);
});

t.test('a TLS server that says nothing', async (t) => {
  const silent = net.createServer((socket) => socket.resume());
  silent.listen(0, '127.0.0.1');
  await once(silent, 'listening');
  t.teardown(() => silent.close());
  const target = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  const probed = await probe(module(), target, { timeoutSeconds: 0.15 });
  t.equal(probed.verdict, 'tls/tls_timeout');
  t.equal(probed.metrics['probe_grpc_status_code'], 4);
});
