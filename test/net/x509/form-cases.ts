import {
  authority,
  authorityKeyId,
  extendedUsage,
  localhost,
  names,
} from '../../helpers/tls/certificate-extensions.js';
import { bitString, type Extension, type Made, make, oid } from '../../helpers/tls/certificate-writer.js';
import { dn, element, PRINTABLE } from '../../helpers/tls/der-names.js';
import { type ChainCase, direct, middle, root, server } from './chain-case.js';

/** How a certificate is written and signed. */
export function formCases(): ChainCase[] {
  return [...algorithms(), ...keys(), ...extensions(), ...alternativeNames(), ...fields()];
}

function signedBy(title: string, anchor: Made, wish: Parameters<typeof server>[2] = {}): ChainCase {
  return { title, leaf: server(anchor, [], wish), ca: [anchor] };
}

function algorithms(): ChainCase[] {
  const rsa = make({ subject: 'rsa', key: 'rsa2048-root', extensions: [authority()] });
  const p384 = make({ subject: 'p384', key: 'p384-root', extensions: [authority()] });
  const p521 = make({ subject: 'p521', key: 'p521-root', extensions: [authority()] });
  const p224 = make({ subject: 'p224', key: 'p224-root', extensions: [authority()] });
  const ed = make({ subject: 'ed', key: 'ed-root', extensions: [authority()] });
  const weakMiddle = middle(rsa, [], { algorithm: 'rsa-sha1' });
  const mismatched = make({ subject: 'rsa', key: 'ec-mm', extensions: [authority()] });
  return [
    signedBy('RSA with SHA-256', rsa),
    signedBy('RSA with SHA-1', rsa, { algorithm: 'rsa-sha1' }),
    signedBy('RSA-PSS', rsa, { algorithm: 'rsa-pss' }),
    signedBy('RSA-PSS with a salt of another length', rsa, { algorithm: 'rsa-pss-odd-salt' }),
    signedBy('RSA, forged', rsa, { forged: true }),
    signedBy('P-384', p384, { algorithm: 'ecdsa-sha384' }),
    signedBy('P-384 with SHA-256', p384),
    signedBy('P-521', p521),
    signedBy('P-224', p224),
    signedBy('ECDSA with SHA-1', root, { algorithm: 'ecdsa-sha1' }),
    signedBy('Ed25519', ed),
    signedBy('Ed25519, forged', ed, { forged: true }),
    { title: 'an intermediate with SHA-1', leaf: server(weakMiddle), others: [weakMiddle], ca: [rsa] },
    { title: 'a root of the name with another kind of key', leaf: server(rsa), ca: [mismatched] },
    direct('another algorithm within', [], {
      innerAlgorithm: element(0x30, oid('2a8648ce3d040303')),
    }),
  ];
}

function rsaKey(modulus: Buffer, exponent: Buffer, parameters: readonly Buffer[] = [element(0x05)]): Buffer {
  const key = element(0x30, element(0x02, modulus), element(0x02, exponent));
  return element(0x30, element(0x30, oid('2a864886f70d010101'), ...parameters), bitString(key));
}

function modulusOf(bits: number): Buffer {
  return Buffer.concat([Buffer.from([0, 0x80]), Buffer.alloc(bits / 8 - 2, 0x5a), Buffer.from([1])]);
}

const EXPONENT = Buffer.from([1, 0, 1]);

/** A certificate beside the path whose key is like this. */
function beside(title: string, publicKeyInfo: Buffer): ChainCase {
  const stray = middle(root, [], { subject: 'stray', publicKeyInfo });
  return { title: `beside: ${title}`, leaf: server(root), others: [stray], ca: [root] };
}

/** An intermediate of the right name that did not sign, with such a key. */
function candidate(title: string, publicKeyInfo: Buffer): ChainCase {
  const between = middle(root, [], { publicKeyInfo });
  return { title: `candidate: ${title}`, leaf: server(middle(root)), others: [between], ca: [root] };
}

function keys(): ChainCase[] {
  const weak = make({ subject: 'weak', key: 'rsa512-root', extensions: [authority()] });
  const short = make({ subject: 'short', key: 'rsa1024-root', extensions: [authority()] });
  const otherCurve = make({ subject: 'k1', key: 'k1-1' }).publicKeyInfo;
  const other448 = element(0x30, element(0x30, oid('2b6571')), bitString(Buffer.alloc(57, 7)));
  const even = Buffer.concat([modulusOf(2048).subarray(0, -1), Buffer.from([2])]);
  return [
    signedBy('a root of RSA-512', weak),
    signedBy('a root of RSA-1024', short),
    beside('RSA-8192', rsaKey(modulusOf(8192), EXPONENT)),
    beside('RSA-8200', rsaKey(modulusOf(8200), EXPONENT)),
    beside('RSA-16372', rsaKey(modulusOf(16376), EXPONENT)),
    beside('an exponent of 2,048 bits', rsaKey(modulusOf(2048), modulusOf(2048))),
    beside('an RSA key without NULL', rsaKey(modulusOf(2048), EXPONENT, [])),
    beside('a curve that Go does not know', otherCurve),
    beside('an algorithm that Go does not know', other448),
    candidate('RSA-8192', rsaKey(modulusOf(8192), EXPONENT)),
    candidate('an exponent of 33 bits', rsaKey(modulusOf(2048), Buffer.from('0100000001', 'hex'))),
    candidate('an even exponent', rsaKey(modulusOf(2048), Buffer.from([4]))),
    candidate('an exponent of 1', rsaKey(modulusOf(2048), Buffer.from([1]))),
    candidate('an even modulus', rsaKey(even, EXPONENT)),
    candidate('an algorithm that Go does not know', other448),
    { ...direct('a leaf of RSA-2048', []), leaf: server(root, [], { key: 'rsa2048-leaf' }) },
    { ...direct('a leaf of Ed25519', []), leaf: server(root, [], { key: 'ed-leaf' }) },
  ];
}

