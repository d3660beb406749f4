import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { crc32c } from '../../../src/values/codec/crc32c.js';
import { decodeSnappyBlock } from '../../../src/values/codec/snappy-block.js';
import { decodeSnappyStream, SnappyLimitError } from '../../../src/values/codec/snappy-stream.js';
import { REPOSITORY } from '../../helpers/peer.js';

const bytes = (hex: string): Buffer => Buffer.from(hex.replaceAll(' ', ''), 'hex');
const LIMIT = { limitBytes: 1_000_000 };
const IDENTIFIER = 'ff 06 00 00 73 4e 61 50 70 59';
/** `a 1\n`, not compressed, behind its checksum. */
const CHUNK = '01 08 00 00 af 4c 19 8a 61 20 31 0a';

t.test('checksums (RFC 3720, appendix B.4)', async (t) => {
  t.equal(crc32c(Buffer.alloc(32)), 0x8a9136aa);
  t.equal(crc32c(Buffer.alloc(32, 0xff)), 0x62a8ab43);
  t.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});

t.test('bodies that another encoder has made', async (t) => {
  const lines = Array.from({ length: 12 }, (_unused, index) => {
    return `http_requests_total{code="${200 + index}",method="get"} ${index * index}\n`;
  }).join('');
  // The frame encoder of Rust's `snap`.
  const encoded =
    '/wYAAHNOYVBwWQCsAADxOKQGvgS4aHR0cF9yZXF1ZXN0c190b3RhbHtjb2RlPSIyMDAiLG1ldGhvZD0iZ2V0In0gMApuLwAAMT4vAAQxCm4vAAAyPi8AADRyLwAAMz4vAAA5ci8AADQ+LwAEMTZyMAAANT4wAAQyNXIwAAA2PjAAADN2YAAANz4wAAA0dsAAADg+MAAANnYfAQA5PjAAADhyfgEAMULcAQQxMHLeAQQxMT5hAAwxMjEK';
  t.equal(decodeSnappyStream(Buffer.from(encoded, 'base64'), LIMIT).toString(), lines);
  const repeated = readFileSync(join(REPOSITORY, 'test/fixtures/repeated-line.sz'));
  t.equal(decodeSnappyStream(repeated, LIMIT).toString(), 'a{b="c"} 1\n'.repeat(20_000), 'four chunks');
});

t.test('frames', async (t) => {
  const rows: readonly (readonly [name: string, hex: string, text: string])[] = [
    ['nothing', '', ''],
    ['an identifier alone', IDENTIFIER, ''],
    ['a chunk', IDENTIFIER + CHUNK, 'a 1\n'],
    ['an identifier in between, as streams are joined', IDENTIFIER + CHUNK + IDENTIFIER + CHUNK, 'a 1\na 1\n'],
    [
      'padding and what may be passed over',
      `${IDENTIFIER} fe 02 00 00 00 00 80 01 00 00 ff ${CHUNK} fd 00 00 00`,
      'a 1\n',
    ],
  ];
  for (const [name, hex, text] of rows) t.equal(decodeSnappyStream(bytes(hex), LIMIT).toString(), text, name);
});

t.test('refused', async (t) => {
  const corrupt = 'snappy: corrupt input';
  const unsupported = 'snappy: unsupported input';
  const rows: readonly (readonly [name: string, body: Buffer, message: string])[] = [
    ['a text', Buffer.from('a 1\n'), corrupt],
    ['no identifier', bytes(CHUNK), corrupt],
    ['an identifier that is none', bytes('ff 06 00 00 73 4e 61 50 70 58'), corrupt],
    ['an identifier that is too long', bytes('ff 07 00 00 73 4e 61 50 70 59 00'), corrupt],
    ['a header that is cut', bytes(`${IDENTIFIER} 01 08`), corrupt],
    ['a chunk that is cut', bytes((IDENTIFIER + CHUNK).slice(0, -3)), corrupt],
    ['a chunk without a checksum', bytes(`${IDENTIFIER} 01 03 00 00 01 02 03`), corrupt],
    ['another checksum', bytes(`${IDENTIFIER} 01 08 00 00 ae 4c 19 8a 61 20 31 0a`), corrupt],
    ['compressed, with another checksum', bytes(`${IDENTIFIER} 00 07 00 00 00 00 00 00 01 00 61`), corrupt],
    ['a kind of chunk that nobody knows', bytes(`${IDENTIFIER} 02 00 00 00`), unsupported],
    [
      'a chunk that is too long',
      Buffer.concat([bytes(`${IDENTIFIER} fe cf 2a 01`), Buffer.alloc(76_495)]),
      unsupported,
    ],
    ['too much in a chunk', Buffer.concat([bytes(`${IDENTIFIER} 01 05 00 01`), Buffer.alloc(65_541)]), corrupt],
  ];
  for (const [name, body, message] of rows) t.throws(() => decodeSnappyStream(body, LIMIT), { message }, name);
});

t.test('blocks', async (t) => {
  const decode = (hex: string): string => decodeSnappyBlock(bytes(hex), 1000).toString();
  const rows: readonly (readonly [name: string, hex: string, text: string | undefined])[] = [
    ['empty', '00', ''],
    ['a literal', '03 08 61 62 63', 'abc'],
    ['a literal whose length follows', '03 f0 02 61 62 63', 'abc'],
    ['a literal whose length follows in four bytes', '03 fc 02 00 00 00 61 62 63', 'abc'],
    ['a copy, one byte of offset', '07 08 61 62 63 01 03', 'abcabca'],
    ['a copy over itself', '05 00 61 01 01', 'aaaaa'],
    ['a copy, two bytes of offset', '06 08 61 62 63 0a 03 00', 'abcabc'],
    ['a copy, four bytes of offset', '06 08 61 62 63 0b 03 00 00 00', 'abcabc'],
    ['no length', '', undefined],
    ['a length that is cut', '80', undefined],
    ['a length above 32 bits', 'ff ff ff ff 1f', undefined],
    ['a length above the limit', 'e9 07', undefined],
    ['less than was said', '04 08 61 62 63', undefined],
    ['more than was said', '02 08 61 62 63', undefined],
    ['a literal that is cut', '03 08 61 62', undefined],
    ['the length of a literal that is cut', '03 f4 02', undefined],
    ['a copy from before the begin', '07 08 61 62 63 01 04', undefined],
    ['a copy of nothing', '07 08 61 62 63 01 00', undefined],
    ['an offset that is cut', '06 08 61 62 63 0a 03', undefined],
    ['a copy of more than was said', '05 08 61 62 63 01 03', undefined],
  ];
  for (const [name, hex, text] of rows) {
    if (text !== undefined) t.equal(decode(hex), text, name);
    else t.throws(() => decode(hex), { message: 'snappy: corrupt input' }, name);
  }
});

t.test('a bomb stops at the limit', async (t) => {
  const body = readFileSync(join(REPOSITORY, 'test/fixtures/repeated-line.sz'));
  t.equal(decodeSnappyStream(body, { limitBytes: 220_000 }).length, 220_000);
  t.throws(
    () => decodeSnappyStream(body, { limitBytes: 219_999 }),
    new SnappyLimitError('snappy: content is larger than 219999 bytes'),
  );
});
