import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { TYPE_OPT } from '../../net/dns/dns-format.js';
import { OPTION_NSID } from '../../net/dns/dns-query.js';
import { fnv1a } from '../../values/codec/fnv1a.js';
import { inSlices, type Steps } from '../../values/in-slices.js';
import { TYPE_RRSIG } from './dns-codes.js';
import { escapeBytes, TEXT_ESCAPES } from './dns-escape.js';
import type { DnsMessage, DnsRecord } from './dns-message.js';
import { readOptions } from './rr-opt.js';

/** The flags in the header of a reply that are reported (RFC 1035, section 4.1.1; RFC 4035, section 3). */
const FLAGS = { aa: 0x0400, tc: 0x0200, rd: 0x0100, ra: 0x0080, ad: 0x0020, cd: 0x0010 } as const;

const flag = gauge('probe_dns_flag', 'Indicates if a flag is set in the header of the reply', ['flag']);
const rcode = gauge('probe_dns_rcode', 'Response code of the reply, with the extended bits of EDNS');
const lowestTtl = gauge('probe_dns_answer_lowest_ttl_seconds', 'The lowest TTL of the answer records');
const answerHash = gauge(
  'probe_dns_answer_hash',
  "Hash of the answer records without TTLs and signatures, whatever their order. It's useful to detect if the answer changes",
);
const earliestExpiry = gauge(
  'probe_dns_rrsig_earliest_expiry_timestamp_seconds',
  'When the first of the signatures in the reply expires, in unixtime',
);
const nsidInfo = gauge('probe_dns_nsid_info', 'Which server answered, by its own account (RFC 5001), always 1', [
  'nsid',
]);

/** Records written in one step, which takes well below a millisecond. */
const RECORDS_A_STEP = 64;

/** Sets the gauges of answer_details, in turns. Without records of some kind, their gauges are left out. */
export async function reportDetails(metrics: MetricSet, reply: DnsMessage, nowSeconds: number): Promise<void> {
  for (const [name, bit] of Object.entries(FLAGS)) {
    metrics.setWith(flag, { flag: name }, (reply.flags & bit) === 0 ? 0 : 1);
  }
  metrics.set(rcode, reply.rcode);
  const { answer, authority, additional } = reply;
  if (answer.length > 0) {
    metrics.set(
      lowestTtl,
      answer.reduce((lowest, { ttl }) => Math.min(lowest, ttl), Infinity),
    );
    metrics.set(answerHash, await inSlices(hashOf(answer)));
  }
  const signatures = [...answer, ...authority, ...additional].filter(({ type }) => type === TYPE_RRSIG);
  if (signatures.length === 0) return;
  const expiries = signatures.map((signature) => expiryOf(signature, nowSeconds));
  metrics.set(earliestExpiry, Math.min(...expiries));
}

/** Signatures are left out, because signing a zone again does not change it. */
function* hashOf(answer: readonly DnsRecord[]): Steps<number> {
  const texts: string[] = [];
  for (const [index, record] of answer.entries()) {
    if (record.type !== TYPE_RRSIG) texts.push(textWithoutTtl(record));
    if (index % RECORDS_A_STEP === RECORDS_A_STEP - 1) yield;
  }
  return fnv1a(Buffer.from(texts.sort().join('\n')));
}

/** The case of the owner is left out: servers may repeat the case of the question. */
function textWithoutTtl({ owner, ttl, text }: DnsRecord): string {
  return text.replace(`${owner}\t${ttl}\t`, () => `${owner.toLowerCase()}\t`);
}

const ERA_SECONDS = 2 ** 32;

/** The field has 32 bits and means the time nearest to now (RFC 4034, section 3.1.5). */
function expiryOf(signature: DnsRecord, nowSeconds: number): number {
  const rdata = signature.rdata();
  rdata.uint16();
  rdata.uint8();
  rdata.uint8();
  rdata.uint32();
  const seconds = rdata.uint32();
  return seconds + ERA_SECONDS * Math.round((nowSeconds - seconds) / ERA_SECONDS);
}

/** Reports which server answered, if the reply says so. */
export function reportNsid(metrics: MetricSet, { additional }: DnsMessage): void {
  for (const record of additional) {
    if (record.type !== TYPE_OPT) continue;
    for (const { code, data } of readOptions(record.rdata())) {
      if (code !== OPTION_NSID) continue;
      // One server has one name; a series for each of thousands would be its doing.
      metrics.setWith(nsidInfo, { nsid: escapeBytes(data, TEXT_ESCAPES) }, 1);
      return;
    }
  }
}
