import t from 'tap';
import { fnv1a } from '../../../src/values/codec/fnv1a.js';

// Published test vectors (RFC 9923).
const rows: readonly (readonly [string, number])[] = [
  ['', 0x811c9dc5],
  ['a', 0xe40c292c],
  ['foobar', 0xbf9cf968],
];

for (const [text, hash] of rows) {
  void t.test(`FNV-1a of "${text}"`, (t) => {
    t.equal(fnv1a(Buffer.from(text)), hash);
    t.end();
  });
}
