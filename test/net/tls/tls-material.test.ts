import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { compileTlsConfig } from '../../../src/net/tls/tls-client.js';
import { compileTlsMaterial } from '../../../src/net/tls/tls-material.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { ProbeFailure } from '../../../src/probe/failure.js';
import type { RawTlsConfig } from '../../../src/values/raw-config.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { makeAuthority, makeSelfSigned, sharedIdentities } from '../../helpers/tls/certificates.js';
import { rawTlsConfig } from '../../helpers/tls/tls-config.js';

const VERSIONS = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.3' } as const;

t.test('what cannot be used fails the probe in the words of upstream', async (t) => {
  const { localhost } = await sharedIdentities();
  const other = await makeSelfSigned();
  const folder = t.testdir({ text: 'no PEM at all', 'cert.pem': localhost.cert, 'key.pem': localhost.key });
  const text = path.join(folder, 'text');
  const large = path.join(folder, 'large.pem');
  writeFileSync(large, localhost.cert.padEnd(4 * 1024 * 1024 + 1, '\n'));
  const cert = path.join(folder, 'cert.pem');
  const pair = `(file ${cert}) & key (inline)`;
  const brokenCertificate = '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n';
  const rows: readonly (readonly [given: Partial<RawTlsConfig>, reason: string, text: string])[] = [
    [
      { ca_file: '/nope/ca.pem' },
      'file_unreadable',
      'unable to read CA cert: unable to read file /nope/ca.pem: open /nope/ca.pem: no such file or directory',
    ],
    [
      { ca_file: folder },
      'file_unreadable',
      `unable to read CA cert: unable to read file ${folder}: read ${folder}: is a directory`,
    ],
    [
      { ca_file: large },
      'file_unreadable',
      `unable to read CA cert: unable to read file ${large}: read ${large}: larger than 4 MiB`,
    ],
    [
      { cert_file: large, key: localhost.key },
      'file_unreadable',
      `unable to read specified client cert: unable to read file ${large}: read ${large}: larger than 4 MiB`,
    ],
    [{ ca_file: text }, 'tls_config_invalid', `unable to use specified CA cert file ${text}`],
    [{ ca: brokenCertificate }, 'tls_config_invalid', 'unable to use specified CA cert inline'],
    [
      { cert_file: '/nope/c', key_file: '/nope/k' },
      'file_unreadable',
      'unable to read specified client cert: unable to read file /nope/c: open /nope/c: no such file or directory',
    ],
    [
      { cert_file: cert, key_file: '/nope/k' },
      'file_unreadable',
      'unable to read specified client key: unable to read file /nope/k: open /nope/k: no such file or directory',
    ],
    [
      { cert_file: text, key: localhost.key },
      'tls_config_invalid',
      `unable to use specified client cert (file ${text}) & key (inline): tls: failed to find any PEM data in certificate input`,
    ],
    [
      { cert: localhost.cert, key_file: text },
      'tls_config_invalid',
      `unable to use specified client cert (inline) & key (file ${text}): tls: failed to find any PEM data in key input`,
    ],
    [
      { cert_file: cert, key: localhost.cert },
      'tls_config_invalid',
      `unable to use specified client cert ${pair}: tls: found a certificate rather than a key in the PEM for the private key`,
    ],
    [
      { cert_file: cert, key: other.key },
      'tls_config_invalid',
      `unable to use specified client cert ${pair}: tls: private key does not match public key`,
    ],
    [
      { cert_file: cert, key: localhost.key.replace(/\n[^\n]+\n/, '\nAAAA\n') },
      'tls_config_invalid',
      `unable to use specified client cert ${pair}: tls: failed to parse private key`,
    ],
    [
      { cert: brokenCertificate, key: localhost.key },
      'tls_config_invalid',
      'unable to use specified client cert (inline) & key (inline): tls: failed to parse certificate',
    ],
    [{ ca_ref: 'a' }, 'secret_ref_unsupported', 'unable to use CA cert: cannot use secret ref without manager'],
    [
      { cert_ref: 'a', key_ref: 'b' },
      'secret_ref_unsupported',
      'unable to use client cert: cannot use secret ref without manager',
    ],
    [
      { min_version: 'TLS13', max_version: 'TLS12' },
      'tls_config_invalid',
      'tls_config.max_version must be greater than or equal to tls_config.min_version if both are specified',
    ],
  ];
  const platform = createTlsPlatform({ clock: new ManualClock(), certFile: '/nonexistent' });
  for (const [given, reason, message] of rows) {
    const client = compileTlsConfig(rawTlsConfig(given), platform);
    const failure: unknown = await client.prepare(new AbortController().signal)?.catch((error: unknown) => error);
    t.type(failure, ProbeFailure, message);
    t.match(failure, { phase: 'setup', reason, message });
  }
});

t.test('files are read again when they change, and not more often than once a second', async (t) => {
  const first = await makeAuthority({ subject: 'CN=first' });
  const second = await makeAuthority({ subject: 'CN=second' });
  const folder = t.testdir({ 'ca.pem': first.cert });
  const file = path.join(folder, 'ca.pem');
  const clock = new ManualClock();
  const load = compileTlsMaterial(rawTlsConfig({ ca_file: file }), VERSIONS, createTlsPlatform({ clock }));
  const one = await load();
  t.equal(load(), one, 'one context as long as nothing changes, at once');
  writeFileSync(file, second.cert);
  t.equal(await load(), one, 'looked at within this second');
  clock.advance(1);
  const two = await load();
  t.not(two, one, 'a change is seen');
  t.same(two.trust.ders, [second.der]);
  clock.advance(1);
  utimesSync(file, 1, 1);
  t.equal(await load(), two, 'another time with the same content is no change');
  rmSync(file);
  clock.advance(1);
  await t.rejects(async () => load(), { message: /^unable to read CA cert: / }, 'gone');
  writeFileSync(file, second.cert);
  clock.advance(1);
  t.equal(await load(), two, 'and back');
});

t.test('modules without certificates of their own share a context', async (t) => {
  const { authority } = await sharedIdentities();
  const folder = t.testdir({ 'bundle.pem': authority.cert });
  const platform = createTlsPlatform({
    clock: new ManualClock(),
    certFile: path.join(folder, 'bundle.pem'),
    certDir: folder,
  });
  const one = await compileTlsMaterial(rawTlsConfig({ server_name: 'a' }), VERSIONS, platform)();
  const two = await compileTlsMaterial(rawTlsConfig({ insecure_skip_verify: true }), VERSIONS, platform)();
  const versioned = await compileTlsMaterial(rawTlsConfig(), { ...VERSIONS, minVersion: 'TLSv1.3' }, platform)();
  t.equal(one.context, two.context);
  t.not(versioned.context, one.context);
  t.equal(versioned.trust, one.trust);
});
