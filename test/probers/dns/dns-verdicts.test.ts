import t, { type Test } from 'tap';
import {
  A_RECORD,
  uint16,
  uint32,
  wireName,
  wireRecord,
  wireReply,
  wireString,
} from '../../helpers/servers/dns-bytes.js';
import { type DnsScript, startScriptedDns } from '../../helpers/servers/scripted-dns.js';
import { probe, type Probed } from '../../helpers/services/probe.js';

/** A module with `block` (YAML below `dns:`) besides a question for x.test. */
async function probeWith(t: Test, block: string, script: DnsScript): Promise<Probed> {
  const { target } = await startScriptedDns(t, script);
  const lines = `query_name: x.test\nquery_type: A\npreferred_ip_protocol: ip4\n${block}`.trim().replace(/^/gm, '  ');
  return probe(`prober: dns\ndns:\n${lines}`, target);
}

const A2_RECORD = wireRecord({ type: 1, rdata: Buffer.of(192, 0, 2, 2) });
const two: DnsScript = (query) => [wireReply(query, { answer: [A_RECORD, A2_RECORD] })];
const none: DnsScript = (query) => [wireReply(query)];

const VALIDATIONS: readonly { name: string; block: string; script?: DnsScript; verdict: string; log?: RegExp }[] = [
  { name: 'nothing is expected', block: '', verdict: 'ok' },
  { name: 'nothing is expected of nothing', block: '', script: none, verdict: 'ok' },
  {
    name: 'fail_if_matches: one record matches',
    block: 'validate_answer_rrs: {fail_if_matches_regexp: ["nope", "192.0.2.2$"]}',
    verdict: 'check/dns_record_mismatch',
    log: /At least one RR matched regexp .*"section":"answer","regexp":"192.0.2.2\$","rr":"x.test.\\t300\\tIN\\tA\\t192.0.2.2"/,
  },
  {
    name: 'fail_if_matches: none matches',
    block: 'validate_answer_rrs: {fail_if_matches_regexp: ["192.0.2.3$"]}',
    verdict: 'ok',
  },
  {
    name: 'fail_if_matches: no records',
    block: 'validate_answer_rrs: {fail_if_matches_regexp: [".*"]}',
    script: none,
    verdict: 'ok',
  },
  {
    name: 'fail_if_all_match: passes where all match, as in upstream',
    block: 'validate_answer_rrs: {fail_if_all_match_regexp: ["192.0.2", "^x"]}',
    verdict: 'ok',
  },
  {
    name: 'fail_if_all_match: fails where one does not',
    block: 'validate_answer_rrs: {fail_if_all_match_regexp: ["192.0.2.1"]}',
    verdict: 'check/dns_record_mismatch',
    log: /Not all RRs matched regexp/,
  },
  {
    name: 'fail_if_all_match: no records',
    block: 'validate_answer_rrs: {fail_if_all_match_regexp: ["192.0.2.1"]}',
    script: none,
    verdict: 'ok',
  },
  {
    name: 'fail_if_not_matches: every record has to match every pattern',
    block: 'validate_answer_rrs: {fail_if_not_matches_regexp: ["^x", "192.0.2.1$"]}',
    verdict: 'check/dns_record_mismatch',
    log: /At least one RR did not match regexp/,
  },
  {
    name: 'fail_if_not_matches: all do',
    block: 'validate_answer_rrs: {fail_if_not_matches_regexp: ["^x", "\\tA\\t192"]}',
    verdict: 'ok',
  },
  {
    name: 'fail_if_not_matches: no records',
    block: 'validate_answer_rrs: {fail_if_not_matches_regexp: [".*"]}',
    script: none,
    verdict: 'check/dns_record_mismatch',
    log: /fail_if_not_matches_regexp specified but no RRs returned/,
  },
  {
    name: 'fail_if_none_matches: one is enough',
    block: 'validate_answer_rrs: {fail_if_none_matches_regexp: ["nope", "192.0.2.2"]}',
    verdict: 'ok',
  },
  {
    name: 'fail_if_none_matches: none',
    block: 'validate_answer_rrs: {fail_if_none_matches_regexp: ["nope"]}',
    verdict: 'check/dns_record_mismatch',
    log: /None of the RRs did matched any regexp/,
  },
  {
    name: 'fail_if_none_matches: no records',
    block: 'validate_answer_rrs: {fail_if_none_matches_regexp: [".*"]}',
    script: none,
    verdict: 'check/dns_record_mismatch',
    log: /fail_if_none_matches_regexp specified but no RRs returned/,
  },
  {
    name: 'an unusable pattern fails when there is a record',
    block: 'validate_answer_rrs: {fail_if_matches_regexp: ["("]}',
    verdict: 'check/expectation_invalid',
    log: /Error matching regexp .*missing closing/,
  },
  {
    name: 'a large pattern',
    block: `validate_answer_rrs: {fail_if_matches_regexp: ["192${'x?'.repeat(2000)}"]}`,
    verdict: 'check/dns_record_mismatch',
    log: /At least one RR matched regexp/,
  },
  {
    name: 'a large pattern that is unusable, behind one that is not',
    block: `validate_answer_rrs: {fail_if_matches_regexp: ["nope"], fail_if_none_matches_regexp: ["${'x?'.repeat(2000)}("]}`,
    verdict: 'check/expectation_invalid',
    log: /Error matching regexp .*missing closing/,
  },
  {
    name: 'an unusable pattern does no harm without records',
    block: 'validate_answer_rrs: {fail_if_matches_regexp: ["("]}',
    script: none,
    verdict: 'ok',
  },
  {
    name: 'the authority section',
    block: 'validate_authority_rrs: {fail_if_matches_regexp: ["192"]}',
    script: (query) => [wireReply(query, { authority: [A_RECORD] })],
    verdict: 'check/dns_record_mismatch',
    log: /"section":"authority"/,
  },
  {
    name: 'the additional section, OPT included',
    block: 'validate_additional_rrs: {fail_if_not_matches_regexp: ["udp: 1232$"]}',
    script: (query) => [
      wireReply(query, {
        additional: [wireRecord({ owner: Buffer.of(0), type: 41, class: 1232, ttl: 0, rdata: Buffer.alloc(0) })],
      }),
    ],
    verdict: 'ok',
  },
];

