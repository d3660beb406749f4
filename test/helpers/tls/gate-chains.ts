/** Chains for whoever looks at certificates before OpenSSL does. */
import { authority, localhost, names } from './certificate-extensions.js';
import { type Made, make } from './certificate-writer.js';
import {
  compared,
  curveClaim,
  distributed,
  dsaClaim,
  type Presented,
  pssClaim,
  rsaClaim,
  way,
} from './costly-chains.js';

const COSTLY = /certificates that are too costly to check: \d+ of \d+ bytes/;

/** Chains that are refused, and what is said of them. */
export const REFUSED: readonly (readonly [title: string, present: () => Presented, message: RegExp])[] = [
  ['keys of RSA-8192 with the longest exponents of Go', () => way(40, (index) => rsaClaim(8192, index)), COSTLY],
  ['keys of RSA-16376', () => way(2, (index) => rsaClaim(16_376, index)), /RSA key larger than 8192 bits/],
  ['keys of DSA-10000', () => way(3, (index) => dsaClaim(10_000, index)), COSTLY],
  [
    'keys of RSASSA-PSS with the longest exponents of OpenSSL',
    () => way(2, (index) => pssClaim(3072, index, `00${'ff'.repeat(384)}`)),
    COSTLY,
  ],
  ['keys of P-521', () => way(12, curveClaim), COSTLY],
  ['names and constraints, each in several', () => compared(4, 500), COSTLY],
  ['distribution points named after a long issuer', () => [distributed(60, 200)], /invalid CRL distribution point/],
  ['the same in a certificate whose extensions Go does not read', () => [distributed(60, 200, 2)], COSTLY],
  ['too many', () => [make({ extensions: [localhost] }), ...Array.from({ length: 60 }, (_, at) => stray(at))], COSTLY],
];

/** Chains of peers in earnest. */
export const PASSED: readonly (readonly [title: string, present: () => Presented])[] = [
  ['one of its own', () => [make({ extensions: [localhost] })]],
  ['thirty', () => [make({ extensions: [localhost] }), ...Array.from({ length: 29 }, (_, index) => stray(index))]],
  ['RSA-8192, four of them', () => way(3, (index) => rsaClaim(8192, index, '010001'))],
  ['P-384, eight of them', () => [make({ key: 'p384-1', extensions: [localhost] }), ...repeated(7, 'p384-2')]],
  ['a hundred names and thirty constraints', () => compared(1, 30)],
  ['RSASSA-PSS of 2048 bits, three of them', () => way(2, (index) => pssClaim(2048, index))],
  ['RSASSA-PSS of 3072 bits, three of them', () => way(2, (index) => pssClaim(3072, index))],
  ['a key of RSASSA-PSS', () => [make({ key: 'pss2048', extensions: [localhost] })]],
  ['10,000 names', () => [manyNames(10_000)]],
  ['1,500 names of 60 characters', () => [manyNames(1500, 'a'.repeat(56))]],
];

function stray(index: number): Made {
  return make({ subject: `stray ${index}`, key: 'ec-stray', extensions: [authority()] });
}

function repeated(count: number, key: string): Made[] {
  return Array.from({ length: count }, () => make({ key, extensions: [authority()] }));
}

export function manyNames(count: number, end = ''): Made {
  return make({ extensions: [names(...Array.from({ length: count }, (_, at) => ['dns', `${at}${end}`] as const))] });
}
