import { randomBytes } from 'node:crypto';
import t from 'tap';
import { decodeSnappyBlock } from '../../../src/values/codec/snappy-block.js';
import { encodeSnappyBlock } from '../../../src/values/codec/snappy-encoder.js';

t.test('what is encoded decodes to what it was', (t) => {
  const text = Buffer.from('probe_success{instance="https://a.example",module="http_2xx"} 1\n');
  const rows: readonly (readonly [name: string, bytes: Buffer])[] = [
    ['nothing', Buffer.alloc(0)],
    ['one byte', Buffer.from('a')],
    ['three bytes', Buffer.from('abc')],
    ['a run', Buffer.alloc(100_000, 'x')],
    ['text that repeats', Buffer.concat(Array.from({ length: 5000 }, () => text))],
    ['bytes of chance', randomBytes(200_000)],
    ...[59, 60, 61, 255, 256, 257, 65_535, 65_536, 65_537].map((size) => [`${size} bytes`, randomBytes(size)] as const),
    ['zeros in between', Buffer.concat([randomBytes(70_000), Buffer.alloc(70_000), randomBytes(9)])],
  ];
  for (const [name, bytes] of rows) {
    const encoded = encodeSnappyBlock(bytes);
    t.ok(decodeSnappyBlock(encoded, bytes.length).equals(bytes), name);
    t.ok(encoded.length <= bytes.length + bytes.length / 6 + 32, `${name}: ${encoded.length}`);
  }
  const repeated = encodeSnappyBlock(rows[4]?.[1] ?? text);
  t.ok(repeated.length < (text.length * 5000) / 10, `${repeated.length} bytes`);
  t.end();
});