t.test('validators', async (t) => {
  for (const { name, block, script = two, verdict, log } of VALIDATIONS) {
    const probed = await probeWith(t, block, script);
    t.equal(probed.verdict, verdict, name);
    if (log !== undefined) t.match(probed.log, log, name);
    t.equal(probed.metrics['probe_dns_query_succeeded'], 1, `${name}: the query was answered`);
  }
});

const rcode =
  (code: number): DnsScript =>
  (query) => [wireReply(query, { flags: 0x8400 | code })];
const badvers: DnsScript = (query) => [
  wireReply(query, {
    additional: [wireRecord({ owner: Buffer.of(0), type: 41, class: 1232, ttl: 0x0100_0000, rdata: Buffer.alloc(0) })],
  }),
];

t.test('response codes', async (t) => {
  const rows: readonly [name: string, block: string, script: DnsScript, verdict: string][] = [
    ['NOERROR by default', '', rcode(0), 'ok'],
    ['NXDOMAIN by default', '', rcode(3), 'check/dns_rcode_mismatch'],
    ['a list', 'valid_rcodes: [NXDOMAIN, REFUSED]', rcode(5), 'ok'],
    ['not in the list', 'valid_rcodes: [NXDOMAIN, REFUSED]', rcode(0), 'check/dns_rcode_mismatch'],
    ['an empty list', 'valid_rcodes: []', rcode(0), 'check/dns_rcode_mismatch'],
    ['an unknown name spoils the list', 'valid_rcodes: [NOERROR, NOPE]', rcode(0), 'check/expectation_invalid'],
    ['the old name of NOTIMP', 'valid_rcodes: [NOTIMPL]', rcode(4), 'ok'],
    ['extended by OPT', 'valid_rcodes: [BADSIG]', badvers, 'ok'],
    ['a code without a name', 'valid_rcodes: [NOERROR]', rcode(15), 'check/dns_rcode_mismatch'],
  ];
  for (const [name, block, script, verdict] of rows)
    t.equal((await probeWith(t, block, script)).verdict, verdict, name);
});

const soa = (serial: number): Buffer => {
  const times = [7200, 3600, 1209600, 300].map(uint32);
  return wireRecord({
    type: 6,
    rdata: Buffer.concat([wireName('ns.test'), wireName('h.test'), uint32(serial), ...times]),
  });
};

t.test('the serial of the zone', async (t) => {
  const serial = async (type: string, answer: readonly Buffer[]): Promise<number | undefined> => {
    const { target } = await startScriptedDns(t, (query) => [wireReply(query, { answer })]);
    const { metrics } = await probe(`prober: dns\ndns: {query_name: x.test, query_type: ${type}}`, target);
    return metrics['probe_dns_serial'];
  };
  t.equal(await serial('SOA', [soa(2024010101)]), 2024010101);
  t.equal(await serial('SOA', [soa(1), A_RECORD, soa(4294967295)]), 4294967295, 'the last one');
  t.equal(await serial('SOA', []), 0, 'none in the answer');
  t.equal(await serial('A', [soa(5)]), undefined, 'not asked for');
});

