import { questionOf, uint16, wireReply } from '../../helpers/servers/dns-bytes.js';
import type { DnsScript } from '../../helpers/servers/scripted-dns.js';
import {
  address,
  andWait,
  byFamily,
  good,
  lookedUp,
  nxdomain,
  only,
  otherQuestion,
  overTcp,
  PLAIN,
  RECURSIVE,
  type ResolverCase,
  says,
  servfail,
  silence,
  then,
} from './resolver-case.js';
import { ANSWERS, BROKEN, MAPPED, RCODES } from './resolver-cases-replies.js';

const DATAGRAMS: readonly ResolverCase[] = [
  { name: 'garbage first', gives: '192.0.2.1', asks: 'u1', servers: [then(() => Buffer.from('garbage'))] },
  { name: 'nothing first', gives: '192.0.2.1', asks: 'u1', servers: [then(() => Buffer.alloc(0))] },
  { name: 'the query first', gives: '192.0.2.1', asks: 'u1', servers: [then((query) => query)] },
  {
    name: 'an answer without QR first',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [then((query) => wireReply(query, { flags: 0x0180, answer: [address(9)] }))],
  },
  {
    name: 'another id first',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [then((query) => wireReply(query, { id: query.readUInt16BE(0) ^ 1, answer: [address(9)] }))],
  },
  { name: 'another question first', gives: '192.0.2.1', asks: 'u1', servers: [then(otherQuestion)] },
  {
    name: 'no question first',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [then((query) => wireReply(query, { question: Buffer.alloc(0) }))],
  },
  {
    name: 'half of the question first',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [then((query) => wireReply(query).subarray(0, 16))],
  },
  {
    name: 'a broken answer first',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [then((query) => wireReply(query, { answer: [Buffer.of(0x80)] }))],
  },
  {
    name: 'another opcode',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [says({ flags: RECURSIVE | 0x2000, answer: [address(1)] })],
  },
  { name: 'the query alone', gives: '192.0.2.2', asks: 'u1 u2', servers: [(query) => andWait([query])] },
  {
    name: 'the question in another letter case',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [
      (query) => [wireReply(query, { flags: RECURSIVE, question: upper(questionOf(query)), answer: [address(1)] })],
    ],
  },
];

function upper(question: Buffer): Buffer {
  const name = question.subarray(0, -4);
  return Buffer.concat([Buffer.from(name.toString('latin1').toUpperCase(), 'latin1'), question.subarray(-4)]);
}

const TCP: readonly ResolverCase[] = [
  { name: 'truncated', gives: '192.0.2.1', asks: 't1 u1', servers: [overTcp(good(1))] },
  {
    name: 'truncated, with an address',
    gives: '192.0.2.2',
    asks: 't1 u1 u2',
    servers: [
      (query, transport) =>
        transport === 'tcp'
          ? silence(query, transport)
          : [wireReply(query, { flags: RECURSIVE | 0x200, answer: [address(1)] })],
    ],
  },
  {
    name: 'truncated over TCP as well',
    gives: '192.0.2.1',
    asks: 't1 u1',
    servers: [overTcp(says({ flags: RECURSIVE | 0x200, answer: [address(1)] }))],
  },
  {
    name: 'truncated, and a lame referral',
    gives: '192.0.2.2',
    asks: 't1 u1 u2',
    servers: [overTcp(says({ flags: PLAIN }))],
  },
  { name: 'truncated, and no such name', gives: 'no such host', asks: 't1 u1', servers: [overTcp(nxdomain)] },
  { name: 'truncated, and the end at once', gives: '192.0.2.2', asks: 't1 u1 u2', servers: [overTcp(() => ['close'])] },
  {
    name: 'truncated, and the end within',
    gives: '192.0.2.2',
    asks: 't1 u1 u2',
    servers: [overTcp((query) => [{ raw: Buffer.concat([uint16(90), query]) }, 'close'])],
  },
  {
    name: 'truncated, and an empty message',
    gives: '192.0.2.2',
    asks: 't1 u1 u2',
    servers: [overTcp(() => [{ raw: uint16(0) }])],
  },
  { name: 'truncated, and the query', gives: '192.0.2.2', asks: 't1 u1 u2', servers: [overTcp((query) => [query])] },
  {
    name: 'truncated, and another id',
    gives: '192.0.2.2',
    asks: 't1 u1 u2',
    servers: [overTcp((query) => [wireReply(query, { id: query.readUInt16BE(0) ^ 1, answer: [address(9)] })])],
  },
  {
    name: 'truncated, and another question',
    gives: '192.0.2.2',
    asks: 't1 u1 u2',
    servers: [overTcp((query) => [otherQuestion(query)])],
  },
  {
    name: 'truncated, and no question',
    gives: '192.0.2.2',
    asks: 't1 u1 u2',
    servers: [overTcp(says({ question: Buffer.alloc(0) }))],
  },
  {
    name: 'truncated, and garbage',
    gives: '192.0.2.2',
    asks: 't1 u1 u2',
    servers: [overTcp(() => [Buffer.from('garbage')])],
  },
  { name: 'TCP only', gives: '192.0.2.1', asks: 't1', conf: 'options timeout:1 attempts:1 use-vc', servers: [good(1)] },
  {
    name: 'TCP only, and silence',
    gives: '192.0.2.2',
    asks: 't1 t2',
    conf: 'options timeout:1 attempts:1 use-vc',
    servers: [silence],
  },
];

