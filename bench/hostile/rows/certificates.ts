import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { authority, localhost, names } from '../../../test/helpers/certificate-extensions.js';
import { bitString, type Made, make, oid } from '../../../test/helpers/certificate-writer.js';
import { dn, element } from '../../../test/helpers/der-names.js';
import type { HostileRow } from '../hostile-row.js';

/** What a server presents: its own certificate, and others. All in all at most 100 KiB, which is what OpenSSL takes. */
type Presented = readonly [leaf: Made, ...others: Made[]];

const KINDS: readonly (readonly [name: string, present: () => Presented])[] = [
  ['20 cross-named authorities of RSA-16372', () => crossed(20, (index) => longKey(16_376, index))],
  ['40 cross-named authorities of RSA-8192', () => crossed(40, (index) => longKey(8192, index))],
  ['12 cross-signed authorities of P-521', () => looped(12, 'p521')],
  ['60 cross-signed authorities of P-256', () => looped(60, 'ec')],
  ['30,000 names', () => [leafFor(Array.from({ length: 30_000 }, (_, index) => String(index % 10)))]],
  ['8,000 names as long as the one that is asked for', () => [leafFor(repeated(8000, 'x.localhos'))]],
  ['one name of 40,000 labels', () => [leafFor([`${'a.'.repeat(40_000)}b`])]],
  ['2,600 parts of a name', () => [named(2600, 'OU')]],
  ['4,000 unknown parts of a name', () => [named(4000, 'GN')]],
  ['200 certificates', () => [leafFor(['localhost']), ...Array.from({ length: 200 }, (_, index) => stray(index))]],
  ['6,000 URIs', () => [uris(6000)]],
];

function repeated(count: number, name: string): string[] {
  return Array.from({ length: count }, () => name);
}

function leafFor(all: readonly string[]): Made {
  return make({ key: 'ec-leaf', extensions: [names(...all.map((name) => ['dns', name] as const))] });
}

function uris(count: number): Made {
  const all = Array.from({ length: count }, (_, index) => ['uri', `a://b@${index}`] as const);
  return make({ key: 'ec-leaf', extensions: [names(...all)] });
}

function named(parts: number, type: 'OU' | 'GN'): Made {
  const subject = dn(...Array.from({ length: parts }, (_, index) => [type, `"${index}`] as const));
  return make({ subject, key: 'ec-leaf', extensions: [localhost] });
}

function stray(index: number): Made {
  return make({ subject: `stray ${index}`, key: 'ec-stray', extensions: [authority()] });
}

/** Authorities of one name, all of which may have signed the leaf; none has. */
function crossed(count: number, keyOf: (index: number) => Buffer): Presented {
  const subject = dn(['CN', 'crossed']);
  const others = Array.from({ length: count }, (_, index) =>
    make({ subject, key: 'rsa2048-crossed', publicKeyInfo: keyOf(index), extensions: [authority()] }),
  );
  return [make({ key: 'rsa2048-leaf', issuer: subject, extensions: [localhost] }), ...others];
}

/** An odd modulus that nobody can factor either, with the largest exponent that Go takes. */
function longKey(bits: number, index: number): Buffer {
  const modulus = Buffer.concat([Buffer.from([0, 0x80, index]), Buffer.alloc(bits / 8 - 3, 0x5a), Buffer.from([1])]);
  const key = element(0x30, element(0x02, modulus), element(0x02, Buffer.from('7fffffff', 'hex')));
  return element(0x30, element(0x30, oid('2a864886f70d010101'), element(0x05)), bitString(key));
}

/** Authorities of one name, each of which has signed the next: the ways among them are endless. */
function looped(count: number, kind: string): Presented {
  const subject = dn(['CN', 'looped']);
  const all = Array.from({ length: count }, (_, index) => make({ subject, key: `${kind}-${index}` }));
  const others = all.map((each, index) => {
    const by = all[(index + 1) % count] ?? each;
    return make({ subject, key: each.keyName, by, extensions: [authority()] });
  });
  return [make({ key: 'ec-leaf', by: all[0] ?? make(), extensions: [localhost] }), ...others];
}

async function serve([leaf, ...others]: Presented): Promise<string> {
  const cert = [leaf, ...others].map((each) => each.cert).join('');
  const server = tls.createServer({ key: leaf.key, cert, ciphers: 'DEFAULT:@SECLEVEL=0' }, (socket) => {
    // A client that refuses goes without ado.
    socket.on('error', () => socket.destroy());
    socket.end();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Everything within the certificates of a server, with and without verification. */
export const CERTIFICATES: readonly HostileRow[] = KINDS.flatMap(([name, present]) =>
  [false, true].map((insecure) => ({
    kind: 'target' as const,
    name: `certificates: ${name}${insecure ? ', not verified' : ''}`,
    group: 'certificates',
    module: {
      prober: 'tcp',
      tcp: { tls: true, tls_config: { server_name: 'x.localhost', insecure_skip_verify: insecure } },
    },
    start: () => serve(present()),
  })),
);
