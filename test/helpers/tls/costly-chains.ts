/** Chains that cost whoever checks them more than their bytes: nothing in them is signed. */
import { authority, constraints, localhost, names } from './certificate-extensions.js';
import { bitString, type Made, make, oid } from './certificate-writer.js';
import { dn, element } from './der-names.js';

/** What a server presents: its own certificate, and others. All in all at most 100 KiB, which is what OpenSSL takes. */
export type Presented = readonly [leaf: Made, ...others: Made[]];

/** A key that claims to have signed something. */
export interface Claim {
  readonly key: Buffer;
  readonly signature: Buffer;
  readonly identifier?: Buffer;
}

/** Authorities each of which claims that the next one has signed it; nothing is signed. */
export function way(count: number, claimOf: (index: number) => Claim): Presented {
  const nameOf = (index: number): Buffer => dn(['CN', `on the way ${index}`]);
  const others = Array.from({ length: count }, (_, index) => {
    const { key, signature, identifier } = claimOf(index);
    const names = { subject: nameOf(index), issuer: nameOf(index + 1) };
    const wish = { ...names, key: 'rsa2048-way', signature, extensions: [authority()], publicKeyInfo: key };
    return make({ ...wish, ...(identifier && { identifier }) });
  });
  const { signature, identifier } = claimOf(0);
  const leaf = { key: 'rsa2048-way', issuer: nameOf(0), extensions: [localhost], signature };
  return [make({ ...leaf, ...(identifier && { identifier }) }), ...others];
}

/** With a signature that is as long as the modulus, as RSA has it. */
export function rsaClaim(bits: number, index: number, exponent?: string): Claim {
  return { key: longKey(bits, index, exponent), signature: Buffer.alloc(bits / 8, 0x11) };
}

/** The same for a key that is for RSASSA-PSS alone, which Go does not know. */
export function pssClaim(bits: number, index: number, exponent = '010001'): Claim {
  return { key: longKey(bits, index, exponent, PSS), signature: Buffer.alloc(bits / 8, 0x11) };
}

/** An authority with constraints for every other one, all of which have names. */
export function compared(authorities: number, count: number): Presented {
  const all = Array.from({ length: count }, (_, index) => ['dns', `${index}`] as const);
  const nameOf = (index: number): Buffer => dn(['CN', `constrained ${index}`]);
  const others = Array.from({ length: authorities }, (_, index) =>
    make({
      ...{ subject: nameOf(index), issuer: nameOf(index + 1), key: 'ec-compared' },
      extensions: [
        authority(),
        names(...all),
        constraints(
          [],
          all.map(([kind, name]) => [kind, `x.${name}`]),
        ),
      ],
    }),
  );
  return [make({ key: 'ec-leaf', issuer: nameOf(0), extensions: [names(...all)] }), ...others];
}

/** The longest exponent that OpenSSL takes with such a modulus. */
export const LONGEST = '00ffffffffffffffff';

/** An odd modulus that nobody can factor either, with the largest exponent that Go takes. */
export function longKey(bits: number, index: number, exponent = '7fffffff', algorithm = RSA): Buffer {
  const modulus = Buffer.concat([Buffer.from([0, 0x80, index]), Buffer.alloc(bits / 8 - 3, 0x5a), Buffer.from([1])]);
  const key = element(0x30, element(0x02, modulus), element(0x02, Buffer.from(exponent, 'hex')));
  return element(0x30, algorithm, bitString(key));
}

const RSA = element(0x30, oid('2a864886f70d010101'), element(0x05));
const PSS = element(0x30, oid('2a864886f70d01010a'));

const DSA_SHA256 = element(0x30, oid('608648016503040302'));

/** A key whose primes are none, as nobody looks. */
export function dsaClaim(bits: number, index: number): Claim {
  const number = (length: number): Buffer =>
    element(0x02, Buffer.concat([Buffer.from([0, 0x80, index]), Buffer.alloc(length / 8 - 3, 0x5a), Buffer.from([1])]));
  const group = element(0x30, number(bits), number(256), number(bits - 8));
  const key = element(0x30, element(0x30, oid('2a8648ce380401'), group), bitString(number(bits - 8)));
  return { key, signature: element(0x30, number(248), number(248)), identifier: DSA_SHA256 };
}

/** A point of P-521 that is not this key's, with a signature of the right form. */
export function curveClaim(index: number): Claim {
  const { publicKeyInfo } = make({ key: `p521-${index % 4}` });
  const number = element(0x02, Buffer.alloc(65, 0x11));
  return { key: publicKeyInfo, signature: element(0x30, number, number), identifier: ECDSA_SHA256 };
}

const ECDSA_SHA256 = element(0x30, oid('2a8648ce3d040302'));

/** Places of revocation lists whose names go on from that of the issuer, which OpenSSL copies for each. */
export function distributed(points: number, parts: number, version?: 2): Made {
  const attribute = element(0x30, oid('55040b'), element(0x0c, Buffer.from('x')));
  const point = element(0x30, element(0xa0, element(0xa1, attribute)));
  const list = element(0x30, ...Array.from({ length: points }, () => point));
  const issuer = dn(...Array.from({ length: parts }, (_, index) => ['OU', `${index % 10}`] as const));
  return make({ key: 'ec-leaf', issuer, extensions: [localhost, ['551d1f', list]], ...(version && { version }) });
}