const UNKNOWN = '2a03047f';

function extensions(): ChainCase[] {
  const critical: Extension = [UNKNOWN, element(0x05), 'critical'];
  const strange = middle(root, [critical]);
  const strangeRoot = make({ subject: 'strange', key: 'ec-strange', extensions: [authority(), critical] });
  const rows: readonly (readonly [title: string, extension: Extension])[] = [
    ['unknown', [UNKNOWN, element(0x05)]],
    ['unknown and critical', critical],
    ['names again', localhost],
    ['key usage that is no BIT STRING', ['551d0f', element(0x05)]],
    ['basic constraints that are none', ['551d13', element(0x05)]],
    [
      'a negative path length',
      ['551d13', element(0x30, element(0x01, Buffer.from([0xff])), element(0x02, Buffer.from([0xff])))],
    ],
    ['a boolean that is neither', ['551d13', element(0x30, element(0x01, Buffer.from([1])))]],
    ['critical authority key identifier', [...authorityKeyId('x').slice(0, 2), 'critical'] as unknown as Extension],
    ['critical subject key identifier', ['551d0e', element(0x04, Buffer.from('x')), 'critical']],
    ['a subject key identifier that is none', ['551d0e', element(0x05)]],
    ['extended usages that are none', ['551d25', element(0x30, element(0x05))]],
    ['critical extended usages', [extendedUsage('serverAuth')[0], extendedUsage('serverAuth')[1], 'critical']],
    ['name constraints without any', ['551d1e', element(0x30)]],
    ['an empty list of constraints', ['551d1e', element(0x30, element(0xa0))]],
    [
      'an empty list beside another',
      ['551d1e', element(0x30, element(0xa0), element(0xa1, element(0x30, element(0x82, Buffer.from('a')))))],
    ],
    [
      'a constraint of five bytes for addresses',
      ['551d1e', element(0x30, element(0xa0, element(0x30, element(0x87, Buffer.alloc(5)))))],
    ],
    [
      'a mask with holes',
      ['551d1e', element(0x30, element(0xa0, element(0x30, element(0x87, Buffer.from('0a000000ff00ff00', 'hex')))))],
    ],
    [
      'a constraint with a final dot',
      ['551d1e', element(0x30, element(0xa0, element(0x30, element(0x82, Buffer.from('a.')))))],
    ],
    [
      'a URI constraint that is an address',
      ['551d1e', element(0x30, element(0xa0, element(0x30, element(0x86, Buffer.from('10.0.0.1')))))],
    ],
    ['distribution points that are none', ['551d1f', element(0x05)]],
    ['authority access that is none', ['2b06010505070101', element(0x05)]],
    ['critical authority access', ['2b06010505070101', element(0x30), 'critical']],
    ['policy constraints that are none', ['551d24', element(0x05)]],
  ];
  return [
    ...rows.map(([title, extension]) => direct(`extension: ${title}`, [extension])),
    {
      title: 'extension: unknown and critical, of an intermediate',
      leaf: server(strange),
      others: [strange],
      ca: [root],
    },
    { title: 'extension: unknown and critical, of a root', leaf: server(strangeRoot), ca: [strangeRoot] },
  ];
}

function alternativeNames(): ChainCase[] {
  const raw = (title: string, ...all: readonly Buffer[]): ChainCase => ({
    ...{ title: `names: ${title}`, ca: [root] },
    leaf: make({ subject: 'leaf', key: 'ec-leaf', by: root, extensions: [['551d11', element(0x30, ...all)]] }),
  });
  const dns = element(0x82, Buffer.from('localhost'));
  return [
    raw('none'),
    raw('not ASCII', element(0x82, Buffer.from('münchen')), dns),
    raw('mail that is not ASCII', element(0x81, Buffer.from('ü@a')), dns),
    raw('five bytes for an address', element(0x87, Buffer.alloc(5)), dns),
    raw('an IPv4 address as IPv6', element(0x87, Buffer.from('00000000000000000000ffff7f000001', 'hex')), dns),
    raw('a URI that is none', element(0x86, Buffer.from('http://a b/')), dns),
    raw('a URI with a bad escape', element(0x86, Buffer.from('http://a/%zz')), dns),
    raw('a URI with a host that is none', element(0x86, Buffer.from('http://a..b/')), dns),
    raw('another kind of name', element(0xa4, dn(['O', 'x'])), dns),
    raw('an empty name', element(0x82), dns),
    { ...direct('names: 5,000', []), leaf: manyNames() },
  ];
}

function manyNames(): Made {
  const all = Array.from({ length: 5000 }, (_, index) => ['dns', `n${index}`] as const);
  return make({ subject: 'leaf', key: 'ec-leaf', by: root, extensions: [names(...all, ['dns', 'localhost'])] });
}

function fields(): ChainCase[] {
  const subject = (title: string, name: Buffer): ChainCase => direct(`subject: ${title}`, [], { subject: name });
  return [
    direct('serial number: negative', [], { serial: 'ff' }),
    direct('serial number: zero', [], { serial: '00' }),
    direct('serial number: 30 bytes', [], { serial: `7f${'11'.repeat(29)}` }),
    subject('a PrintableString with an at sign', dn(['CN', 'a@b', PRINTABLE])),
    subject('a PrintableString with an asterisk', dn(['CN', '*.b', PRINTABLE])),
    subject('1,600 parts', dn(...Array.from({ length: 1600 }, (_, index) => ['OU', `u${index}`] as const))),
  ];
}
