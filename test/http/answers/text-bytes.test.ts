import t from 'tap';
import { TextBytes } from '../../../src/http/answers/text-bytes.js';

const KIB = 1024;

t.test('the bytes are those of the pieces, one after the other', (t) => {
  const rows: readonly (readonly [name: string, pieces: readonly string[]])[] = [
    ['nothing', []],
    ['an empty piece', ['']],
    ['a short one', ['a 1\n']],
    ['several, one of them empty', ['a 1\n', '', 'b 2\n']],
    ['letters of two, three and four bytes', ['ä', '€ and 𝄞', 'z']],
    ['more than there is room for', Array.from({ length: 50 }, (_, at) => `${at}`.padStart(10 * KIB, 'x'))],
    ['a piece that alone is too long', ['before', 'ü'.repeat(300 * KIB), 'behind']],
    ['a piece that may be too long, and is not', ['before', 'u'.repeat(85 * KIB), 'u'.repeat(85 * KIB), 'behind']],
  ];
  for (const [name, pieces] of rows) {
    const text = new TextBytes();
    for (const piece of pieces) text.add(piece);
    t.ok(text.bytes().equals(Buffer.from(pieces.join(''))), name);
  }
  t.end();
});
