import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { findBlackboxExporter, isCurrent, type Peer, startBlackboxExporter } from '../../helpers/peer.js';
import { httpGet } from '../../helpers/services/http-get.js';
import { probe, type Probed } from '../../helpers/services/probe.js';
import { sharedIdentities } from '../../helpers/tls/certificates.js';
import { type Bind9, hasBind9, startBind9 } from './bind9.js';

/**
 * A question to the zone in test/fixtures/zone.test.db, and the text of its answer; a pattern where signatures decide
 * it.
 */
interface ZoneRow {
  readonly name: string;
  readonly type: string;
  readonly text: string | RegExp;
}

const row = (name: string, type: string, data: string | RegExp): ZoneRow => {
  const owner = name === '@' ? 'zone.test.' : `${name}.zone.test.`;
  const head = `${owner}\t300\tIN\t${type}\t`;
  const text = typeof data === 'string' ? head + data : new RegExp(`^${head.replaceAll('.', '\\.')}${data.source}$`);
  return { name: owner, type, text };
};

const ROWS: readonly ZoneRow[] = [
  row('@', 'SOA', 'ns1.zone.test. hostmaster.zone.test. 2026010203 7200 3600 1209600 300'),
  row('@', 'NS', 'ns1.zone.test.'),
  row('a', 'A', '192.0.2.1'),
  row('aaaa', 'AAAA', '2001:db8::1:0:0:1'),
  row('cname', 'CNAME', 'a.zone.test.'),
  row('ptr', 'PTR', 'host.other.test.'),
  row('dname', 'DNAME', 'other.test.'),
  row('mx', 'MX', '10 mail.other.test.'),
  row('txt', 'TXT', '"say \\"hi\\"" "back\\\\slash; semi" "\\195\\164"'),
  row('spf', 'SPF', '"v=spf1 -all"'),
  row('_sip._udp', 'SRV', '10 20 5060 sip.other.test.'),
  row('caa', 'CAA', '128 issue "ca.test; policy=ev"'),
  row('naptr', 'NAPTR', '100 50 "s" "SIP+D2U" "" _sip._udp.zone.test.'),
  row('_443._tcp.tlsa', 'TLSA', '3 1 1 0c72ac70b745ac19998811b131d662c9ac69dbdbe7cb23e5b514b56664c5d3d6'),
  row('sshfp', 'SSHFP', '4 2 123456789ABCDEF67890123456789ABCDEF67890123456789ABCDEF012345678'),
  row('sub', 'DS', '60485 13 2 D4B7D520E7BB5F0F67674A0CCEB1E3E0614B93C4F9E99B8383F6A1E4469DA50A'),
  row('svcb', 'SVCB', '1 svc.other.test. alpn="h2,h3" port="8443"'),
  row('https', 'HTTPS', '1 . alpn="h2" ipv4hint="192.0.2.1,192.0.2.2" ipv6hint="2001:db8::1"'),
  row('hinfo', 'HINFO', '"PC Intel" "Debian"'),
  row('loc', 'LOC', '52 05 3.000 N 121 29 3.000 W 123.45m 1m 10000m 10m'),
  row('rp', 'RP', 'admin.other.test. txt.zone.test.'),
  row('afsdb', 'AFSDB', '1 afs.other.test.'),
  row('uri', 'URI', '10 1 "ftp://ftp.other.test/public"'),
  row('sp\\ ace', 'A', '192.0.2.9'),
  row('any.wild', 'A', '192.0.2.7'),
  {
    name: 'unknown.zone.test.',
    type: 'ANY',
    text: /^unknown\.zone\.test\.\t300\t(CLASS1\tTYPE65280\t\\# 4 0102abcd|IN\t(RRSIG|NSEC)\t.*)$/,
  },
  row('@', 'DNSKEY', /25[67] 3 13 [\w+/]{86}==/),
  row('a', 'RRSIG', /(A|NSEC) 13 3 300 \d{14} \d{14} \d+ zone\.test\. [\w+/]{86}==/),
  row('a', 'NSEC', /aaaa\.zone\.test\. A RRSIG NSEC/),
];

const NO_BIND9 = 'no BIND 9 here: install bind9';

if (!hasBind9()) t.test('a real zone', { skip: NO_BIND9 }, () => undefined);
else t.test('a real zone', { timeout: 300_000 }, withBind9);

async function withBind9(t: Test): Promise<void> {
  const { authority, localhost } = await sharedIdentities();
  const bind9 = await startBind9(localhost);
  t.teardown(bind9.close);
  const ca = authority.cert;
  const found = await ourTexts(t, bind9);
  await transports(t, bind9, ca);
  await extensions(t, bind9);
  const peer = findBlackboxExporter();
  if (peer !== undefined && isCurrent(peer)) await theirVerdicts(t, { bind9, peer, found });
}

function ask(target: string, dns: Readonly<Record<string, unknown>>): Promise<Probed> {
  return probe(JSON.stringify({ prober: 'dns', dns }), target);
}

function questionFor({ name, type }: ZoneRow): Readonly<Record<string, unknown>> {
  return { query_name: name, query_type: type, transport_protocol: 'tcp', preferred_ip_protocol: 'ip4' };
}

/** What our prober makes of each row's answer. */
async function ourTexts(t: Test, { plain }: Bind9): Promise<readonly (readonly string[])[]> {
  const all: (readonly string[])[] = [];
  for (const one of ROWS) {
    const { verdict, outcome } = await ask(plain, questionFor(one));
    const texts = outcome.log
      .filter(({ message, fields }) => message === 'Validating RR' && fields['section'] === 'answer')
      .map(({ fields }) => String(fields['rr']));
    t.equal(verdict, 'ok', `${one.type}: verdict`);
    t.ok(texts.length > 0, `${one.type}: there is an answer`);
    for (const text of texts) {
      if (typeof one.text === 'string') t.equal(text, one.text, one.type);
      else t.match(text, one.text, one.type);
    }
    all.push(texts);
  }
  return all;
}

async function transports(t: Test, { plain, tls, https }: Bind9, ca: string): Promise<void> {
  const soa = { query_name: 'zone.test', query_type: 'SOA', tls_config: { ca } };
  const rows: readonly [name: string, target: string, more: Readonly<Record<string, unknown>>][] = [
    ['UDP', plain, {}],
    ['TCP', plain, { transport_protocol: 'tcp' }],
    ['TLS', tls, { transport_protocol: 'tcp', dns_over_tls: true }],
    ['HTTPS, POST', https, { transport_protocol: 'https' }],
    ['HTTPS, GET', https, { transport_protocol: 'https', doh: { method: 'GET' } }],
    ['HTTPS, by URL', `https://${https}/dns-query`, { transport_protocol: 'https', doh: { path: '/no' } }],
  ];
  for (const [name, target, more] of rows) {
    const { verdict, metrics } = await ask(target, { ...soa, ...more });
    t.equal(verdict, 'ok', name);
    t.equal(metrics['probe_dns_serial'], 2026010203, `${name}: serial`);
  }
}

async function extensions(t: Test, { plain }: Bind9): Promise<void> {
  const edns = { dnssec_ok: true, nsid: true };
  const details = await ask(plain, { query_name: 'a.zone.test', query_type: 'A', answer_details: true, edns });
  t.equal(details.metrics['probe_dns_flag{flag="aa"}'], 1, 'the server has authority');
  t.equal(details.metrics['probe_dns_answer_lowest_ttl_seconds'], 300);
  t.equal(details.metrics['probe_dns_nsid_info{nsid="bind-of-sonde"}'], 1);
  const expiry = details.metrics['probe_dns_rrsig_earliest_expiry_timestamp_seconds'] ?? 0;
  t.ok(expiry > Date.now() / 1000 && expiry < Date.now() / 1000 + 31 * 86_400, 'signatures hold for a month');
  const big = { query_name: 'big.zone.test', query_type: 'TXT' };
  const truncated = await ask(plain, { ...big, retry_over_tcp: true });
  t.match(truncated.metrics, { probe_dns_retried_over_tcp: 1, probe_dns_answer_rrs: 3 }, 'truncated, and asked again');
  const large = await ask(plain, { ...big, edns: {}, retry_over_tcp: true });
  t.match(large.metrics, { probe_dns_retried_over_tcp: 0, probe_dns_answer_rrs: 3 }, 'with EDNS it fits');
  const missing = await ask(plain, { query_name: 'gone.zone.test', valid_rcodes: ['NXDOMAIN'] });
  t.equal(missing.verdict, 'ok', 'NXDOMAIN');
}

interface Comparison {
  readonly bind9: Bind9;
  readonly peer: Peer;
  readonly found: readonly (readonly string[])[];
}

/** The peer passes a module that expects exactly our texts, and fails one that expects something else. */
async function theirVerdicts(t: Test, { bind9, peer, found }: Comparison): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-zone-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  const expecting = (index: number, suffix: string): unknown => {
    const texts = (found[index] ?? []).map((text) => text.replace(/[\\^$.|?*+()[\]{}]/g, '\\$&') + suffix);
    const rules = { fail_if_not_matches_regexp: [`\\A(${texts.join('|')})\\z`] };
    return { prober: 'dns', dns: { ...questionFor(ROWS[index]!), validate_answer_rrs: rules } };
  };
  const modules = Object.fromEntries(
    ROWS.flatMap((_row, index) => [
      [`right${index}`, expecting(index, '')],
      [`wrong${index}`, expecting(index, '!')],
    ]),
  );
  writeFileSync(join(folder, 'blackbox.yml'), JSON.stringify({ modules }));
  const service = await startBlackboxExporter(peer, ['--config.file=blackbox.yml'], folder);
  t.teardown(() => service.stop());
  for (const [index, { type, name }] of ROWS.entries()) {
    for (const [kind, success] of [
      ['right', 1],
      ['wrong', 0],
    ] as const) {
      const { text } = await httpGet(service.address, `/probe?module=${kind}${index}&target=${bind9.plain}`);
      t.ok(text.includes(`\nprobe_success ${success}\n`), `${name} ${type}: ${kind} text in the real exporter`);
    }
  }
}
