import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import tls from 'node:tls';
import t, { type Test } from 'tap';
import { lineByLine, startStreamServer } from '../../helpers/servers/stream-server.js';
import { probe } from '../../helpers/services/probe.js';
import { overTls, startTls } from '../../helpers/tls/starttls-server.js';
import { type IdentityName, makeIdentities } from '../../interop/tls/identities.js';

const identities = makeIdentities();

const secure = lineByLine('', { 'EHLO again': '250 secure\r\n', hello: 'hi\r\n' });

/** A folder with the files that modules name. */
async function files(t: Test): Promise<string> {
  const { authority, client } = await identities;
  return t.testdir({
    'ca.pem': authority.cert,
    'client.pem': client.cert,
    'client.key': client.key,
  });
}

const FACTS = ['probe_ssl_earliest_cert_expiry', 'probe_tls_version_info{version="TLS 1.3"}', 'probe_ssl_verified'];

async function server(name: IdentityName, options: tls.TlsOptions = {}) {
  const { cert, key } = (await identities)[name];
  return { options: { cert, key, ...options }, secure };
}

t.test('TLS at once', async (t) => {
  const folder = await files(t);
  const ca = `tls_config: {ca_file: ${join(folder, 'ca.pem')}`;
  const rows: readonly (readonly [string, IdentityName, string, string, number])[] = [
    ['a trusted chain', 'good', `${ca}}`, 'ok', 1],
    ['not verified', 'selfSigned', 'tls_config: {insecure_skip_verify: true}', 'ok', 0],
    ['unknown authority', 'unknown', `${ca}}`, 'tls/tls_unknown_authority', 0],
    ['self-signed', 'selfSigned', `${ca}}`, 'tls/tls_self_signed', 0],
    ['expired', 'expired', `${ca}}`, 'tls/tls_certificate_expired', 0],
    ['not yet valid', 'future', `${ca}}`, 'tls/tls_certificate_not_yet_valid', 0],
    ['for another name', 'wrongName', `${ca}}`, 'tls/tls_name_mismatch', 0],
    ['server_name in place of the address', 'wrongName', `${ca}, server_name: elsewhere.example}`, 'ok', 1],
  ];
  for (const [name, identity, config, verdict, verified] of rows) {
    const { target, open } = await startStreamServer(t, overTls(await server(identity)));
    const probed = await probe(
      `prober: tcp\ntcp:\n  tls: true\n  ${config}\n  query_response: [{send: hello}, {expect: hi}]`,
      target,
    );
    t.equal(probed.verdict, verdict, name);
    t.hasProps(probed.metrics, FACTS, `${name}: what was presented is shown`);
    t.equal(probed.metrics['probe_ssl_verified'], verified, `${name}: probe_ssl_verified`);
    t.equal(
      probed.metrics['probe_failed_due_to_regex'],
      verdict === 'ok' ? 0 : undefined,
      `${name}: only a connection has it`,
    );
    t.notOk(
      Object.keys(probed.metrics).some((series) => series.startsWith('probe_tls_cipher_info')),
      `${name}: no cipher`,
    );
    while (open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
  }
});

t.test('STARTTLS', async (t) => {
  const folder = await files(t);
  const ca = `tls_config: {ca_file: ${join(folder, 'ca.pem')}}`;
  const steps = [
    '{expect: "^220", send: STARTTLS}',
    '{expect: "^220 go", starttls: true}',
    '{send: EHLO again, newline: crlf}',
    '{expect: "^250 (.*)", labels: [{name: state, value: "$1"}]}',
  ].join(', ');
  const { target, open } = await startStreamServer(t, startTls('220 hello\r\n', '220 go\r\n', await server('good')));
  const probed = await probe(`prober: tcp\ntcp:\n  ${ca}\n  query_response: [${steps}]`, target);
  t.equal(probed.verdict, 'ok');
  t.equal(probed.metrics['probe_expect_info{state="secure"}'], 1);
  t.hasProps(probed.metrics, [
    ...FACTS,
    'probe_tcp_duration_seconds{phase="tls"}',
    'probe_ssl_last_chain_expiry_timestamp_seconds',
  ]);
  while (open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));

  const refused = await startStreamServer(t, startTls('220 hello\r\n', '220 go\r\n', await server('expired')));
  const failed = await probe(`prober: tcp\ntcp:\n  ${ca}\n  query_response: [${steps}]`, refused.target);
  t.equal(failed.verdict, 'tls/tls_certificate_expired');
  t.hasProps(failed.metrics, FACTS);
  t.equal(failed.metrics['probe_query_response_success{step="1"}'], 0);
  while (refused.open() > 0) await new Promise((resolve) => setTimeout(resolve, 2));
});

