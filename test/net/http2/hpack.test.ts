import t from 'tap';
import { HpackDecoder } from '../../../src/net/http2/hpack-decoder.js';
import { encodeFields, type Field } from '../../../src/net/http2/hpack-encoder.js';
import { HpackError, HpackReader } from '../../../src/net/http2/hpack-reader.js';
import { decodeHuffman } from '../../../src/net/http2/huffman.js';
import { huffmanCodes } from '../../../src/net/http2/huffman-code.js';

function decodeAll(decoder: HpackDecoder, hex: string): Field[] {
  const fields: Field[] = [];
  decoder.decode(Buffer.from(hex, 'hex'), (name, value) => void fields.push([name, value]));
  return fields;
}

const FIRST_REQUEST: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'http'],
  [':path', '/'],
  [':authority', 'www.example.com'],
];
const SECOND_REQUEST: readonly Field[] = [...FIRST_REQUEST, ['cache-control', 'no-cache']];
const THIRD_REQUEST: readonly Field[] = [
  [':method', 'GET'],
  [':scheme', 'https'],
  [':path', '/index.html'],
  [':authority', 'www.example.com'],
  ['custom-key', 'custom-value'],
];
const responseOf = (status: string, second: number, ...more: readonly Field[]): readonly Field[] => [
  [':status', status],
  ['cache-control', 'private'],
  ['date', `Mon, 21 Oct 2013 20:13:${second} GMT`],
  ['location', 'https://www.example.com'],
  ...more,
];
const RESPONSES = [
  responseOf('302', 21),
  responseOf('307', 21),
  responseOf(
    '200',
    22,
    ['content-encoding', 'gzip'],
    ['set-cookie', 'foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1'],
  ),
] as const;

/**
 * The sections of appendix C that are decoded one after another; a table of 256 octets is announced first where the RFC
 * assumes it.
 */
const SECTIONS: readonly (readonly [
  name: string,
  blocks: readonly (readonly [hex: string, fields: readonly Field[]])[],
])[] = [
  ['C.2.1', [['400a637573746f6d2d6b65790d637573746f6d2d686561646572', [['custom-key', 'custom-header']]]]],
  ['C.2.2', [['040c2f73616d706c652f70617468', [[':path', '/sample/path']]]]],
  ['C.2.3', [['100870617373776f726406736563726574', [['password', 'secret']]]]],
  ['C.2.4', [['82', [[':method', 'GET']]]]],
  [
    'C.3',
    [
      ['828684410f7777772e6578616d706c652e636f6d', FIRST_REQUEST],
      ['828684be58086e6f2d6361636865', SECOND_REQUEST],
      ['828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565', THIRD_REQUEST],
    ],
  ],
  [
    'C.4',
    [
      ['828684418cf1e3c2e5f23a6ba0ab90f4ff', FIRST_REQUEST],
      ['828684be5886a8eb10649cbf', SECOND_REQUEST],
      ['828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf', THIRD_REQUEST],
    ],
  ],
  [
    'C.5',
    [
      [
        '3fe1014803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f2f7777772e6578616d706c652e636f6d',
        RESPONSES[0],
      ],
      ['4803333037c1c0bf', RESPONSES[1]],
      [
        '88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31',
        RESPONSES[2],
      ],
    ],
  ],
  [
    'C.6',
    [
      [
        '3fe101488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3',
        RESPONSES[0],
      ],
      ['4883640effc1c0bf', RESPONSES[1]],
      [
        '88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af27087f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007',
        RESPONSES[2],
      ],
    ],
  ],
];

t.test('RFC 7541 appendix C', async (t) => {
  for (const [name, blocks] of SECTIONS) {
    const decoder = new HpackDecoder();
    for (const [index, [hex, fields]] of blocks.entries())
      t.same(decodeAll(decoder, hex), fields, `${name}.${index + 1}`);
  }
  t.equal(new HpackReader(Buffer.from('ea', 'hex')).integer(5), 10, 'C.1.1');
  t.equal(new HpackReader(Buffer.from('1f9a0a', 'hex')).integer(5), 1337, 'C.1.2');
  t.equal(new HpackReader(Buffer.from('2a', 'hex')).integer(8), 42, 'C.1.3');
});

t.test('what is left out of the table is gone', async (t) => {
  const decoder = new HpackDecoder();
  for (const [hex] of SECTIONS.find(([name]) => name === 'C.5')?.[1] ?? []) decodeAll(decoder, hex);
  // The table holds three fields of 215 octets in all: the fourth was evicted.
  t.same(decodeAll(decoder, 'c0'), [['date', 'Mon, 21 Oct 2013 20:13:22 GMT']]);
  t.throws(() => decodeAll(decoder, 'c1'), HpackError);
});

/** name, block, what the error says. */
const BROKEN: readonly (readonly [string, string, RegExp])[] = [
  ['index 0', '80', /index 0/],
  ['index beyond both tables', 'be', /index 62/],
  ['name index beyond both tables', '7e0161', /index 62/],
  ['a block that ends within an integer', 'ff', /ends within a field/],
  ['a block that ends before the value', '0001', /longer than its header block/],
  ['a string longer than its block', '000561', /longer than its header block/],
  ['an integer without end', 'ff8080808080808080808000', /too large/],
  ['a table larger than announced', '3fe21f', /header table of 4097 bytes/],
  ['a third change of the size', '20202082', /too often/],
  ['a change of the size within a block', '8220', /within a block/],
  ['Huffman: EOS', '000161' + '84ffffffff', /Huffman/],
  ['Huffman: padding of zeros', '000161' + '8118', /Huffman/],
  ['Huffman: padding of an octet', '000161' + '821fff', /Huffman/],
];

