import { questionOf, uint16, wireName, wireRecord, wireReply, wireString } from '../../helpers/servers/dns-bytes.js';
import {
  address,
  address6,
  andWait,
  BROKEN_ADDRESS,
  byFamily,
  CNAME,
  good,
  later,
  mappedAddress,
  nxdomain,
  opt,
  overTcp,
  PLAIN,
  RECURSIVE,
  type ResolverCase,
  says,
  servfail,
  silence,
  SOA,
} from './resolver-case.js';

export const RCODES: readonly ResolverCase[] = [1, 2, 4, 5, 6, 7, 8, 9, 10, 11, 15].map((rcode) => ({
  name: `response code ${rcode}`,
  gives: '192.0.2.2',
  asks: 'u1 u2',
  servers: [says({ flags: RECURSIVE | rcode })],
}));

/** Which of the addresses is taken is not up to the look-up (resolve-target.test.ts). */
export const MAPPED: readonly ResolverCase[] = (['ip6', 'either'] as const).flatMap((family) => {
  const row = (name: string, gives: string, six: readonly Buffer[], four: readonly Buffer[] = []): ResolverCase => ({
    ...{ name: `an IPv4-mapped address ${name}, ${family}`, gives, family },
    asks: family === 'ip6' ? 'u1' : 'u1 u1',
    servers: [byFamily(says({ answer: four }), later(says({ answer: six })))],
  });
  const mapped = '::ffff:c000:209';
  return [
    row('alone', mapped, [mappedAddress(9)]),
    row('beside A', mapped, [mappedAddress(9)], [address(1)]),
    row('before another', mapped, [mappedAddress(9), address6(1)], [address(1)]),
    row('behind another', '2001:db8::1', [address6(1), mappedAddress(9)], [address(1)]),
  ];
});

export const ANSWERS: readonly ResolverCase[] = [
  { name: 'an address', gives: '192.0.2.1', asks: 'u1', servers: [good(1)] },
  { name: 'an IPv6 address', gives: '2001:db8::1', asks: 'u1', servers: [good(1)], family: 'ip6' },
  { name: 'no such name', gives: 'no such host', asks: 'u1', servers: [nxdomain] },
  {
    name: 'no such name, and answers',
    gives: 'no such host',
    asks: 'u1',
    servers: [says({ flags: RECURSIVE | 3, answer: [address(1)] })],
  },
  { name: 'no data', gives: 'no such host', asks: 'u1', servers: [says({ authority: [SOA] })] },
  { name: 'no data, of an authority', gives: 'no such host', asks: 'u1', servers: [says({ flags: 0x8500 })] },
  { name: 'no data and no authority', gives: 'no such host', asks: 'u1', servers: [says({})] },
  { name: 'a lame referral', gives: '192.0.2.2', asks: 'u1 u2', servers: [says({ flags: PLAIN })] },
  {
    name: 'a referral with an authority',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [says({ flags: PLAIN, authority: [SOA] })],
  },
  {
    name: 'a referral with OPT',
    gives: 'no such host',
    asks: 'u1',
    servers: [says({ flags: PLAIN, additional: [opt()] })],
  },
  {
    name: 'a referral with glue',
    gives: 'no such host',
    asks: 'u1',
    servers: [says({ flags: PLAIN, additional: [address(9)] })],
  },
  {
    name: 'an answer of a server that asks nobody',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [says({ flags: PLAIN, answer: [address(1)] })],
  },
  {
    name: 'an extended response code',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [says({ answer: [address(1)], additional: [opt(0x01000000)] })],
  },
  {
    name: 'an extended NXDOMAIN',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [says({ flags: RECURSIVE | 3, additional: [opt(0x01000000)] })],
  },
  {
    name: 'two OPT records',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [says({ answer: [address(1)], additional: [opt(), opt(0x01000000)] })],
  },
  { name: 'an alias and an address', gives: '192.0.2.1', asks: 'u1', servers: [says({ answer: [CNAME, address(1)] })] },
  { name: 'an alias of nothing', gives: 'no such host', asks: 'u1', servers: [says({ answer: [CNAME] })] },
  {
    name: 'an alias with another',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [says({ answer: [CNAME, CNAME, CNAME, address(1), address(9)] })],
  },
  {
    name: 'the address of another name',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [
      says({ answer: [wireRecord({ owner: wireName('other.test'), type: 1, rdata: Buffer.of(192, 0, 2, 1) })] }),
    ],
  },
  {
    name: 'an address of another family',
    gives: 'no such host',
    asks: 'u1',
    servers: [says({ answer: [address6(1)] })],
  },
  {
    name: 'an address of another class',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [says({ answer: [wireRecord({ type: 1, class: 3, rdata: Buffer.of(192, 0, 2, 1) })] })],
  },
  {
    name: 'a thousand records',
    gives: '192.0.2.1',
    asks: 't1 u1',
    servers: [
      (query, transport) =>
        overTcp(says({ answer: [...Array<Buffer>(1000).fill(CNAME), address(1)] }))(query, transport),
    ],
  },
  {
    name: 'octets behind the end',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [says({ answer: [address(1)], trailer: Buffer.from('zzz') })],
  },
  { name: 'silence', gives: '192.0.2.2', asks: 'u1 u2', servers: [silence] },
  { name: 'silence of all', gives: 'i/o timeout', asks: 'u1 u2 u3', servers: [silence, silence, silence] },
  {
    name: 'failures of all',
    gives: 'lame referral',
    asks: 'u1 u2 u3',
    servers: [servfail, says({ flags: RECURSIVE | 5 }), says({ flags: PLAIN })],
  },
];

