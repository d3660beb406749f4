import t from 'tap';
import { formatIpBytes, hashIpAddress, parseIpAddress } from '../../src/values/address/ip-address.js';

t.test('addresses are read to bytes', (t) => {
  const rows: readonly (readonly [text: string, family: 4 | 6, hex: string, shown?: string])[] = [
    ['127.0.0.1', 4, '7f000001'],
    ['::', 6, '00000000000000000000000000000000'],
    ['::1', 6, '00000000000000000000000000000001'],
    ['2001:db8::1:0:0:1', 6, '20010db8000000000001000000000001'],
    ['1:2:3:4:5:6:7:8', 6, '00010002000300040005000600070008'],
    ['64:ff9b::192.0.2.1', 6, '0064ff9b0000000000000000c0000201'],
    ['fe80::1%lo', 6, 'fe800000000000000000000000000001'],
    ['::ffff:1.2.3.4', 4, '01020304', '1.2.3.4'],
    ['::ffff:102:304', 4, '01020304', '1.2.3.4'],
  ];
  for (const [text, family, hex, shown = text] of rows) {
    const parsed = parseIpAddress(text);
    t.same(
      [parsed?.family, parsed?.text, Buffer.from(parsed?.bytes ?? []).toString('hex')],
      [family, shown, hex],
      text,
    );
  }
  t.end();
});

t.test('names and odd notations are no addresses', (t) => {
  for (const text of [
    '',
    'localhost',
    '127.1',
    '0127.0.0.1',
    '2130706433',
    '[::1]',
    '1.2.3.4.',
    '::1::',
    '1.2.3.256',
  ]) {
    t.equal(parseIpAddress(text), undefined, `"${text}"`);
  }
  t.end();
});

t.test("the hash is upstream's", (t) => {
  const rows = [
    ['127.0.0.1', 3668918509],
    ['::1', 1751717746],
    ['192.0.2.1', 1969986452],
    ['::ffff:192.0.2.1', 1969986452],
    ['2001:db8::1', 1851458804],
    ['fe80::1', 3766760168],
    ['fe80::1%eth0', 3766760168],
  ] as const;
  for (const [text, hash] of rows) t.equal(hashIpAddress(parseIpAddress(text)?.bytes ?? new Uint8Array()), hash, text);
  t.end();
});

t.test('bytes are written in the short form', (t) => {
  for (const text of [
    '192.0.2.1',
    '::',
    '::1',
    '1::',
    '2001:db8::1:0:0:1',
    '2001:0:0:1::',
    '1:0:3:4:5:6:7:8',
    'fe80::1',
  ]) {
    t.equal(formatIpBytes(parseIpAddress(text)?.bytes ?? new Uint8Array()), text);
  }
  t.equal(formatIpBytes(Uint8Array.of(1, 2, 3)), '?010203');
  t.end();
});
