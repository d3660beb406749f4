import path from 'node:path';
import tls from 'node:tls';
import t from 'tap';
import { certificatesInPem } from '../../../src/net/tls/pem.js';
import { loadSystemRoots } from '../../../src/net/tls/system-roots.js';
import { readCertificate } from '../../../src/net/x509/certificate.js';
import { makeAuthority } from '../../helpers/tls/certificates.js';

t.test('the places that the environment names', async (t) => {
  const [a, b, c] = await Promise.all(['a', 'b', 'c'].map((name) => makeAuthority({ subject: `CN=${name}` })));
  const bad = '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n';
  const folder = t.testdir({
    'bundle.pem': `comment\n${a!.cert}text between${b!.cert}`,
    one: { 'b.pem': b!.cert, 'c.pem': c!.cert, note: 'no certificate', 'bad.pem': bad },
    two: { 'c-again.pem': c!.cert },
  });
  const at = (name: string): string => path.join(folder, name);
  const roots = await loadSystemRoots({
    certFile: at('bundle.pem'),
    certDir: `${at('one')}:${at('two')}:/nonexistent`,
  });
  t.equal(roots.ders.length, 4, 'each once; the unusable one does no harm');
  for (const each of [a, b, c]) {
    const certificate = readCertificate(each!.der);
    t.ok(roots.contains(certificate));
    t.same(roots.bySubject(certificate.subject).length, 1);
  }
  const stranger = readCertificate((await makeAuthority({ subject: 'CN=a' })).der);
  t.notOk(roots.contains(stranger), 'the same name is not the same certificate');
});

t.test('without any, those of Node', async (t) => {
  const roots = await loadSystemRoots({ certFile: '/nonexistent', certDir: '/nonexistent' });
  const [first] = certificatesInPem(tls.rootCertificates[0] ?? '').map(readCertificate);
  t.ok(first && roots.contains(first));
});
