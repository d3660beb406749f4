import t from 'tap';
import { MetricSet } from '../../../src/metrics/metric-set.js';
import { writeMetricSet } from '../../../src/metrics/write-text.js';
import { formatSerial } from '../../../src/net/tls/certificate-facts.js';
import { type ReportedTls, reportTls } from '../../../src/net/tls/tls-report.js';

const facts: ReportedTls = {
  version: 'TLS 1.3',
  cipher: 'TLS_AES_128_GCM_SHA256',
  earliestExpirySeconds: 1796216486,
  verified: true,
  lastChainExpirySeconds: 1803992486,
  leaf: {
    fingerprintSha256: '6b0d',
    serialNumber: '0a',
    subject: 'CN=leaf',
    issuer: 'CN=CA',
    subjectAlternative: 'a.example,b.example',
  },
};

t.test('a verified connection', (t) => {
  const metrics = new MetricSet();
  reportTls(metrics, facts);
  t.equal(
    writeMetricSet(metrics),
    `# HELP probe_ssl_earliest_cert_expiry Returns last SSL chain expiry in unixtime
# TYPE probe_ssl_earliest_cert_expiry gauge
probe_ssl_earliest_cert_expiry 1.796216486e+09
# HELP probe_ssl_last_chain_expiry_timestamp_seconds Returns last SSL chain expiry in timestamp
# TYPE probe_ssl_last_chain_expiry_timestamp_seconds gauge
probe_ssl_last_chain_expiry_timestamp_seconds 1.803992486e+09
# HELP probe_ssl_last_chain_info Contains SSL leaf certificate information
# TYPE probe_ssl_last_chain_info gauge
probe_ssl_last_chain_info{fingerprint_sha256="6b0d",issuer="CN=CA",serialnumber="0a",subject="CN=leaf",subjectalternative="a.example,b.example"} 1
# HELP probe_ssl_verified Indicates if the certificate chain and the name of the server verified
# TYPE probe_ssl_verified gauge
probe_ssl_verified 1
# HELP probe_tls_cipher_info Returns the TLS cipher negotiated during handshake
# TYPE probe_tls_cipher_info gauge
probe_tls_cipher_info{cipher="TLS_AES_128_GCM_SHA256"} 1
# HELP probe_tls_version_info Returns the TLS version used or NaN when unknown
# TYPE probe_tls_version_info gauge
probe_tls_version_info{version="TLS 1.3"} 1
`,
  );
  t.end();
});

t.test('a connection that did not verify, without the cipher', (t) => {
  const metrics = new MetricSet();
  const { version, cipher, earliestExpirySeconds, leaf } = facts;
  reportTls(metrics, { version, cipher, earliestExpirySeconds, leaf, verified: false }, { withoutCipher: true });
  const text = writeMetricSet(metrics);
  t.match(text, /^probe_ssl_verified 0$/m);
  t.notMatch(text, /last_chain_expiry|cipher/);
  t.end();
});

t.test('serial numbers are written as the bytes of their magnitude', (t) => {
  const rows = [
    ['00', ''],
    ['0a', '0a'],
    ['00ff', 'ff'],
    ['0100', '0100'],
    ['2932f1239714c6fd98a2b3ca530ebcce208bbda2', '2932f1239714c6fd98a2b3ca530ebcce208bbda2'],
    ['ff', '01'],
    ['ff00', '0100'],
    ['80', '80'],
  ] as const;
  for (const [content, text] of rows) t.equal(formatSerial(Buffer.from(content, 'hex')), text, content);
  t.end();
});
