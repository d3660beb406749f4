import t from 'tap';
import { asciiReplacer } from '../../src/values/replace-ascii.js';

const quoted = asciiReplacer(
  new Map([
    ['\\', '\\\\'],
    ['"', '\\"'],
    ['\n', '\\n'],
  ]),
);
const ending = asciiReplacer(new Map([['.', '\0']]));

const rows: readonly (readonly [name: string, replace: (text: string) => string, text: string, result: string])[] = [
  ['nothing to replace', quoted, 'abc', 'abc'],
  ['nothing at all', quoted, '', ''],
  ['each of several', quoted, 'a\\b"c\nd', 'a\\\\b\\"c\\nd'],
  ['what is put in is not replaced again', quoted, '\\"', '\\\\\\"'],
  ['beyond ASCII', quoted, 'ä"😀"\u2028', 'ä\\"😀\\"\u2028'],
  ['controls stay', quoted, '\t\0"', '\t\0\\"'],
  ['by NUL', ending, '.a.b', '\0a\0b'],
];
for (const [name, replace, text, result] of rows) {
  t.test(`${name}, in a short text and in a long one`, async (t) => {
    t.equal(replace(text), result);
    t.equal(replace(text.repeat(3000)), result.repeat(3000));
  });
}
