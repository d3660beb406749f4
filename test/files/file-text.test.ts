import { join } from 'node:path';
import t from 'tap';
import { readTextFile } from '../../src/files/file-text.js';

const LIMIT = 1024 * 1024;
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1');
const LONG = 'é\n'.repeat(100_000);

t.test('text that is well encoded', async (t) => {
  const rows: readonly (readonly [name: string, bytes: Buffer, text: string])[] = [
    ['nothing', Buffer.alloc(0), ''],
    ['UTF-8', Buffer.from('é\n€\n😀'), 'é\n€\n😀'],
    ['characters over the pieces in which it is decoded', Buffer.from(LONG), LONG],
    ['a byte order mark', Buffer.from('\ufeffa'), '\ufeffa'],
    ['UTF-16, little end first', Buffer.from('\ufeffé', 'utf16le'), '\ufeffé'],
    ['UTF-16, big end first', Buffer.from('\ufeffé', 'utf16le').swap16(), '\ufeffé'],
  ];
  for (const [name, bytes, text] of rows) {
    const folder = t.testdir({ file: bytes });
    t.equal(await readTextFile(join(folder, 'file'), LIMIT), text, name);
  }
});

t.test('bytes that are no characters are refused with their place', async (t) => {
  const rows: readonly (readonly [name: string, bytes: Buffer, place: string])[] = [
    ['Latin-1 in the first line', latin1('caf\xe9'), ':1:4'],
    ['in the last of many lines', Buffer.concat([Buffer.from(LONG), latin1('\xff')]), ':100001:1'],
    [
      'behind characters beyond ASCII',
      Buffer.concat([Buffer.from('\ufeffü€\u{1F600}'), latin1('\xe9 \xe9\n')]),
      ':1:6',
    ],
    ['a continuation without a beginning', latin1('ab\x80\x80\x80\x80'), ':1:3'],
    ['in a line of 100,000 characters', latin1(`a\n${'a'.repeat(100_000)}\xff`), ':2'],
    ['a character that the end of the file cuts off', latin1('a\n\n\xe2\x82'), ':3:1'],
    ['a character that the end of a line cuts off', latin1('a\n\xe2\x82\nb'), ':2:1'],
    ['half a surrogate pair as UTF-8', latin1('a\r\n\xed\xa0\x80'), ':2:1'],
    ['UTF-16 of an odd length', latin1('\xff\xfea'), ''],
  ];
  for (const [name, bytes, place] of rows) {
    const path = join(t.testdir({ file: bytes }), 'file');
    const message = `${path}${place}: the file is not UTF-8; save it as UTF-8`;
    await t.rejects(readTextFile(path, LIMIT), { name: 'FileProblem', message }, name);
  }
});

t.test('a file that cannot be read is said as of any other file', async (t) => {
  const path = join(t.testdir({ file: 'ab' }), 'file');
  await t.rejects(readTextFile(path, 1), { message: `read ${path}: larger than 1 bytes` });
});
