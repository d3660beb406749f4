import t, { type Test } from 'tap';
import { MetricSet } from '../../../src/metrics/metric-set.js';
import { writeMetricSet } from '../../../src/metrics/write-text.js';
import { reportDetails } from '../../../src/probers/dns/dns-details.js';
import { decodeMessage } from '../../../src/probers/dns/dns-message.js';
import {
  A_RECORD,
  uint16,
  uint32,
  wireName,
  wireRecord,
  type WireReply,
  wireReply,
  wireString,
} from '../../helpers/servers/dns-bytes.js';
import { startScriptedDns } from '../../helpers/servers/scripted-dns.js';
import { probe } from '../../helpers/services/probe.js';

async function details(t: Test, reply: WireReply): Promise<Readonly<Record<string, number>>> {
  const { target } = await startScriptedDns(t, (query) => [wireReply(query, reply)]);
  const { metrics } = await probe(
    'prober: dns\ndns: {query_name: x.test, answer_details: true, edns: {nsid: true}}',
    target,
  );
  return metrics;
}

const A2 = { type: 1, rdata: Buffer.of(192, 0, 2, 2) };
const rrsig = (expiry: number): Buffer => {
  const rdata = [
    uint16(1),
    Buffer.of(13, 2),
    uint32(300),
    uint32(expiry),
    uint32(0),
    uint16(1),
    wireName('x'),
    Buffer.of(1),
  ];
  return wireRecord({ type: 46, ttl: 5, rdata: Buffer.concat(rdata) });
};

t.test('flags and the response code', async (t) => {
  const rows: readonly [flag: string, bit: number][] = [
    ['aa', 0x0400],
    ['tc', 0x0200],
    ['rd', 0x0100],
    ['ra', 0x0080],
    ['ad', 0x0020],
    ['cd', 0x0010],
  ];
  for (const [flag, bit] of rows) {
    const metrics = await details(t, { flags: 0x8000 | bit | 3 });
    for (const [other] of rows)
      t.equal(metrics[`probe_dns_flag{flag="${other}"}`], other === flag ? 1 : 0, `${flag}: ${other}`);
    t.equal(metrics['probe_dns_rcode'], 3);
  }
});

t.test('the lowest TTL', async (t) => {
  const answer = [A_RECORD, wireRecord({ ...A2, ttl: 7 })];
  t.equal((await details(t, { answer }))['probe_dns_answer_lowest_ttl_seconds'], 7);
  t.notOk('probe_dns_answer_lowest_ttl_seconds' in (await details(t, { authority: answer })), 'of the answer only');
});

t.test('the hash of the answer', async (t) => {
  const hash = async (...answer: Buffer[]): Promise<number | undefined> =>
    (await details(t, { answer }))['probe_dns_answer_hash'];
  const first = await hash(A_RECORD, wireRecord(A2));
  t.type(first, 'number');
  t.equal(await hash(wireRecord(A2), A_RECORD), first, 'the order does not matter');
  t.equal(await hash(A_RECORD, wireRecord({ ...A2, ttl: 1 })), first, 'nor do TTLs');
  t.equal(await hash(A_RECORD, wireRecord({ ...A2, owner: wireName('X.TEST') })), first, "nor the owner's letter case");
  t.equal(await hash(A_RECORD, wireRecord(A2), rrsig(5)), first, 'nor signatures');
  t.not(await hash(A_RECORD), first, 'records do');
  t.not(await hash(A_RECORD, wireRecord({ ...A2, rdata: Buffer.of(192, 0, 2, 3) })), first, 'data does');
  t.equal(await hash(), undefined, 'no answer, no hash');
});

t.test('the expiry of signatures', async (t) => {
  const query = Buffer.concat([Buffer.alloc(12), wireName('x'), uint16(1), uint16(1)]);
  const expiry = async (nowSeconds: number, ...answer: Buffer[]): Promise<string | undefined> => {
    const metrics = new MetricSet();
    await reportDetails(metrics, decodeMessage(wireReply(query, { answer })), nowSeconds);
    return /^probe_dns_rrsig_earliest_expiry_timestamp_seconds (.*)$/m.exec(writeMetricSet(metrics))?.[1];
  };
  t.equal(await expiry(1.7e9, rrsig(1_700_000_100), rrsig(1_700_000_050)), '1.70000005e+09', 'the first that expires');
  t.equal(await expiry(2 ** 32 - 10, rrsig(5)), '4.294967301e+09', 'beyond the end of the era');
  t.equal(await expiry(2 ** 32 + 10, rrsig(2 ** 32 - 5)), '4.294967291e+09', 'before it');
  t.equal(await expiry(1.7e9, A_RECORD), undefined, 'no signature');
});

t.test('which server it is', async (t) => {
  const nsid = Buffer.concat([uint16(3), uint16(4), Buffer.from('n"1\u0001', 'latin1')]);
  const other = Buffer.concat([uint16(3), uint16(1), Buffer.from('m')]);
  const opt = wireRecord({ owner: Buffer.of(0), type: 41, class: 1232, ttl: 0, rdata: Buffer.concat([nsid, other]) });
  const metrics = await details(t, { additional: [wireRecord({ type: 16, rdata: wireString('x') }), opt] });
  t.equal(metrics['probe_dns_nsid_info{nsid="n\\\\\\"1\\\\001"}'], 1);
  t.equal(Object.keys(metrics).filter((series) => series.includes('nsid_info')).length, 1, 'the first name counts');
});
