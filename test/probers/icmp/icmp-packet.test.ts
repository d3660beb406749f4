import t from 'tap';
import {
  buildEchoRequest,
  checksum,
  parseEchoReply,
  parseQuotedRequest,
  type ReceivedFrom,
} from '../../../src/probers/icmp/icmp-packet.js';

const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex');
const DATAGRAM4 = { family: 4, raw: false } as const;
const RAW4 = { family: 4, raw: true } as const;
const RAW6 = { family: 6, raw: true } as const;

t.test('requests', async (t) => {
  const v4 = buildEchoRequest({ family: 4, id: 0x1234, sequence: 0xfffe, data: Buffer.from('abc') });
  t.same(v4, hex('08 00 216a 1234 fffe 616263'), 'IPv4, an odd number of bytes');
  t.equal(checksum(v4), 0, 'its checksum is right');
  const v6 = buildEchoRequest({ family: 6, id: 1, sequence: 2, data: new Uint8Array() });
  t.same(v6, hex('80 00 0000 0001 0002'), 'IPv6, the checksum is left to the kernel');
});

t.test('checksums', async (t) => {
  t.equal(checksum(hex('0001f203f4f5f6f7')), 0x220d, 'the example of RFC 1071');
  t.equal(checksum(hex('')), 0xffff);
  t.equal(checksum(Buffer.alloc(65_535, 0xff)), 0x00ff, 'the longest packet');
});

const IP_HEADER = '45 00 0020 0000 4000 40 01 0000 7f000001 7f000001';

t.test('replies', async (t) => {
  const reply = { id: 0x1234, sequence: 7, data: hex('6162') };
  t.same(parseEchoReply(hex('00 00 8c90 1234 0007 6162'), DATAGRAM4), reply, 'of a datagram socket');
  t.same(parseEchoReply(hex('00 00 0000 1234 0007 6162'), DATAGRAM4), reply, 'whose checksum the kernel has seen to');
  t.same(parseEchoReply(hex(`${IP_HEADER} 00 00 8c62 1234 0007 6162`), RAW4), reply, 'of a raw socket');
  t.same(parseEchoReply(hex('81 00 0000 1234 0007 6162'), RAW6), reply, 'of IPv6');
});

const NO_REPLIES: readonly (readonly [string, string, ReceivedFrom])[] = [
  ['nothing', '', DATAGRAM4],
  ['half a header', '00 00 8c90 1234', DATAGRAM4],
  ['a request', '08 00 8490 1234 0007 6162', DATAGRAM4],
  ['a reply with a code', '00 01 8c90 1234 0007', DATAGRAM4],
  ['a reply of the other family', '00 00 8c90 1234 0007', RAW6],
  ['an error', '03 01 0000 1234 0007', DATAGRAM4],
  ['half an IP header', '45 00 0020', RAW4],
  ['an IP header that is longer than the packet', `4f ${IP_HEADER.slice(3)} 00 00 8c62 1234 0007 6162`, RAW4],
  ['an IP header that is too short to be one', `41 ${IP_HEADER.slice(3)} 00 00 8c62 1234 0007 6162`, RAW4],
  ['another IP version', `65 ${IP_HEADER.slice(3)} 00 00 8c62 1234 0007 6162`, RAW4],
  ['an IP header alone', IP_HEADER, RAW4],
  ['a wrong checksum', `${IP_HEADER} 00 00 8c63 1234 0007 6162`, RAW4],
];

t.test('what is no reply', async (t) => {
  for (const [name, bytes, from] of NO_REPLIES) t.equal(parseEchoReply(hex(bytes), from), undefined, name);
});

t.test('quoted requests', async (t) => {
  t.same(parseQuotedRequest(hex('08 00 0000 1234 0007'), 4), { id: 0x1234, sequence: 7 });
  t.same(parseQuotedRequest(hex('80 00 0000 1234 0007 61'), 6), { id: 0x1234, sequence: 7 });
  t.equal(parseQuotedRequest(hex('00 00 0000 1234 0007'), 4), undefined, 'a reply');
  t.equal(parseQuotedRequest(hex('80 00 0000 1234 0007'), 4), undefined, 'the other family');
  t.equal(parseQuotedRequest(hex('08 00 0000 1234'), 4), undefined, 'cut short');
});

t.test('whatever bytes come, a reply is what was sent, or nothing', async (t) => {
  // A linear congruential generator: the same bytes in every run.
  let state = 1;
  const random = (below: number): number => (state = (state * 48271) % 2147483647) % below;
  const sources = [DATAGRAM4, RAW4, RAW6, { family: 6, raw: false }] as const;
  let replies = 0;
  for (let round = 0; round < 20_000; round++) {
    const from = sources[random(4)] ?? DATAGRAM4;
    const bytes = Uint8Array.from({ length: 2 + random(48) }, () => random(256));
    // Without a helping hand hardly any of them would get past the first byte.
    if (random(2) === 0) bytes.set(from.family === 4 ? (from.raw ? [0x45] : [0, 0]) : [129, 0]);
    const reply = parseEchoReply(bytes, from);
    parseQuotedRequest(bytes, from.family);
    if (reply === undefined) continue;
    replies++;
    const fits = reply.data.length <= bytes.length - 8 && reply.id <= 0xffff && reply.sequence <= 0xffff;
    if (!fits) t.fail(`a reply that is more than the packet: ${Buffer.from(bytes).toString('hex')}`);
  }
  t.ok(replies > 1000, 'some were replies');
});
