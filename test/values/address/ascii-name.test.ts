import t from 'tap';
import { asciiName, LONGEST_NAME_READ } from '../../../src/values/address/ascii-name.js';

const ROWS: readonly (readonly [name: string, text: string, ascii: string])[] = [
  ['ASCII stays as it is', 'A_b.Example.', 'A_b.Example.'],
  ['a name of another script', 'bücher.example', 'xn--bcher-kva.example'],
  ['digits of full width', '１２７.0.0.1', '127.0.0.1'],
  ['no name at all', 'ü b', 'ü b'],
  ['empty', '', ''],
];
for (const [name, text, ascii] of ROWS) t.equal(asciiName(text), ascii, name);

const letters = Array.from({ length: LONGEST_NAME_READ + 1 }, (_, index) => String.fromCharCode(0x4e00 + index)).join(
  '',
);
t.equal(asciiName(letters), letters, 'what is too long for a name is not worked on');
