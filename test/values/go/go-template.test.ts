import t from 'tap';
import { compileGoTemplate, literalTemplate } from '../../../src/values/go/go-template.js';

const GROUPS = ['whole', 'one', '', 'three', undefined];
const NAMES = new Map([
  ['first', [1]],
  ['2x', [3]],
  ['ä', [3]],
  ['late', [4, 3, 1]],
  ['empty', [2, 3]],
  ['absent', [4]],
]);

/** Expected texts by the rules of Go's regexp.Expand. */
const ROWS = [
  ['plain', 'plain'],
  ['', ''],
  ['$0|$1|$2|$3', 'whole|one||three'],
  ['${1}st ${first}', 'onest one'],
  ['$firsts', ''],
  ['$2x', 'three'],
  ['$1x', ''],
  ['$ä.', 'three.'],
  ['$9 ${nobody}', ' '],
  ['$$1 $$', '$1 $'],
  ['$', '$'],
  ['a$', 'a$'],
  ['$ 1', '$ 1'],
  ['${1', '${1'],
  ['${}', '${}'],
  ['${first x}', '${first x}'],
  ['${1}$', 'one$'],
  ['$01', ''],
  ['$1000000000', ''],
  ['$-1', '$-1'],
  ['$late', 'three'],
  ['$empty$absent$4', ''],
] as const;

t.test('templates of regexp.Expand', async (t) => {
  for (const [template, expected] of ROWS) {
    t.equal(compileGoTemplate(template, NAMES).expand(GROUPS), expected, `"${template}"`);
  }
});

t.test('says whether it needs groups', async (t) => {
  t.equal(compileGoTemplate('a $$ b', NAMES).usesGroups, false);
  t.equal(compileGoTemplate('a $1 b', NAMES).usesGroups, true);
  t.equal(literalTemplate('$1').expand(GROUPS), '$1');
});
