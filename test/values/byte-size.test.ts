import t from 'tap';
import { formatByteSize, parseByteSize } from '../../src/values/byte-size.js';

const VALID: readonly (readonly [text: string, bytes: number, formatted: string])[] = [
  ['0', 0, '0B'],
  ['1B', 1, '1B'],
  ['1KB', 1024, '1KiB'],
  ['1KiB', 1024, '1KiB'],
  ['1.5MB', 1572864, '1MiB512KiB'],
  ['1MB500KB', 1560576, '1MiB500KiB'],
  ['+1KB', 1024, '1KiB'],
  ['-1MB', -1048576, '-1MiB'],
  ['0.0001KB', 0, '0B'],
  ['7EB', 7 * 2 ** 60, '7EiB'],
  ['8EB', -(2 ** 63), '-8EiB'],
];
for (const [text, bytes, formatted] of VALID) {
  t.test(`reads ${text}`, async (t) => {
    t.equal(parseByteSize(text), bytes);
    t.equal(formatByteSize(bytes), formatted);
  });
}

for (const text of ['', '10', '1kB', '10M', '1K', '1KiB1KB', '1 KB', '1e3KB', '1KB-1KB', '9EB', 'KB', '1iB']) {
  t.test(`refuses "${text}"`, async (t) => {
    t.throws(() => parseByteSize(text));
  });
}
