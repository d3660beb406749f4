import dnsPacket from 'dns-packet';
import t from 'tap';
import { WireError } from '../../../src/net/dns/dns-format.js';
import { encodeName, encodeQuery, withId } from '../../../src/net/dns/dns-query.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');

t.test('names on the wire', (t) => {
  const rows: readonly [name: string, text: string, hex: string][] = [
    ['root, empty', '', '00'],
    ['root', '.', '00'],
    ['relative', 'a.test', '0161047465737400'],
    ['absolute', 'a.test.', '0161047465737400'],
    ['letter case is kept', 'A.Test', '0141045465737400'],
    ['a dot in a label', 'a\\.b.test', '03612e62047465737400'],
    ['a decimal escape', 'a\\032b', '0361206200'],
    ['a decimal escape beyond a byte', '\\300', '012c00'],
    ['an escaped letter', '\\a', '016100'],
    ['two digits are no decimal escape', '\\12', '02313200'],
    ['an escaped dot at the end', 'a\\.', '02612e00'],
    ['UTF-8', 'ä.test', '02c3a4047465737400'],
  ];
  for (const [name, text, hex] of rows) t.equal(encodeName(bytes(text)).toString('hex'), hex, name);
  t.end();
});

t.test('names that are none', (t) => {
  const rows = ['a..b', '.a', '..', 'a\\', `${'a'.repeat(64)}.test`, `${'abc.'.repeat(64)}x`];
  for (const text of rows) t.throws(() => encodeName(bytes(text)), WireError, text.slice(0, 20));
  t.equal(encodeName(bytes(`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(61)}`)).length, 255);
  t.end();
});

t.test('a plain query, as another codec reads it', (t) => {
  const query = withId(encodeQuery({ name: bytes('x.test'), type: 28, class: 3, recursionDesired: true }), 4711);
  const read = dnsPacket.decode(query.bytes);
  t.equal(read.id, 4711);
  t.equal(read.type, 'query');
  t.equal(read.flags, dnsPacket.RECURSION_DESIRED);
  t.match(read.questions, [{ name: 'x.test', type: 'AAAA', class: 'CH' }]);
  t.strictSame(read.additionals, []);
  const bare = { name: bytes('x'), type: 1, class: 1, recursionDesired: false };
  t.equal(encodeQuery(bare).bytes.readUInt16BE(2), 0);
  t.equal(encodeQuery({ ...bare, authenticData: true }).bytes.readUInt16BE(2), dnsPacket.AUTHENTIC_DATA);
  t.end();
});

t.test('EDNS, as another codec reads it', (t) => {
  const edns = {
    udpSizeBytes: 1400,
    dnssecOk: true,
    nsid: true,
    clientSubnet: { family: 4 as const, bytes: Uint8Array.of(192, 0, 2, 255), prefixBits: 25 },
  };
  const read = dnsPacket.decode(
    encodeQuery({ name: bytes('x'), type: 1, class: 1, recursionDesired: true, edns }).bytes,
  );
  t.match(read.additionals?.[0], {
    type: 'OPT',
    udpPayloadSize: 1400,
    flag_do: true,
    options: [{ type: 'NSID' }, { type: 'CLIENT_SUBNET', family: 1, sourcePrefixLength: 25, ip: '192.0.2.128' }],
  });
  t.end();
});

t.test('client subnets say no more than they have to', (t) => {
  const rows: readonly [prefixBits: number, family: 4 | 6, address: number[], data: string][] = [
    [0, 4, [192, 0, 2, 1], '00010000'],
    [8, 4, [192, 0, 2, 1], '00010800c0'],
    [20, 4, [192, 0, 255, 1], '00011400c000f0'],
    [32, 4, [192, 0, 2, 1], '00012000c0000201'],
    [33, 6, [0x20, 1, 0x0d, 0xb8, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], '0002210020010db880'],
  ];
  for (const [prefixBits, family, address, data] of rows) {
    const edns = {
      udpSizeBytes: 512,
      dnssecOk: false,
      nsid: false,
      clientSubnet: { family, bytes: Uint8Array.from(address), prefixBits },
    };
    const query = encodeQuery({ name: bytes(''), type: 1, class: 1, recursionDesired: true, edns });
    t.ok(query.bytes.toString('hex').endsWith(`${(data.length / 2).toString(16).padStart(4, '0')}${data}`), data);
  }
  t.end();
});
