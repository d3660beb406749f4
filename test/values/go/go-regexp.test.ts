import t from 'tap';
import { compileGoRegexp } from '../../../src/values/go/go-regexp.js';
import { uniqueGroupNames } from '../../../src/values/go/unique-group-names.js';
import { PATTERN_TABLE } from '../go-regexp-table.js';

function isAccepted(pattern: string): boolean {
  try {
    compileGoRegexp(pattern);
    return true;
  } catch {
    return false;
  }
}

t.test('compiles what Go compiles, and nothing else', async (t) => {
  for (const [pattern, accepted] of PATTERN_TABLE) t.equal(isAccepted(pattern), accepted, JSON.stringify(pattern));
});

t.test('several groups may have one name', async (t) => {
  const { groupNames, locate, source } = compileGoRegexp('(?P<a>x)|(?<b>z)(?P<a>y)');
  t.equal(source, '(?P<a>x)|(?<b>z)(?P<a>y)');
  t.same(
    [...groupNames],
    [
      ['a', [1, 3]],
      ['b', [2]],
    ],
  );
  t.same(locate('zy'), [{ start: 0, end: 2 }, undefined, { start: 0, end: 1 }, { start: 1, end: 2 }]);
});

t.test('messages quote the pattern as it was given', async (t) => {
  t.throws(() => compileGoRegexp('(?P<a>x)(?P<a>y'), {
    message: 'error parsing regexp: missing closing ): `(?P<a>x)(?P<a>y`',
  });
});

t.test('only groups are renamed', async (t) => {
  for (const [pattern, renamed] of [
    ['(?P<a>x)(?P<b>y)', '(?P<a>x)(?P<b>y)'],
    ['(?P<a>x)(?<a>y)(?P<a>z)', '(?P<a>x)(?<dup0>y)(?P<dup1>z)'],
    ['(?P<a>x)(?P<dup0>y)(?P<a>z)', '(?P<a>x)(?P<dup0>y)(?P<dup1>z)'],
    ['(?P<a>x)[(?P<a>]', '(?P<a>x)[(?P<a>]'],
    ['(?P<a>x)[](?P<a>]', '(?P<a>x)[](?P<a>]'],
    ['(?P<a>x)[[:alpha:](?P<a>]', '(?P<a>x)[[:alpha:](?P<a>]'],
    [String.raw`(?P<a>x)[\](?P<a>]`, String.raw`(?P<a>x)[\](?P<a>]`],
    [String.raw`(?P<a>x)\(?P<a>y`, String.raw`(?P<a>x)\(?P<a>y`],
    [String.raw`(?P<a>x)\Q(?P<a>\E(?P<a>y)`, String.raw`(?P<a>x)\Q(?P<a>\E(?P<dup0>y)`],
    ['(?P<a>x)[a', '(?P<a>x)[a'],
  ] as const) {
    t.equal(uniqueGroupNames(pattern).source, renamed, pattern);
  }
});
