import { setTimeout as sleep } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { A_RECORD, wireReply } from '../../helpers/servers/dns-bytes.js';
import {
  type DnsAct,
  type DnsScript,
  framed,
  type ScriptedDnsOptions,
  startScriptedDns,
} from '../../helpers/servers/scripted-dns.js';
import { probe, type Probed, type ProbeOptions } from '../../helpers/services/probe.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';

const good = (query: Buffer): Buffer => wireReply(query, { answer: [A_RECORD] });

interface TcpRun extends ProbeOptions {
  readonly server?: ScriptedDnsOptions;
  /** More of the module, in YAML's flow style. */
  readonly block?: string;
}

async function probeTcp(t: Test, script: DnsScript, { server, block = '', ...options }: TcpRun = {}): Promise<Probed> {
  const { target, open } = await startScriptedDns(t, script, server);
  const yaml = `prober: dns\ndns: {query_name: x.test, query_type: A, transport_protocol: tcp${block}}`;
  const probed = await probe(yaml, target, options);
  while (open() > 0) await sleep(5);
  return probed;
}

/**
 * A reply an octet at a time would need pauses; pieces in one go are joined by the kernel, but the reader must not rely
 * on that.
 */
const inPieces = (query: Buffer): readonly DnsAct[] =>
  [...framed(good(query))].map((octet) => ({ raw: Buffer.of(octet) }));

t.test('over TCP', async (t) => {
  const rows: readonly [name: string, script: DnsScript, verdict: string][] = [
    ['a reply', (query) => [good(query)], 'ok'],
    ['a reply in pieces', inPieces, 'ok'],
    ['a reply and the end', (query) => [good(query), 'close'], 'ok'],
    ['a long reply', (query) => [wireReply(query, { answer: Array<Buffer>(4000).fill(A_RECORD) })], 'ok'],
    ['octets behind the reply', (query) => [{ raw: Buffer.concat([framed(good(query)), Buffer.alloc(9)]) }], 'ok'],
    ['the end at once', () => ['close'], 'request/connection_closed'],
    ['half a length', () => [{ raw: Buffer.of(0) }, 'close'], 'request/connection_closed'],
    [
      'the end before the end',
      (query) => [{ raw: framed(good(query)).subarray(0, 20) }, 'close'],
      'request/connection_closed',
    ],
    ['another id', (query) => [wireReply(query, { id: query.readUInt16BE(0) ^ 1 })], 'request/dns_response_mismatch'],
    ['the query itself', (query) => [query], 'request/dns_response_mismatch'],
    ['a length of zero', () => [{ raw: Buffer.of(0, 0) }], 'request/dns_response_malformed'],
    ['less than a header', (query) => [good(query).subarray(0, 11)], 'request/dns_response_malformed'],
    ['a cut record', (query) => [good(query).subarray(0, -1)], 'request/dns_response_malformed'],
  ];
  for (const [name, script, verdict] of rows) t.equal((await probeTcp(t, script)).verdict, verdict, name);
});

t.test('over TLS', async (t) => {
  const { authority, localhost } = await sharedIdentities();
  const expired = await authority.issue({ notAfter: new Date('2021-01-01T00:00:00Z') });
  const secure = ({ cert, key }: { cert: string; key: string }): TcpRun => ({ server: { tls: { cert, key } } });
  const trusting = `, dns_over_tls: true, tls_config: {ca: ${JSON.stringify(authority.cert)}}`;
  const rows: readonly [name: string, run: TcpRun, verdict: string, verified: number | undefined][] = [
    ['a certificate that verifies', { ...secure(localhost), block: trusting }, 'ok', 1],
    ['an unknown authority', { ...secure(localhost), block: ', dns_over_tls: true' }, 'tls/tls_unknown_authority', 0],
    [
      'an unknown authority, and nobody cares',
      { ...secure(localhost), block: ', dns_over_tls: true, tls_config: {insecure_skip_verify: true}' },
      'ok',
      0,
    ],
    ['an expired certificate', { ...secure(expired), block: trusting }, 'tls/tls_certificate_expired', 0],
    [
      'another name',
      { ...secure(localhost), block: trusting.replace('{ca', '{server_name: other.test, ca') },
      'tls/tls_name_mismatch',
      0,
    ],
    ['no TLS at all', { block: trusting, timeoutSeconds: 1 }, 'tls/tls_timeout', undefined],
  ];
  for (const [name, run, verdict, verified] of rows) {
    const probed = await probeTcp(t, (query) => [good(query)], run);
    t.equal(probed.verdict, verdict, name);
    t.equal(probed.metrics['probe_ssl_verified'], verified, `${name}: probe_ssl_verified`);
    t.equal(
      'probe_ssl_earliest_cert_expiry' in probed.metrics,
      verified !== undefined,
      `${name}: the certificate is shown`,
    );
    t.notOk(
      'probe_dns_duration_seconds{phase="tls"}' in probed.metrics,
      `${name}: TLS is a part of connecting, as in upstream`,
    );
  }
});