const SEARCH = 'search a.test b.test\noptions timeout:1 attempts:1';
const BOTH_FAMILIES: readonly ResolverCase[] = [
  { name: 'both families', gives: '2001:db8::1', asks: 'u1 u1', servers: [good(1)], family: 'either' },
  {
    name: 'IPv4 of two families',
    gives: '192.0.2.1',
    asks: 'u1 u1',
    servers: [byFamily(good(1), says({}))],
    family: 'either',
  },
  {
    name: 'three of IPv4 where IPv6 is preferred',
    gives: '192.0.2.1',
    asks: 'u1 u1',
    servers: [byFamily(says({ flags: RECURSIVE, answer: [address(1), address(2), address(3)] }), says({}))],
    family: 'either',
  },
  {
    name: 'IPv4, and a failure of IPv6',
    gives: '192.0.2.1',
    asks: 'u1 u1 u2 u3',
    servers: [byFamily(good(1), servfail), servfail, servfail],
    family: 'either',
  },
  {
    name: 'a failure of IPv6',
    gives: 'server misbehaving',
    asks: 'u1 u1 u2 u3',
    servers: [byFamily(nxdomain, servfail), servfail, servfail],
    family: 'either',
  },
  { name: 'none of two families', gives: 'no such host', asks: 'u1 u1', servers: [nxdomain], family: 'either' },
  {
    name: 'families under two names of the search list',
    gives: '192.0.2.1',
    asks: 'u1 u1',
    conf: SEARCH,
    host: '@',
    family: 'either',
    servers: [byFamily(only('a.test', good(1)), only('b.test', good(2)))],
  },
  {
    name: 'one after the other',
    gives: '2001:db8::1',
    asks: 'u1',
    conf: 'options timeout:1 attempts:1 single-request',
    servers: [good(1)],
    family: 'either',
    differs: 'the other family is asked for only where it is needed',
  },
];

const CONFIGURED: readonly ResolverCase[] = [
  {
    name: 'the second of the search list',
    gives: '192.0.2.1',
    asks: 'u1 u1',
    conf: SEARCH,
    host: '@',
    servers: [only('b.test', good(1))],
  },
  {
    name: 'the name itself after the search list',
    gives: '192.0.2.1',
    asks: 'u1 u1 u1',
    conf: SEARCH,
    host: '@',
    servers: [only('.test', nxdomain, good(1))],
  },
  {
    name: 'a failure of a name of the search list',
    gives: 'no such host',
    asks: 'u1 u1 u1 u2 u3',
    conf: SEARCH,
    host: '@',
    servers: [only('a.test', servfail), only('a.test', servfail), only('a.test', servfail)],
  },
  {
    name: 'a failure of the name itself',
    gives: 'server misbehaving',
    asks: 'u1 u1 u1 u2 u3',
    conf: SEARCH,
    host: '@.x',
    servers: [only('.x', servfail), only('.x', servfail), only('.x', servfail)],
  },
  {
    name: 'a suffix that is no name',
    gives: 'no such host',
    asks: 'u1',
    conf: 'search a..test\noptions timeout:1 attempts:1',
    host: '@',
    servers: [nxdomain],
  },
  {
    name: 'several attempts',
    gives: 'server misbehaving',
    asks: 'u1 u1 u1 u2 u2 u2 u3 u3 u3',
    conf: 'options timeout:1 attempts:3',
    servers: [servfail, servfail, servfail],
  },
  {
    name: 'verified data',
    gives: '192.0.2.1',
    asks: 'u1',
    conf: 'options timeout:1 attempts:1 trust-ad',
    servers: [good(1)],
  },
  {
    name: 'numbers with more behind them',
    gives: '192.0.2.1',
    asks: 'u1',
    conf: 'search a.test\noptions ndots:2x timeout:1s attempts:1',
    host: '@.x',
    servers: [good(1)],
  },
  { name: 'rotating', gives: '192.0.2.1', asks: 'u1', conf: 'options timeout:1 attempts:1 rotate', servers: [good(1)] },
  {
    name: 'rotating: the second look-up',
    gives: '192.0.2.2',
    asks: 'u2',
    conf: 'options timeout:1 attempts:1 rotate',
    servers: [good(1)],
  },
  {
    name: 'rotating: the third, whose first server fails',
    gives: '192.0.2.1',
    asks: 'u1 u3',
    conf: 'options timeout:1 attempts:1 rotate',
    servers: [good(1), good(2), servfail],
  },
  {
    name: 'rotating: the fourth',
    gives: '192.0.2.1',
    asks: 'u1',
    conf: 'options timeout:1 attempts:1 rotate',
    servers: [good(1)],
  },
  { name: 'a name with a final dot', gives: '192.0.2.1', asks: 'u1', host: '@.test.', servers: [good(1)] },
  { name: 'an onion', gives: 'no such host', asks: '', host: '@.onion', servers: [good(1)], differs: 'another text' },
];

/** The first label of the name of a case, by which servers know it. */
export function labelOf(row: ResolverCase): string {
  return `c${RESOLVER_CASES.indexOf(row)}`;
}

/** The name that a case looks up. */
export function hostOf(row: ResolverCase): string {
  return (row.host ?? '@.test').replace('@', labelOf(row));
}

/** The lines of resolv.conf of a case. */
export function confOf({ conf = 'options timeout:1 attempts:1' }: ResolverCase): string {
  return conf;
}

/** What the server with this number says to a query, by the label of its name. */
export function scriptOf(number: number, query: Buffer): DnsScript {
  const [label] = lookedUp(query).split('.');
  const row = RESOLVER_CASES.find((one) => labelOf(one) === label);
  return row?.servers?.[number - 1] ?? good(number);
}

export const RESOLVER_CASES: readonly ResolverCase[] = [
  ...RCODES,
  ...ANSWERS,
  ...BROKEN,
  ...DATAGRAMS,
  ...TCP,
  ...BOTH_FAMILIES,
  ...MAPPED,
  ...CONFIGURED,
];
