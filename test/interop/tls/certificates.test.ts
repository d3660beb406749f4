import { writeFileSync } from 'node:fs';
import path from 'node:path';
import t, { type Test } from 'tap';
import { MetricSet } from '../../../src/metrics/metric-set.js';
import { writeMetricSet } from '../../../src/metrics/write-text.js';
import { connectTcp } from '../../../src/net/connect.js';
import { CertificateRefused, compileTlsConfig } from '../../../src/net/tls/tls-client.js';
import { createTlsPlatform } from '../../../src/net/tls/tls-platform.js';
import { reportTls } from '../../../src/net/tls/tls-report.js';
import { systemClock } from '../../../src/values/clock.js';
import { findBlackboxExporter, isCurrent, NO_PEER, startBlackboxExporter } from '../../helpers/peer.js';
import { ASKED } from '../../helpers/services/asked.js';
import {
  type CertificateWish,
  DAY_MS,
  type Identity,
  makeAuthority,
  makeSelfSigned,
} from '../../helpers/tls/certificates.js';
import { BMP, dn, PRINTABLE, T61 } from '../../helpers/tls/der-names.js';
import { rawTlsConfig } from '../../helpers/tls/tls-config.js';
import { startTlsServer } from '../../helpers/tls/tls-server.js';

interface Case {
  readonly title: string;
  readonly identity: Identity;
  readonly others?: readonly Identity[];
  readonly ca: string;
  readonly serverName?: string;
  /** Upstream says nothing about a certificate that does not verify: then only the error texts are compared. */
  readonly error?: true;
}

const NAMES: Readonly<Record<string, Buffer | string>> = {
  'every escape': dn(
    ['C', 'DE', PRINTABLE],
    ['ST', 'Bayern'],
    ['L', 'München'],
    ['O', 'Acme, Inc. <x>;"q"\\+1/2'],
    ['OU', 'unit-a'],
    ['OU', 'unit-b'],
    ['CN', ' lead and trail '],
    ['emailAddress', 'a@b.example'],
    ['serialNumber', '42'],
    ['STREET', 'Way 1'],
    ['POSTALCODE', '80331'],
  ),
  'several values': dn(
    ['CN', 'one'],
    ['CN', 'two'],
    ['O', 'A'],
    ['O', 'B'],
    ['serialNumber', '1'],
    ['serialNumber', '2'],
  ),
  'unknown attributes': dn(['OU', 'u1'], ['CN', 'x'], ['OU', 'u2'], ['DC', 'example'], ['DC', 'com'], ['GN', 'Given*']),
  'several parts': dn(
    [
      ['CN', 'multi'],
      ['OU', 'plus1'],
    ],
    ['C', 'DE'],
  ),
  'a hash and a line break': dn(['CN', '#ha\nsh']),
  'only blanks': dn(['CN', '  ']),
  'empty values': dn(['CN', ''], ['O', ''], ['OU', 'x']),
  nothing: dn(),
  'UTF-16': dn(['CN', Buffer.from('\0M\0\xfc\0n', 'latin1'), BMP]),
  'Latin 1': dn(['CN', Buffer.from('a\xff\xe2\x82b', 'latin1'), T61]),
  'escapes without a name': dn(['GN', '#a,b '], ['DC', ' ']),
  'a long value': dn(['GN', 'é'.repeat(100)]),
};

async function nameCases(): Promise<Case[]> {
  const root = await makeAuthority();
  const cases = Object.entries(NAMES).map(async ([title, subject]): Promise<Case[]> => {
    const ofSubject = { title: `${title} (subject)`, identity: await root.issue({ subject }), ca: root.cert };
    // Go and OpenSSL differ about authorities without a name.
    if (title === 'nothing') return [ofSubject];
    const issuer = await root.issueAuthority({ subject });
    return [ofSubject, { title: `${title} (issuer)`, identity: await issuer.issue(), others: [issuer], ca: root.cert }];
  });
  return (await Promise.all(cases)).flat();
}

async function chainCases(): Promise<Case[]> {
  const inDays = (days: number): Date => new Date(Math.floor(Date.now() / 1000) * 1000 + days * DAY_MS);
  const root = await makeAuthority({ subject: 'CN=root', notAfter: inDays(500) });
  const laterRoot = await makeAuthority({ subject: 'CN=later root', notAfter: inDays(900) });
  const middle = await root.issueAuthority({ subject: 'CN=middle', notAfter: inDays(300) });
  const crossed = await laterRoot.crossSign(middle, { notAfter: inDays(600) });
  const stray = await makeSelfSigned({ subject: 'CN=stray', notAfter: new Date('2021-01-01T00:00:00Z') });
  const leaf = await middle.issue({ notAfter: inDays(700) });
  const issue = (wish: CertificateWish): Promise<Identity> => root.issue(wish);
  return [
    { title: 'a stray certificate', identity: leaf, others: [stray, middle], ca: root.cert },
    { title: 'the root sent along', identity: leaf, others: [middle, root], ca: root.cert },
    { title: 'two ways', identity: leaf, others: [middle, crossed], ca: root.cert + laterRoot.cert },
    { title: 'an anchor that is no root', identity: leaf, ca: middle.cert },
    { title: 'the leaf as its own anchor', identity: leaf, ca: leaf.cert },
    { title: 'a high serial number', identity: await issue({ serialNumber: '00ff00' }), ca: root.cert },
    { title: 'a small serial number', identity: await issue({ serialNumber: '0a' }), ca: root.cert },
    { title: 'several names', identity: await issue({ dnsNames: ['b', 'localhost', '*.a'] }), ca: root.cert },
    { title: 'an address', identity: await issue({ dnsNames: [] }), ca: root.cert, serverName: '127.0.0.1' },
  ];
}

