import t from 'tap';
import { compileHostPattern, compilePathPattern } from '../../../src/probe/policy/policy-patterns.js';

t.test('patterns with stars', async (t) => {
  const rows: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['a.test', 'a.test', true],
    ['a.test', 'b.a.test', false],
    ['*', 'a.test', true],
    ['*.a.test', 'b.a.test', true],
    ['*.a.test', 'c.b.a.test', true],
    ['*.a.test', 'a.test', false],
    ['*.a.test', '.a.test', true],
    ['db*.test', 'db.test', true],
    ['db*.test', 'db1.x.test', true],
    ['db*.test', 'xdb.test', false],
    ['a*a', 'a', false],
    ['a*a', 'aa', true],
    ['ab*bc', 'abc', false],
    ['*ab*ab*', 'ab', false],
    ['*ab*ab*', 'xabyabz', true],
    ['*ab*b.test', 'ab.test', false],
    ['a**b', 'ab', true],
    ['A.Test.', 'a.test', true],
    ['bücher.test', 'xn--bcher-kva.test', true],
  ];
  for (const [pattern, text, matches] of rows) {
    t.equal(compileHostPattern(pattern)(text), matches, `${pattern} ${text}`);
  }
  const paths: readonly (readonly [pattern: string, text: string, matches: boolean])[] = [
    ['/run/*.sock', '/run/a/b.sock', true],
    ['/run/*.sock', '/run/.sock', true],
    ['/run/*.sock', '/var/run/a.sock', false],
    ['@bus*', '@bus-1', true],
  ];
  for (const [pattern, text, matches] of paths) {
    t.equal(compilePathPattern(pattern)(text), matches, `${pattern} ${text}`);
  }
});