t.test('blocks that are no HPACK', async (t) => {
  for (const [name, hex, text] of BROKEN)
    t.throws(() => decodeAll(new HpackDecoder(), hex), { name: 'HpackError', message: text }, name);
});

t.test('a field larger than the table empties it, and is none the less given', async (t) => {
  const decoder = new HpackDecoder();
  decodeAll(decoder, '400161' + '0162');
  const long = 'x'.repeat(4096);
  const [field] = decodeAll(decoder, '400161' + '7f811f' + Buffer.from(long).toString('hex'));
  t.equal(field?.[1], long);
  t.throws(() => decodeAll(decoder, 'be'), HpackError);
});

t.test('the table goes round its ring', async (t) => {
  const decoder = new HpackDecoder();
  for (let count = 0; count < 1000; count++) {
    const value = String(count).padStart(4, '0');
    decodeAll(decoder, `40016104${Buffer.from(value).toString('hex')}`);
    if (decodeAll(decoder, 'be')[0]?.[1] !== value) t.fail(`the newest is not ${value}`);
  }
  // 4096 / (1 + 4 + 32): 110 fields.
  t.same(decodeAll(decoder, 'ff2c'), [['a', '0890']], 'the oldest');
  t.throws(() => decodeAll(decoder, 'ff2d'), HpackError, 'the one before');
});

t.test('the Huffman code of every octet', async (t) => {
  for (const { symbol, bits, length } of huffmanCodes()) {
    if (symbol > 255) continue;
    const octets = Math.ceil(length / 8);
    const padding = octets * 8 - length;
    const padded = (BigInt(bits) << BigInt(padding)) | ((1n << BigInt(padding)) - 1n);
    const bytes = Buffer.from(padded.toString(16).padStart(octets * 2, '0'), 'hex');
    const into = Buffer.alloc(8);
    t.equal(decodeHuffman(bytes, 0, bytes.length, into), 1, `one octet: ${symbol}`);
    t.equal(into[0], symbol);
  }
});

t.test('what is encoded is decoded', async (t) => {
  const fields: readonly Field[] = [
    [':method', 'GET'],
    [':authority', 'example.com:8443'],
    [':path', `/${'long'.repeat(10_000)}`],
    ['x-café', 'größer'],
    ['authorization', 'Bearer secret'],
    ['x-empty', ''],
  ];
  const bytes = encodeFields(fields);
  t.same(decodeAll(new HpackDecoder(), bytes.toString('hex')), fields);
  const credentials = encodeFields([['authorization', 'Bearer secret']]);
  t.equal((credentials[0] ?? 0) & 0xf0, 0x10, 'credentials are never indexed');
});

t.test('a long string is decoded in steps', async (t) => {
  // Five zero bits are the code of "0"; the length is an integer of 7 bits and its rest.
  const length = 100_000;
  const rest = length - 0x7f;
  const head = Buffer.of(0, 1, 0x61, 0xff, (rest & 0x7f) | 0x80, ((rest >> 7) & 0x7f) | 0x80, rest >> 14);
  const block = Buffer.concat([head, Buffer.alloc(length), Buffer.of(0x82)]);
  const fields: Field[] = [];
  const steps = new HpackDecoder().steps(block, (name, value) => void fields.push([name, value]));
  let count = 0;
  while (steps.next().done !== true) count++;
  t.strictSame(fields, [
    ['a', '0'.repeat((length / 5) * 8)],
    [':method', 'GET'],
  ]);
  t.ok(count > length / (16 * 1024), `${count} steps`);
  const broken = Buffer.concat([head, Buffer.alloc(length, 0xff)]);
  t.throws(() => [...new HpackDecoder().steps(broken, () => undefined)], HpackError);
});

t.test('octets that are no UTF-8 are kept in a location alone, coded or not', async (t) => {
  const exact: readonly Field[] = [
    ['location', '/\udce9\udcf0é'],
    ['x-a', '/\udce9é'],
  ];
  const block = encodeFields(exact);
  t.ok(block.includes(Buffer.from([0x2f, 0xe9, 0xf0, 0xc3, 0xa9])), 'they are written as they are');
  const read: readonly Field[] = [
    ['location', '/\udce9\udcf0é'],
    ['x-a', '/\ufffdé'],
  ];
  t.same(decodeAll(new HpackDecoder(), block.toString('hex')), read);
  // Six and 22 bits, and ones to the end.
  const bits = `${codeOf(0x2f)}${codeOf(0xe9)}`.padEnd(32, '1');
  const coded = Number(`0b${bits}`).toString(16).padStart(8, '0');
  // A location, never indexed, and one that is.
  for (const start of ['1f1f', '6e']) {
    t.same(decodeAll(new HpackDecoder(), `${start}84${coded}`), [['location', '/\udce9']], start);
  }
});

/** The code of an octet, as ones and zeros. */
function codeOf(octet: number): string {
  const found = huffmanCodes().find(({ symbol }) => symbol === octet);
  return found === undefined ? '' : found.bits.toString(2).padStart(found.length, '0');
}