t.test('what comes together with the answer to STARTTLS is dropped, as in upstream', async (t) => {
  const steps = [
    '{expect: "^220", send: STARTTLS}',
    '{expect: "^220.go", starttls: true}',
    '{send: EHLO again, newline: crlf}',
    '{expect: "^250 secure"}',
  ].join(', ');
  const module = `prober: tcp\ntcp: {tls_config: {insecure_skip_verify: true}, query_response: [${steps}]}`;
  for (const go of ['220-go\r\n220 now\r\n', '220 go\r\n250 injected\r\n', '220 go\r\n250']) {
    const { target } = await startStreamServer(t, startTls('220 hello\r\n', go, await server('good')));
    t.equal((await probe(module, target)).verdict, 'ok', JSON.stringify(go));
  }
});

t.test('TLS within TLS', async (t) => {
  const inner = overTls(await server('expired'));
  const { target } = await startStreamServer(
    t,
    overTls({
      ...(await server('good')),
      secure: (socket) => {
        socket.once('data', () => {
          socket.write('go\n', () => {
            inner(socket);
          });
        });
      },
    }),
  );
  const steps = '[{send: please}, {expect: go, starttls: true}, {send: hello}, {expect: hi}]';
  const { verdict, metrics } = await probe(
    `prober: tcp\ntcp: {tls: true, tls_config: {insecure_skip_verify: true}, query_response: ${steps}}`,
    target,
  );
  t.equal(verdict, 'ok');
  t.ok(
    (metrics['probe_ssl_earliest_cert_expiry'] ?? Infinity) < Date.now() / 1000,
    'the last handshake is the one that is shown',
  );
});

t.test('client certificates', async (t) => {
  const folder = await files(t);
  const { authority } = await identities;
  const demanding = await server('good', { requestCert: true, rejectUnauthorized: true, ca: authority.cert });
  const rows = [
    ['client', 'ok'],
    [undefined, 'dialogue/tls_client_certificate_required'],
  ] as const;
  for (const [name, expected] of rows) {
    const { target } = await startStreamServer(t, overTls(demanding));
    const certificate =
      name === undefined ? '' : `, cert_file: ${join(folder, `${name}.pem`)}, key_file: ${join(folder, `${name}.key`)}`;
    const config = `tls_config: {ca_file: ${join(folder, 'ca.pem')}${certificate}}`;
    const { verdict } = await probe(
      `prober: tcp\ntcp:\n  tls: true\n  ${config}\n  query_response: [{send: hello}, {expect: hi}]`,
      target,
    );
    t.equal(verdict, expected, String(name));
  }
});

t.test('files that cannot be read', async (t) => {
  const { target } = await startStreamServer(t, lineByLine('220 hello\r\n'));
  for (const block of ['tls: true', 'query_response: [{starttls: true}]']) {
    const { verdict } = await probe(
      `prober: tcp\ntcp:\n  tls_config: {ca_file: /nonexistent/ca.pem}\n  ${block}`,
      target,
    );
    t.equal(verdict, 'setup/file_unreadable', block);
  }
});

t.test('a server that asks for the handshake again over TLS 1.2 is refused, in words of TLS', async (t) => {
  const { cert, key } = (await identities).good;
  const server = tls.createServer({ cert, key, maxVersion: 'TLSv1.2' }, (socket) => {
    socket.renegotiate({ requestCert: true, rejectUnauthorized: false }, () => undefined);
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const module =
    'prober: tcp\ntcp: {tls: true, tls_config: {insecure_skip_verify: true}, query_response: [{expect: hi}]}';
  const { verdict, log } = await probe(module, `127.0.0.1:${(server.address() as AddressInfo).port}`);
  t.equal(verdict, 'dialogue/tls_handshake_failed');
  t.match(log, /local error: tls: no renegotiation/, 'no words of OpenSSL');
});
