import t from 'tap';
import {
  A_RECORD,
  questionOf,
  uint16,
  wireName,
  wireRecord,
  wireReply,
  wireString,
} from '../../helpers/servers/dns-bytes.js';
import { type DnsAct, type DnsScript, startScriptedDns } from '../../helpers/servers/scripted-dns.js';
import { probe } from '../../helpers/services/probe.js';

const MODULE = 'prober: dns\ndns: {query_name: x.test, query_type: A}';

const good = (query: Buffer): Buffer => wireReply(query, { answer: [A_RECORD] });
const otherId = (query: Buffer): Buffer => wireReply(query, { id: query.readUInt16BE(0) ^ 1 });
const otherQuestion = (query: Buffer, change: (question: Buffer) => void): Buffer => {
  const question = Buffer.from(questionOf(query));
  change(question);
  return wireReply(query, { question });
};

const IGNORED: readonly { name: string; before: (query: Buffer) => DnsAct }[] = [
  { name: 'another id', before: otherId },
  { name: 'another id, and broken', before: (query) => otherId(query).subarray(0, 14) },
  { name: 'one octet', before: () => Buffer.of(1) },
  { name: 'nothing', before: () => Buffer.alloc(0) },
  { name: 'the query itself', before: (query) => query },
  { name: 'another name', before: (query) => otherQuestion(query, (question) => question.write('y', 1, 'latin1')) },
  { name: 'another type', before: (query) => otherQuestion(query, (question) => question.writeUInt16BE(33, 8)) },
  { name: 'another class', before: (query) => otherQuestion(query, (question) => question.writeUInt16BE(33, 10)) },
];

t.test('datagrams that are no replies are passed over and counted', async (t) => {
  for (const { name, before } of IGNORED) {
    const { target } = await startScriptedDns(t, (query) => [before(query), before(query), good(query)]);
    const { verdict, metrics } = await probe(MODULE, target);
    t.equal(verdict, 'ok', name);
    t.equal(metrics['probe_dns_ignored_replies'], 2, `${name}: counted`);
    t.equal(metrics['probe_dns_answer_rrs'], 1, `${name}: the reply is taken`);
  }
});

t.test('they are counted also where no reply comes', async (t) => {
  const { target } = await startScriptedDns(t, (query) => [otherId(query), otherId(query), otherId(query)]);
  const { verdict, metrics } = await probe(MODULE, target, { timeoutSeconds: 0.3 });
  t.equal(verdict, 'request/response_timeout');
  t.equal(metrics['probe_dns_ignored_replies'], 3);
});

t.test('replies that are taken', async (t) => {
  const rows: readonly [name: string, script: DnsScript, answers: number][] = [
    [
      'the name in another letter case',
      (query) => [otherQuestion(query, (question) => question.write('X', 1, 'latin1'))],
      0,
    ],
    ['no question', (query) => [wireReply(query, { question: Buffer.alloc(0), answer: [] })], 0],
    ['a header alone', (query) => [good(query).subarray(0, 12)], 0],
    ['truncated', (query) => [wireReply(query, { flags: 0x8600, answer: [A_RECORD] })], 1],
    ['fewer records than announced', (query) => [wireReply(query, { answer: [A_RECORD], counts: [1, 9, 9, 9] })], 1],
  ];
  for (const [name, script, answers] of rows) {
    const { target } = await startScriptedDns(t, script);
    const { verdict, metrics } = await probe(MODULE, target);
    t.equal(verdict, 'ok', name);
    t.equal(metrics['probe_dns_answer_rrs'], answers, name);
    t.notOk('probe_dns_ignored_replies' in metrics, `${name}: nothing to ignore, nothing to show`);
  }
});