const owned = (owner: Buffer): ReturnType<typeof says> =>
  says({ answer: [wireRecord({ owner, type: 1, rdata: Buffer.of(192, 0, 2, 1) })] });

/** Records of which each begins with a pointer to the one before, the first with one to the question. */
function pointers(query: Buffer, count: number): Buffer[] {
  const records: Buffer[] = [];
  for (
    let at = 12;
    records.length < count;
    at = 12 + questionOf(query).length + Buffer.concat(records.slice(0, -1)).length
  ) {
    records.push(wireRecord({ owner: uint16(0xc000 | at), type: 16, rdata: Buffer.of(0) }));
  }
  return [...records, address(1)];
}

export const BROKEN: readonly ResolverCase[] = [
  {
    name: 'a header alone',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [(query) => andWait([wireReply(query, { flags: RECURSIVE }).subarray(0, 12)])],
  },
  {
    name: 'no question',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [
      (query) => andWait([wireReply(query, { flags: RECURSIVE, question: Buffer.alloc(0), answer: [address(1)] })]),
    ],
  },
  {
    name: 'two questions',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [
      (query) => [
        wireReply(query, { question: Buffer.concat([questionOf(query), questionOf(query)]), counts: [2, 0, 0, 0] }),
      ],
    ],
  },
  { name: 'answers that are not there', gives: '192.0.2.2', asks: 'u1 u2', servers: [says({ counts: [1, 1, 0, 0] })] },
  {
    name: 'fewer answers than announced',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [says({ answer: [address(1)], counts: [1, 5, 0, 0] })],
  },
  {
    name: 'aliases, and fewer answers than announced',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [says({ answer: [CNAME], counts: [1, 5, 0, 0] })],
  },
  {
    name: 'cut in the address',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [(query) => [wireReply(query, { flags: RECURSIVE, answer: [address(1)] }).subarray(0, -2)]],
    differs: BROKEN_ADDRESS,
  },
  {
    name: 'cut in the owner',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [(query) => [wireReply(query, { flags: RECURSIVE, answer: [address(1)] }).subarray(0, -15)]],
  },
  {
    name: 'an owner that leads to itself',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [
      (query, transport) => {
        const owner = Buffer.of(0xc0, 12 + questionOf(query).length);
        return says({ answer: [wireRecord({ owner, type: 1, rdata: Buffer.of(192, 0, 2, 1) })] })(query, transport);
      },
    ],
  },
  {
    name: 'an owner that leads behind the end',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [says({ answer: [wireRecord({ owner: Buffer.of(0xc1, 255), type: 1, rdata: Buffer.of(192, 0, 2, 1) })] })],
  },
  {
    name: 'an owner with a reserved label',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [says({ answer: [wireRecord({ owner: Buffer.of(0x80, 0), type: 1, rdata: Buffer.of(192, 0, 2, 1) })] })],
  },
  {
    name: 'an owner with a dot in a label',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [owned(Buffer.concat([wireString('a.test'), Buffer.of(0)]))],
  },
  {
    name: 'an owner of 255 octets',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [owned(wireName(`${'x'.repeat(63)}.`.repeat(3) + 'y'.repeat(61)))],
  },
  {
    name: 'an owner of 256 octets',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [owned(wireName(`${'x'.repeat(63)}.`.repeat(3) + 'y'.repeat(62)))],
  },
  {
    name: 'an owner of 10 pointers',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [(query, transport) => says({ answer: pointers(query, 10) })(query, transport)],
  },
  {
    name: 'an owner of 11 pointers',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [(query, transport) => says({ answer: pointers(query, 11) })(query, transport)],
  },
  {
    name: 'two questions, truncated',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [
      (query) => {
        const question = Buffer.concat([questionOf(query), questionOf(query)]);
        return [wireReply(query, { flags: RECURSIVE | 0x200, question, counts: [2, 0, 0, 0] })];
      },
    ],
  },
  {
    name: 'a broken record before the address',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [says({ answer: [wireRecord({ owner: Buffer.of(0x80, 0), type: 5, rdata: Buffer.of(0) }), address(1)] })],
  },
  {
    name: 'a broken record behind the address',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [says({ answer: [address(1), Buffer.of(0x80, 0)], counts: [1, 2, 0, 0] })],
  },
  {
    name: 'a broken authority',
    gives: '192.0.2.1',
    asks: 'u1',
    servers: [says({ answer: [address(1)], authority: [Buffer.of(0x80)] })],
  },
  {
    name: 'a broken authority, and nothing',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [says({ flags: PLAIN, authority: [Buffer.of(0x80)], additional: [opt()] })],
  },
  {
    name: 'an address that is too short',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [says({ answer: [wireRecord({ type: 1, rdata: Buffer.of(192, 0) })] })],
    differs: BROKEN_ADDRESS,
  },
  {
    name: 'an address that is too long',
    gives: '192.0.2.2',
    asks: 'u1 u2',
    servers: [says({ answer: [wireRecord({ type: 1, rdata: Buffer.of(192, 0, 2, 1, 9) })] })],
    differs: BROKEN_ADDRESS,
  },
];
