import { A_RECORD, questionOf, wireName, wireRecord, wireReply } from '../../helpers/servers/dns-bytes.js';
import type { DnsAct, DnsScript } from '../../helpers/servers/scripted-dns.js';

/** One name that both programs look up, and what the name servers of the system say. */
export interface ResolverCase {
  readonly name: string;
  /** The first address, or the error without what was looked up. */
  readonly gives: string;
  /** Who was asked: `u1` is the first server over UDP, `t2` the second over TCP. */
  readonly asks: string;
  /**
   * What the first servers say; those after them have the addresses 192.0.2.2 and 2001:db8::2 (the second), 192.0.2.3
   * and 2001:db8::3 (the third).
   */
  readonly servers?: readonly DnsScript[];
  /** Lines of resolv.conf, beside the three servers; `options timeout:1 attempts:1` where absent. */
  readonly conf?: string;
  /** The name, in which `@` is the first label, which must be there; `@.test` where absent. */
  readonly host?: string;
  /** IPv4 only where absent. */
  readonly family?: 'ip6' | 'either';
  /** How Sonde is meant to differ. */
  readonly differs?: string;
}

export const address = (last: number): Buffer => wireRecord({ type: 1, rdata: Buffer.of(192, 0, 2, last) });
export const address6 = (last: number): Buffer =>
  wireRecord({ type: 28, rdata: Buffer.from(`20010db8${last.toString(16).padStart(24, '0')}`, 'hex') });
/** An IPv4 address in a record of the other family: `::ffff:192.0.2.…`. */
export const mappedAddress = (last: number): Buffer =>
  wireRecord({ type: 28, rdata: Buffer.from([...Array<number>(10).fill(0), 255, 255, 192, 0, 2, last]) });
export const typeOf = (query: Buffer): number => questionOf(query).readUInt16BE(questionOf(query).length - 4);
export const lookedUp = (query: Buffer): string => {
  const labels: string[] = [];
  for (let at = 12; (query[at] ?? 0) > 0; at += 1 + (query[at] ?? 0)) {
    labels.push(query.toString('latin1', at + 1, at + 1 + (query[at] ?? 0)));
  }
  return labels.join('.');
};

export const BROKEN_ADDRESS = 'an address is broken: the next server is asked';

/** QR, RD and RA. */
export const RECURSIVE = 0x8180;
/** QR and RD: a server that asks nobody. */
export const PLAIN = 0x8100;
export const CNAME = wireRecord({ type: 5, rdata: wireName('other.test') });
export const SOA = wireRecord({
  type: 6,
  rdata: Buffer.concat([wireName('ns.test'), wireName('h.test'), Buffer.alloc(20)]),
});
export const opt = (ttl = 0): Buffer =>
  wireRecord({ owner: Buffer.of(0), type: 41, class: 1232, ttl, rdata: Buffer.alloc(0) });

/** A good answer of the server with this number, in either family. */
export const good =
  (number: number): DnsScript =>
  (query) => [
    wireReply(query, { flags: RECURSIVE, answer: [typeOf(query) === 28 ? address6(number) : address(number)] }),
  ];
export const says =
  (reply: Parameters<typeof wireReply>[1]): DnsScript =>
  (query) => [wireReply(query, { flags: RECURSIVE, ...reply })];
/** Says the same later: the peer has the addresses of both families in the order in which the answers came. */
export const later =
  (script: DnsScript): DnsScript =>
  (query, transport) =>
    script(query, transport).map((act) => (Buffer.isBuffer(act) ? { later: act } : act));
const waiting = new WeakSet<readonly DnsAct[]>();
export const andWait = (acts: readonly DnsAct[]): readonly DnsAct[] => {
  waiting.add(acts);
  return acts;
};
/** Whether whoever gets this goes on waiting until the time is over. */
export const makesWait = (acts: readonly DnsAct[]): boolean => waiting.has(acts);
/** Two datagrams: one that has to be passed over, and a good one. Over TCP the second is never read. */
export const then =
  (odd: (query: Buffer) => Buffer): DnsScript =>
  (query) => [odd(query), ...good(1)(query, 'udp')];
export const silence: DnsScript = () => andWait([]);
export const nxdomain = says({ flags: RECURSIVE | 3, authority: [SOA] });
export const servfail = says({ flags: RECURSIVE | 2 });
/** Answers names that begin so, and denies all others. */
export const only =
  (known: string, script: DnsScript, others: DnsScript = nxdomain): DnsScript =>
  (query, transport) =>
    (lookedUp(query).endsWith(known) ? script : others)(query, transport);
export const byFamily =
  (four: DnsScript, six: DnsScript): DnsScript =>
  (query, transport) =>
    (typeOf(query) === 28 ? six : four)(query, transport);
/** Truncated over UDP, and this over TCP. */
export const overTcp =
  (script: DnsScript): DnsScript =>
  (query, transport) =>
    transport === 'tcp' ? script(query, transport) : [wireReply(query, { flags: RECURSIVE | 0x200 })];
export const otherQuestion = (query: Buffer): Buffer => {
  const question = Buffer.from(questionOf(query));
  question.write('zz', 1, 'latin1');
  return wireReply(query, { flags: RECURSIVE, question, answer: [A_RECORD] });
};
