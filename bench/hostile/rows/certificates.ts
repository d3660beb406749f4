import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import tls from 'node:tls';
import { authority, localhost, names } from '../../../test/helpers/tls/certificate-extensions.js';
import { type Made, make } from '../../../test/helpers/tls/certificate-writer.js';
import {
  compared,
  curveClaim,
  distributed,
  dsaClaim,
  LONGEST,
  longKey,
  type Presented,
  rsaClaim,
  way,
} from '../../../test/helpers/tls/costly-chains.js';
import { dn } from '../../../test/helpers/tls/der-names.js';
import type { HostileRow } from '../hostile-row.js';

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
  ['a way of 40 RSA-8192 with the longest exponents of Go', () => way(40, (index) => rsaClaim(8192, index))],
  [
    'a way of 22 RSA-16376 with the longest exponents of OpenSSL',
    () => way(22, (index) => rsaClaim(16_376, index, LONGEST)),
  ],
  ['a way of 18 DSA-10000', () => way(18, (index) => dsaClaim(10_000, index))],
  ['a million comparisons of names', () => compared(1, 1000)],
  ['names and constraints in ten authorities', () => compared(8, 500)],
  ['a way of 60 P-521', () => way(60, (index) => curveClaim(index))],
  ['distribution points named after a long issuer', () => [distributed(300, 1000)]],
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