t.test('counts and phases', async (t) => {
  const txt = wireRecord({ type: 16, class: 3, rdata: wireString('x') });
  const probed = await probeWith(t, '', (query) => [
    wireReply(query, { answer: [A_RECORD], authority: [txt, txt], additional: [txt, txt, txt] }),
  ]);
  t.match(probed.metrics, {
    probe_dns_answer_rrs: 1,
    probe_dns_authority_rrs: 2,
    probe_dns_additional_rrs: 3,
    probe_dns_query_succeeded: 1,
  });
  for (const phase of ['resolve', 'connect', 'request']) {
    t.ok((probed.metrics[`probe_dns_duration_seconds{phase="${phase}"}`] ?? 0) > 0, `${phase} took time`);
  }
  t.notOk(
    Object.keys(probed.metrics).some((series) => /_flag|_rcode|_hash\b.*dns|ignored|nsid|rrsig/.test(series)),
    'no more',
  );
});

t.test('nothing is known of a name that does not resolve', async (t) => {
  const hostsFile = `${t.testdir({ hosts: '127.0.0.1 other.test\n' })}/hosts`;
  const { target: resolver } = await startScriptedDns(t, (query) => [wireReply(query, { flags: 0x8183 })]);
  const options = { hostsFile, dnsServers: [resolver] };
  const { metrics, verdict } = await probe('prober: dns\ndns: {query_name: x.test}', 'gone.test', options);
  t.equal(verdict, 'resolve/dns_no_such_host');
  t.match(metrics, {
    'probe_dns_duration_seconds{phase="resolve"}': 0,
    'probe_dns_duration_seconds{phase="connect"}': 0,
    'probe_dns_duration_seconds{phase="request"}': 0,
    probe_dns_query_succeeded: 0,
    probe_ip_protocol: 0,
  });
});

t.test('what is asked', async (t) => {
  const rows: readonly [name: string, block: string, question: string, flags: number][] = [
    ['defaults', 'query_name: x.test', '01780474657374' + '00' + '00ff' + '0001', 0x0100],
    [
      'type and class',
      'query_name: x.test., query_type: HTTPS, query_class: CH',
      '0178047465737400' + '00410003',
      0x0100,
    ],
    ['no recursion', 'query_name: ., query_type: NS, recursion_desired: false', '00' + '0002' + '0001', 0],
  ];
  for (const [name, block, question, flags] of rows) {
    const server = await startScriptedDns(t, (query) => [wireReply(query)]);
    await probe(`prober: dns\ndns: {${block}}`, server.target);
    const [sent] = server.queries;
    t.equal(sent?.bytes.subarray(12).toString('hex'), question, name);
    t.equal(sent?.bytes.readUInt16BE(2), flags, `${name}: flags`);
    t.same(sent?.bytes.subarray(4, 12), Buffer.concat([1, 0, 0, 0].map(uint16)), `${name}: one question, no OPT`);
  }
  const server = await startScriptedDns(t, (query) => [wireReply(query)]);
  await probe('prober: dns', server.target);
  t.equal(
    server.queries[0]?.bytes.subarray(12).toString('hex'),
    '00' + '00ff' + '0001',
    'no block: anything about the root',
  );
});

t.test('modules that load but cannot work', async (t) => {
  const rows: readonly [name: string, block: string, target: string, verdict: string][] = [
    ['unknown transport', 'transport_protocol: sctp', '127.0.0.1:53', 'setup/invalid_request'],
    ['TLS over UDP', 'dns_over_tls: true', '127.0.0.1:53', 'setup/invalid_request'],
    ['a name that is none', 'query_name: a..b', '127.0.0.1:53', 'setup/invalid_request'],
    ['a source address that is none', 'source_ip_address: nope', '127.0.0.1:53', 'connect/address_unavailable'],
    ['a source address of the other family', 'source_ip_address: "::1"', '127.0.0.1:53', 'connect/address_unavailable'],
    [
      'a source address that is not ours',
      'source_ip_address: 192.0.2.1',
      '127.0.0.1:53',
      'connect/address_unavailable',
    ],
    ['a port that is none', '', '127.0.0.1:nope', 'setup/invalid_target'],
    ['port 0', '', '127.0.0.1:0', 'setup/invalid_target'],
  ];
  for (const [name, block, target, verdict] of rows) {
    const separator = block.includes('query_name') ? '' : 'query_name: x, ';
    const probed = await probe(`prober: dns\ndns: {${separator}${block}}`, target);
    t.equal(probed.verdict, verdict, name);
  }
});

t.test('targets', async (t) => {
  const { target: v6 } = await startScriptedDns(t, none, { host: '::1' });
  t.equal((await probe('prober: dns\ndns: {query_name: x}', v6)).verdict, 'ok', 'an IPv6 address with a port');
  const { target: v4, queries } = await startScriptedDns(t, none);
  const yaml = 'prober: dns\ndns: {query_name: x, source_ip_address: 127.0.0.1}';
  t.equal((await probe(yaml, v4)).verdict, 'ok', 'from a source address');
  t.equal(queries.length, 1);
});
