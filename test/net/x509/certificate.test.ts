import t from 'tap';
import { certificatesInPem } from '../../../src/net/tls/pem.js';
import { certificateInSteps, readCertificate } from '../../../src/net/x509/certificate.js';
import { formatDistinguishedName } from '../../../src/net/x509/distinguished-name.js';
import { signatureProblem } from '../../../src/net/x509/signature.js';
import { atOnce } from '../../../src/values/in-slices.js';
import {
  authority,
  constraints,
  extendedUsage,
  localhost,
  names,
  policies,
  policyMappings,
} from '../../helpers/tls/certificate-extensions.js';
import { bitString, make, oid, type Wish } from '../../helpers/tls/certificate-writer.js';
import { BMP, dn, element } from '../../helpers/tls/der-names.js';

const EC = oid('2a8648ce3d0201');
const P256 = oid('2a8648ce3d030107');

function pointKey(hex: string): Buffer {
  return element(0x30, element(0x30, EC, P256), bitString(Buffer.from(hex, 'hex')));
}

t.test('certificates that OpenSSL does not let through, in the words of Go', (t) => {
  const rows: readonly (readonly [title: string, wish: Wish, message: string])[] = [
    ['a name that is not UTF-8', { subject: dn(['CN', Buffer.from([0xff])]) }, 'invalid UTF-8 string'],
    ['three bytes of UTF-16', { subject: dn(['CN', Buffer.from([0, 65, 0]), BMP]) }, 'invalid BMPString'],
    ['a surrogate', { subject: dn(['CN', Buffer.from([0xd8, 0]), BMP]) }, 'invalid BMPString'],
  ];
  for (const [title, wish, message] of rows) {
    const text = `x509: invalid RDNSequence: invalid attribute value: ${message}`;
    t.throws(() => readCertificate(make(wish).der), { message: text }, title);
  }
  const keys: readonly (readonly [hex: string, message: string])[] = [
    [`04${'00'.repeat(63)}01`, 'P256 point not on curve'],
    [`04${'11'.repeat(40)}`, 'invalid P256 point encoding'],
    [`02${'11'.repeat(32)}`, 'ecdsa: invalid uncompressed public key'],
    [`04${'ff'.repeat(64)}`, 'invalid P256 element encoding'],
  ];
  for (const [hex, message] of keys) {
    t.throws(() => readCertificate(make({ publicKeyInfo: pointKey(hex) }).der), { message }, message);
  }
  t.doesNotThrow(() => readCertificate(make({ subject: dn() }).der));
  t.end();
});

t.test('bytes that are cut or too many', (t) => {
  const { der } = make({ extensions: [localhost, authority()] });
  for (let length = 0; length < der.length; length++) {
    t.throws(() => readCertificate(der.subarray(0, length)), /^x509: malformed certificate$/, `${length} bytes`);
  }
  t.throws(() => readCertificate(Buffer.concat([der, Buffer.from([0])])), /^x509: trailing data$/);
  const longForm = Buffer.concat([Buffer.from([0x30, 0x83, 0x00]), der.subarray(2)]);
  t.throws(() => readCertificate(longForm), /malformed certificate/, 'a length that could be shorter');
  t.end();
});

t.test('signatures that Go refuses whoever made them', (t) => {
  const root = make({ subject: 'rsa', key: 'rsa1024-root', extensions: [authority()] });
  for (const [algorithm, name] of [
    ['rsa-md5', 'MD5-RSA'],
    ['rsa-sha1', 'SHA1-RSA'],
  ] as const) {
    const signed = make({ by: root, algorithm });
    t.equal(
      signatureProblem(readCertificate(signed.der), readCertificate(root.der)),
      `x509: cannot verify signature: insecure algorithm ${name}`,
    );
  }
  t.end();
});

t.test('names by the thousands', (t) => {
  const many = Array.from({ length: 5000 }, (_, index) => ['uri', `a://${index}.example/"`] as const);
  const certificate = readCertificate(make({ extensions: [names(...many)] }).der);
  t.equal(certificate.alternativeNames?.uris.at(-1), 'a://4999.example/"');
  const parts = Array.from({ length: 2600 }, (_, index) => ['OU', `u${index}`] as const);
  t.match(
    atOnce(formatDistinguishedName(readCertificate(make({ subject: dn(...parts) }).der).subject)),
    /^OU=u0\+OU=u1\+/,
  );
  t.end();
});

/** One of a thousand, in hexadecimal: 1.3.6.1 and two parts below 128. */
const policy = (index: number): string =>
  `2b0601${[index >> 7, index & 0x7f].map((part) => (part + 0x100).toString(16).slice(1)).join('')}`;

t.test('whatever is long is read in steps', (t) => {
  const thousand = Array.from({ length: 1000 }, (_, index) => index);
  const rows: readonly (readonly [name: string, wish: Wish])[] = [
    ['names', { extensions: [names(...thousand.map((each) => ['dns', `a${each}`] as const))] }],
    ['parts of a subject', { subject: dn(...thousand.map((each) => ['OU', `u${each}`] as const)) }],
    ['parts of an issuer', { issuer: dn(...thousand.map((each) => ['OU', `u${each}`] as const)) }],
    ['constraints', { extensions: [constraints(thousand.map((each) => ['dns', `a${each}`] as const))] }],
    ['policies', { extensions: [policies(...thousand.map(policy))] }],
    ['mappings', { extensions: [policyMappings(...thousand.map((each) => [policy(each), policy(each)] as const))] }],
    ['usages', { extensions: [extendedUsage(...thousand.map(() => 'any' as const))] }],
    [
      'distribution points',
      { extensions: [['551d1f', element(0x30, ...thousand.map(() => element(0x30, element(0xa0, element(0xa0)))))]] },
    ],
    [
      'accesses',
      { extensions: [['2b06010505070101', element(0x30, ...thousand.map(() => element(0x30, oid('2b0601'))))]] },
    ],
    ['extensions', { extensions: thousand.map((each) => [policy(each), element(0x05)] as const) }],
  ];
  for (const [name, wish] of rows) {
    const { der } = make({ subject: 'x', ...wish });
    t.ok([...certificateInSteps(der)].length >= 3, name);
  }
  t.end();
});

t.test('PEM as Go reads it', (t) => {
  const one = make({ subject: 'one' });
  const two = make({ subject: 'two' });
  const lines = one.cert.split('\n');
  const withHeader = [lines[0], 'Proc-Type: 4,ENCRYPTED', '', ...lines.slice(1)].join('\n');
  const rows: readonly (readonly [title: string, text: string, found: readonly Buffer[]])[] = [
    ['two', one.cert + two.cert, [one.der, two.der]],
    ['text around', `a\n${one.cert}b\n${two.cert}c`, [one.der, two.der]],
    ['carriage returns', one.cert.replaceAll('\n', '\r\n'), [one.der]],
    ['a header', withHeader + two.cert, [two.der]],
    ['another label', one.cert.replaceAll('CERTIFICATE', 'X509 CRL') + two.cert, [two.der]],
    ['no base64', one.cert.replace('M', '!') + two.cert, [two.der]],
    ['cut', one.cert.slice(0, 100) + two.cert, []],
    ['cut at a line', `${lines.slice(0, 3).join('\n')}\n${two.cert}`, [two.der]],
    ['another end', one.cert.replace('END CERTIFICATE', 'END X') + two.cert, [two.der]],
    ['nothing', '', []],
  ];
  for (const [title, text, found] of rows) t.same(certificatesInPem(text), found, title);
  t.end();
});