async function errorCases(): Promise<Case[]> {
  const root = await makeAuthority();
  const other = await makeAuthority({ subject: 'CN=Other' });
  const past = new Date('2021-06-07T08:09:10Z');
  const identities: readonly (readonly [title: string, identity: Identity, serverName?: string])[] = [
    ['expired', await root.issue({ notAfter: past })],
    ['expired, unknown, another name', await other.issue({ notAfter: past, dnsNames: ['x'] })],
    ['unknown authority', await other.issue()],
    ['unknown authority, another name', await other.issue({ dnsNames: ['x'] })],
    ['self-signed', await makeSelfSigned({ dnsNames: ['localhost'] })],
    ['another name', await root.issue({ dnsNames: ['b', '*.a'] })],
    ['no name', await root.issue({ dnsNames: [] })],
    ['a common name only', await root.issue({ subject: 'CN=localhost', dnsNames: [], ipAddresses: [] })],
    ['another address', await root.issue({ ipAddresses: ['127.0.0.2', '::1'] }), '127.0.0.1'],
    ['no address', await root.issue({ ipAddresses: [] }), '127.0.0.1'],
    ['not below', await root.issue({ dnsNames: ['*.localhost'] })],
  ];
  return identities.map(([title, identity, serverName = 'localhost']) => ({
    title,
    identity,
    serverName,
    ca: root.cert,
    error: true,
  }));
}

function configOf(cases: readonly Case[]): string {
  const modules = cases.map(({ ca, serverName = 'localhost' }, index) => [
    `case${index}`,
    { prober: 'tcp', tcp: { tls: true, tls_config: { ca, server_name: serverName } } },
  ]);
  return JSON.stringify({ modules: Object.fromEntries(modules) as unknown });
}

/** What upstream says: its TLS metrics, or its error. */
async function askPeer(address: string, index: number, port: number): Promise<string> {
  const url = `http://${address}/probe?debug=true&module=case${index}&target=127.0.0.1:${port}`;
  const text = await (await fetch(url)).text();
  const error = /msg="Error dialing TCP".*? err="?(.*?)"?$/m.exec(text)?.[1];
  return (
    error ??
    text
      .split('\n')
      .filter((line) => /^probe_(ssl|tls)_/.test(line))
      .join('\n')
  );
}

/** What we say in the same form. */
async function askOurselves({ ca, serverName = 'localhost' }: Case, port: number): Promise<string> {
  const signal = new AbortController().signal;
  const client = compileTlsConfig(rawTlsConfig({ ca }), createTlsPlatform({ clock: systemClock }));
  const socket = await connectTcp({ asked: ASKED, address: '127.0.0.1', port, signal });
  const connection = await client.handshake(socket, { serverName, signal }).catch((error: unknown) => {
    if (error instanceof CertificateRefused) return error.message;
    throw error;
  });
  if (typeof connection === 'string') return connection;
  connection.socket.destroy();
  const metrics = new MetricSet();
  reportTls(metrics, connection.facts, { withoutCipher: true });
  return writeMetricSet(metrics)
    .split('\n')
    .filter((line) => /^probe_(ssl|tls)_(?!verified)/.test(line))
    .join('\n');
}

/** Seconds pass between the two, and Go tells what else it had tried. */
function comparable(text: string): string {
  return text.replace(/current time \S+/, 'current time').replace(/ \(possibly because of.*/, '');
}

async function compare(t: Test, cases: readonly Case[]): Promise<void> {
  const peer = findBlackboxExporter();
  if (peer === undefined) throw new Error(NO_PEER);
  const file = path.join(t.testdir({}), 'blackbox.yml');
  writeFileSync(file, configOf(cases));
  const service = await startBlackboxExporter(peer, [`--config.file=${file}`]);
  t.teardown(() => service.stop());
  for (const [index, each] of cases.entries()) {
    const server = await startTlsServer(each.identity, { ...(each.others && { others: each.others }) });
    const theirs = await askPeer(service.address, index, server.port);
    const ours = await askOurselves(each, server.port);
    await server.close();
    t.match(theirs, each.error ? /^tls: failed to verify/ : /^probe_ssl_earliest/, `${each.title}: as expected there`);
    t.equal(comparable(ours), comparable(theirs), `${each.title}: the same here`);
  }
}

const found = findBlackboxExporter();
// Older ones have no serial number, and other texts for names and errors.
const skip = found === undefined ? NO_PEER : isCurrent(found) ? false : `blackbox_exporter ${found.version} is too old`;
t.test('names', { skip }, async (t) => compare(t, await nameCases()));
t.test('chains', { skip }, async (t) => compare(t, await chainCases()));
t.test('errors', { skip }, async (t) => compare(t, await errorCases()));
