import { rmSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import t from 'tap';
import { compileTlsConfig } from '../../../src/net/tls/tls-client.js';
import { compileTlsMaterial } from '../../../src/net/tls/tls-material.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { trustStoreSteps } from '../../../src/net/tls/trust-store.js';
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

/** Changes of PEM that blackbox_exporter 0.28 (Go 1.25) takes; OpenSSL, asked itself, refuses most of them. */
const TAKEN: readonly (readonly [name: string, change: (pem: string) => string])[] = [
  ['blanks before', (pem) => ` \t\n${pem}`],
  ['a million line feeds before', (pem) => `${'\n'.repeat(1_000_000)}${pem}`],
  ['blank lines between', (pem) => pem.replaceAll('\n', '\n\n')],
  ['CRLF', (pem) => pem.replaceAll('\n', '\r\n')],
  ['headers', (pem) => pem.replace('\n', '\nProc-Type: 4,ENCRYPTED\nDEK-Info: x\n\n')],
  ['a broken block behind', (pem) => `${pem}-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n`],
  ['a block behind that does not end', (pem) => `${pem}-----BEGIN CERTIFICATE-----\nAAAA\n`],
  ['beginnings without an end before', (pem) => `${'-----BEGIN CERTIFICATE-----\nAAAA\n'.repeat(1000)}${pem}`],
  ['beginnings of others before', (pem) => `${'-----BEGIN X-----\n'.repeat(50_000)}${pem}`],
  ['another block before', (pem) => `-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n${pem}`],
  ['another label', (pem) => pem.replaceAll(' PRIVATE KEY', ' X PRIVATE KEY')],
];

t.test('certificates and keys are read from files as upstream reads them', async (t) => {
  const { localhost } = await sharedIdentities();
  const platform = createTlsPlatform({ clock: new ManualClock(), certFile: '/nonexistent' });
  for (const [name, change] of TAKEN) {
    await t.test(name, async (t) => {
      const folder = t.testdir({ cert: change(localhost.cert), key: change(localhost.key) });
      const [cert_file, key_file] = [path.join(folder, 'cert'), path.join(folder, 'key')];
      await t.resolves(async () => compileTlsMaterial(rawTlsConfig({ cert_file, key_file }), VERSIONS, platform)());
      // Among authorities, those with headers are passed over.
      const authorities = async () => compileTlsMaterial(rawTlsConfig({ ca_file: cert_file }), VERSIONS, platform)();
      if (name === 'headers') await t.rejects(authorities);
      else t.same((await authorities()).trust.ders, [localhost.der]);
    });
  }
});

t.test('many authorities are read in steps, each once', async (t) => {
  const { localhost, authority } = await sharedIdentities();
  const steps = trustStoreSteps(`${localhost.cert.repeat(100)}${authority.cert}`);
  let count = 0;
  let step = steps.next();
  for (; step.done !== true; step = steps.next()) count++;
  t.equal(count, 101);
  t.equal(step.value?.ders.length, 2);
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
