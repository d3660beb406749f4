import t from 'tap';
import { readCertificate } from '../../../src/net/x509/certificate.js';
import { nameMismatch } from '../../../src/net/x509/certificate-name.js';
import { atOnce } from '../../../src/values/in-slices.js';
import { type CertificateWish, makeSelfSigned } from '../../helpers/tls/certificates.js';

async function mismatch(wish: CertificateWish, host: string): Promise<string | undefined> {
  return atOnce(nameMismatch(readCertificate((await makeSelfSigned(wish)).der), host));
}

t.test('names that fit', async (t) => {
  const rows: readonly (readonly [dnsNames: readonly string[], host: string])[] = [
    [['a.example'], 'a.example'],
    [['A.Example'], 'a.eXample'],
    [['a.example'], 'a.example.'],
    [['x.example', '*.a.example'], 'b.a.example'],
    [['*.a.example'], 'B.A.EXAMPLE'],
    [['under_score.example'], 'under_score.example'],
    [['odd name'], 'odd name'],
  ];
  for (const [dnsNames, host] of rows)
    t.equal(await mismatch({ dnsNames }, host), undefined, `${dnsNames.join()} ${host}`);
  t.equal(await mismatch({ ipAddresses: ['127.0.0.1'] }, '127.0.0.1'), undefined);
  t.equal(await mismatch({ ipAddresses: ['127.0.0.1', '::1'] }, '::1'), undefined);
  t.equal(await mismatch({ ipAddresses: ['::1'] }, '[::1]'), undefined, 'brackets');
  t.equal(await mismatch({ ipAddresses: ['192.0.2.1'] }, '::ffff:192.0.2.1'), undefined, 'the same address');
});

t.test('names that do not fit, in the words of Go', async (t) => {
  const rows: readonly (readonly [wish: CertificateWish, host: string, text: string])[] = [
    [
      { dnsNames: ['a.example', 'b.example'] },
      'c.example',
      'certificate is valid for a.example, b.example, not c.example',
    ],
    [{ dnsNames: ['*.a.example'] }, 'a.example', 'certificate is valid for *.a.example, not a.example'],
    [{ dnsNames: ['*.a.example'] }, 'c.b.a.example', 'certificate is valid for *.a.example, not c.b.a.example'],
    [{ dnsNames: ['*.a.example'] }, '.a.example', 'certificate is valid for *.a.example, not .a.example'],
    [{ dnsNames: ['*'] }, 'a', 'certificate is valid for *, not a'],
    [{ dnsNames: ['b*.example'] }, 'bc.example', 'certificate is valid for b*.example, not bc.example'],
    [{ dnsNames: ['a.example'] }, 'a.example:443', 'certificate is valid for a.example, not a.example:443'],
    [
      { dnsNames: ['127.0.0.1'] },
      '127.0.0.1',
      "cannot validate certificate for 127.0.0.1 because it doesn't contain any IP SANs",
    ],
    [{ ipAddresses: ['127.0.0.1', '::2'] }, '::1', 'certificate is valid for 127.0.0.1, ::2, not ::1'],
    [
      { ipAddresses: ['127.0.0.1'] },
      'localhost',
      'certificate is not valid for any names, but wanted to match localhost',
    ],
    [{ subject: 'CN=a.example' }, 'a.example', 'certificate relies on legacy Common Name field, use SANs instead'],
    [{ subject: 'CN=a.example' }, 'b.example', 'certificate is not valid for any names, but wanted to match b.example'],
    [
      { subject: 'CN=a.example', dnsNames: ['b.example'] },
      'a.example',
      'certificate is valid for b.example, not a.example',
    ],
    [{ dnsNames: manyNames(100) }, 'x', 'certificate is valid for 100 names, but none matched x'],
  ];
  for (const [wish, host, text] of rows) t.equal(await mismatch(wish, host), `x509: ${text}`, host);
});

function manyNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `n${index}.example`);
}
