import t from 'tap';
import { CertificateError } from '../../../src/net/x509/der-cursor.js';
import { commonNameOf, formatDistinguishedName } from '../../../src/net/x509/distinguished-name.js';
import { atOnce } from '../../../src/values/in-slices.js';
import { BMP, dn, PRINTABLE, T61 } from '../../helpers/tls/der-names.js';

t.test("names are written as Go's pkix.Name writes them", (t) => {
  const rows: readonly (readonly [title: string, der: Buffer, expected: string])[] = [
    [
      'every escape, and an attribute without a name',
      dn(
        ['C', 'DE', PRINTABLE],
        ['ST', 'Bayern'],
        ['L', 'München'],
        ['O', 'Acme, Inc. <x>;"q"\\+1/2'],
        ['OU', 'unit-a'],
        ['OU', 'unit-b'],
        ['CN', ' lead and trail '],
        ['emailAddress', 'a@b.example'],
        ['serialNumber', '42'],
      ),
      'SERIALNUMBER=42,CN=\\ lead and trail\\ ,OU=unit-a+OU=unit-b,O=Acme\\, Inc. \\<x\\>\\;\\"q\\"\\\\\\+1/2,' +
        'L=München,ST=Bayern,C=DE,1.2.840.113549.1.9.1=a@b.example',
    ],
    [
      'several values of one type',
      dn(
        ['CN', 'cn one'],
        ['CN', 'cn two'],
        ['O', 'Org A'],
        ['O', 'Org B'],
        ['C', 'DE'],
        ['C', 'FR'],
        ['serialNumber', '1'],
        ['serialNumber', '2'],
      ),
      'SERIALNUMBER=2,CN=cn two,O=Org A+O=Org B,C=DE+C=FR',
    ],
    [
      'unknown attributes in reverse order',
      dn(['OU', 'u1'], ['CN', 'x'], ['OU', 'u2'], ['DC', 'example'], ['DC', 'com'], ['GN', 'Given']),
      'CN=x,OU=u1+OU=u2,2.5.4.42=Given,0.9.2342.19200300.100.1.25=com,0.9.2342.19200300.100.1.25=example',
    ],
    [
      'street and postal code',
      dn(['STREET', 'Way 1'], ['POSTALCODE', '80331'], ['O', 'o']),
      'O=o,POSTALCODE=80331,STREET=Way 1',
    ],
    [
      'one relative name of two parts',
      dn(
        [
          ['CN', 'multi'],
          ['OU', 'plus1'],
        ],
        ['C', 'DE'],
      ),
      'CN=multi,OU=plus1,C=DE',
    ],
    ['a leading hash', dn(['CN', '#hash']), 'CN=\\#hash'],
    ['a lone blank', dn(['CN', ' ']), 'CN=\\ '],
    ['two blanks', dn(['CN', '  ']), 'CN=\\ \\ '],
    ['a line break', dn(['CN', 'a\nb']), 'CN=a\nb'],
    ['no attributes', dn(), ''],
    ['an empty common name', dn(['CN', '']), ''],
    ['an empty organisation', dn(['O', '']), 'O='],
    ['UTF-16', dn(['CN', Buffer.from('\0M\0\xfc\0n', 'latin1'), BMP]), 'CN=Mün'],
    ['T.61 is taken for Latin 1', dn(['CN', Buffer.from('a\xff\xe2', 'latin1'), T61]), 'CN=aÿâ'],
    ['bytes that are no UTF-8', dn(['CN', Buffer.from('a\xffb', 'latin1')]), 'CN=a\ufffdb'],
    ['a long value without a name', dn(['GN', 'é'.repeat(100)]), `2.5.4.42=${'é'.repeat(100)}`],
    ['escapes in a value without a name', dn(['GN', '#a,b ']), '2.5.4.42=\\#a\\,b\\ '],
  ];
  for (const [title, der, expected] of rows) t.equal(atOnce(formatDistinguishedName(der)), expected, title);
  t.end();
});

t.test('the common name', (t) => {
  t.equal(commonNameOf(dn(['CN', 'a'], ['CN', 'b'])), 'b');
  t.equal(commonNameOf(dn(['O', 'a'])), '');
  t.end();
});

t.test('bytes that are no name', (t) => {
  const whole = dn(['CN', 'abc'], ['O', 'def']);
  for (let length = 0; length < whole.length; length++) {
    t.throws(
      () => atOnce(formatDistinguishedName(whole.subarray(0, length))),
      CertificateError,
      `cut after ${length} bytes`,
    );
  }
  for (const hex of ['3080', '30850000000001', '3100', '3003310130', '1f8101']) {
    t.throws(() => atOnce(formatDistinguishedName(Buffer.from(hex, 'hex'))), CertificateError, hex);
  }
  t.end();
});
