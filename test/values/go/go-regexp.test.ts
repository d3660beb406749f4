import t from 'tap';
import { compileGoRegexp, compileSoundRegexp } from '../../../src/values/go/go-regexp.js';
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

t.test('thousands of sound patterns are compiled in turns', async (t) => {
  const patterns = Array.from({ length: 2000 }, (_, at) =>
    compileSoundRegexp(`x(?P<n>[a-z]{${(at % 50) + 20}}|\\d+)+y`),
  );
  const later = patterns.filter((pattern) => pattern.testMilliseconds(1) === Infinity);
  t.ok(later.length > 0, 'most of them are not compiled yet');
  t.ok(
    patterns.every((pattern) => pattern.test('xx123y') && pattern.groupNames.get('n')?.[0] === 1),
    'and can be used',
  );
  t.ok(patterns.every((pattern) => pattern.testMilliseconds(1) < 1));

  const waiting = Array.from({ length: 2000 }, (_, at) => compileSoundRegexp(`y[a-z]{${(at % 50) + 20}}`));
  while (waiting.some((pattern) => pattern.testMilliseconds(1) === Infinity)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  t.pass('or are compiled by and by');
});
