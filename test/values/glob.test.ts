import t from 'tap';
import { globMatcher, hasWildcard } from '../../src/values/glob.js';

const rows: readonly (readonly [pattern: string, meant: readonly string[], notMeant: readonly string[]])[] = [
  ['*.yml', ['a.yml', 'a.b.yml', 'ä.yml'], ['.a.yml', '.yml', 'a.yml~', 'a.yaml', 'ayml']],
  ['.*', ['.a'], ['a']],
  ['?.yml', ['a.yml', '😀.yml'], ['ab.yml', '.yml', '..yml']],
  ['[a-c]1', ['a1', 'c1'], ['d1', '-1', 'a']],
  ['[!a-c]1', ['d1', '!1'], ['a1', '.1']],
  ['[^a]1', ['b1', '^1'], ['a1']],
  ['[]a]', [']', 'a'], ['b', '[]a]']],
  ['[a', ['[a'], ['a']],
  ['[a-]', ['a', '-'], ['b']],
  ['[-a]', ['a', '-'], ['b']],
  ['[]', [], [']', '[]']],
  ['[a-c-e]', ['b', '-', 'e'], ['d']],
  ['x[', ['x['], ['x']],
  ['x\\', ['x\\'], ['x']],
  ['[z-a]', ['[z-a]'], ['z', 'a']],
  ['a\\*', ['a*'], ['ab', 'a\\b']],
  ['[\\]]', ['\\]'], [']', 'a']],
  ['a+(b)|{c}.$', ['a+(b)|{c}.$'], ['ab']],
  ['*ab', ['ab', 'aab', 'abab'], ['aba', 'b']],
  ['**', ['a', 'ab'], ['.a']],
  ['a*', ['a', 'ab'], ['ba']],
  ['', [''], ['a']],
  ['*a*a*a*a*a*a*a*a*a*b', [`${'a'.repeat(200)}b`], ['a'.repeat(250)]],
  ['*a*b*', ['ab', 'xaxbx', 'a\nb'], ['ba']],
];
for (const [pattern, meant, notMeant] of rows) {
  t.test(pattern, async (t) => {
    const matches = globMatcher(pattern);
    for (const name of meant) t.ok(matches(name), `is meant: ${JSON.stringify(name)}`);
    for (const name of notMeant) t.notOk(matches(name), `is not meant: ${JSON.stringify(name)}`);
  });
}

t.test('what a wildcard is', async (t) => {
  for (const path of ['*', 'a?', '[a']) t.ok(hasWildcard(path), path);
  for (const path of ['', 'a.yml', './b/c-d_{e}.yml', 'a]']) t.notOk(hasWildcard(path), path);
});