t.test('broken replies fail at once', async (t) => {
  const loop = wireRecord({ type: 5, rdata: Buffer.of(0xc0, 36) });
  const rows: readonly [name: string, script: DnsScript][] = [
    ['less than a header', (query) => [good(query).subarray(0, 5)]],
    ['cut in a record', (query) => [good(query).subarray(0, -1)]],
    ['a name that never ends', (query) => [wireReply(query, { answer: [loop] })]],
    [
      'data that does not fit its type',
      (query) => [wireReply(query, { answer: [wireRecord({ type: 1, rdata: Buffer.of(1) })] })],
    ],
  ];
  for (const [name, script] of rows) {
    const { target, open } = await startScriptedDns(t, script);
    const { verdict, metrics, log } = await probe(MODULE, target, { timeoutSeconds: 600 });
    t.equal(verdict, 'request/dns_response_malformed', name);
    t.equal(metrics['probe_dns_query_succeeded'], 0, name);
    t.match(log, /Error while sending a DNS query .*"err":"dns: /, name);
    t.equal(open(), 0, `${name}: the socket is closed`);
  }
});

/** 512 octets hold the header, the question and 24 of these records and a half. */
const texts = (count: number): Buffer[] =>
  Array.from({ length: count }, () => wireRecord({ type: 16, rdata: wireString('1234567') }));

t.test('replies over 512 octets need EDNS', async (t) => {
  const script: DnsScript = (query) => [wireReply(query, { answer: texts(40), question: questionOf(query) })];
  const { target, queries } = await startScriptedDns(t, script);
  const { verdict, log } = await probe(MODULE, target);
  t.equal(verdict, 'request/dns_response_too_large');
  t.match(log, /"reply_bytes":\d+,"udp_size":512/);
  const edns = MODULE.replace('}', ', edns: {udp_size: 4096, dnssec_ok: true}}');
  const { verdict: withEdns, metrics } = await probe(edns, target);
  t.equal(withEdns, 'ok');
  t.equal(metrics['probe_dns_answer_rrs'], 40);
  t.equal(queries[1]?.bytes.subarray(-11).toString('hex'), '00' + '0029' + '1000' + '00008000' + '0000');
});

t.test('a reply that is cut where a record ends is taken, as in upstream', async (t) => {
  // 12 + 12 + 488: the header, the question, and two records of 244 octets.
  const filler = wireRecord({ type: 65280, rdata: Buffer.alloc(244 - 12) });
  const { target } = await startScriptedDns(t, (query) => [wireReply(query, { answer: [filler, filler, filler] })]);
  const { verdict, metrics } = await probe(MODULE, target);
  t.equal(verdict, 'ok');
  t.equal(metrics['probe_dns_answer_rrs'], 2);
});

t.test('every probe has a port and an id of its own', async (t) => {
  const { target, queries } = await startScriptedDns(t, (query) => [good(query)]);
  for (let round = 0; round < 8; round++) await probe(MODULE, target);
  t.ok(new Set(queries.map(({ port }) => port)).size > 4, 'ports differ');
  t.ok(new Set(queries.map(({ bytes }) => bytes.readUInt16BE(0))).size > 4, 'ids differ');
});

t.test('a truncated reply is asked for again over TCP where the module wants it', async (t) => {
  const script: DnsScript = (query, transport) =>
    transport === 'udp' ? [wireReply(query, { flags: 0x8600 })] : [wireReply(query, { answer: [A_RECORD] })];
  const retrying = MODULE.replace('}', ', retry_over_tcp: true}');
  const { target, queries, open } = await startScriptedDns(t, script);
  const { verdict, metrics } = await probe(retrying, target);
  t.equal(verdict, 'ok');
  t.match(metrics, { probe_dns_answer_rrs: 1, probe_dns_retried_over_tcp: 1 });
  t.strictSame(
    queries.map(({ transport }) => transport),
    ['udp', 'tcp'],
  );
  while (open() > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  const { target: whole } = await startScriptedDns(t, (query) => [good(query)]);
  t.equal((await probe(retrying, whole)).metrics['probe_dns_retried_over_tcp'], 0, 'a whole reply is not');
  const { metrics: plain } = await probe(MODULE, target);
  t.equal(plain['probe_dns_answer_rrs'], 0, 'not by default');
  t.notOk('probe_dns_retried_over_tcp' in plain);
});

t.test('the parameters of the request, where the module allows them', async (t) => {
  const { target, queries } = await startScriptedDns(t, (query) => [wireReply(query)]);
  const params = { query_name: 'other.test', query_type: 'SOA' };
  const allowing = MODULE.replace('}', ', allow_query_params: [query_name, query_type]}');
  const { metrics } = await probe(allowing, target, { params });
  t.same(queries[0]?.bytes.subarray(12), Buffer.concat([wireName('other.test'), uint16(6), uint16(1)]));
  t.equal(metrics['probe_dns_serial'], 0, 'the type that was asked for counts');
  await probe(allowing, target, { params: { query_name: '' } });
  t.same(queries[1]?.bytes.subarray(12), Buffer.concat([wireName('x.test'), uint16(1), uint16(1)]), 'empty is none');
  await probe(MODULE, target, { params });
  t.same(queries[2]?.bytes.subarray(12), Buffer.concat([wireName('x.test'), uint16(1), uint16(1)]), 'not allowed');
  const bad = await probe(allowing, target, { params: { query_name: 'a..b' } });
  t.equal(bad.verdict, 'setup/invalid_request', 'a name that is none');
});
