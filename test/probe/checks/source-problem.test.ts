import t from 'tap';
import { checkThreads } from '../../../src/probe/checks/check-threads.js';
import { sourceProblem } from '../../../src/probe/checks/source-problem.js';
import { compileGoRegexp, compileSoundRegexp } from '../../../src/values/go/go-regexp.js';

/** `wrong` begins what is wrong; absent where nothing is. */
interface Row {
  readonly language: 'cel' | 'regexp';
  readonly source: string;
  readonly inThread: boolean;
  readonly wrong?: string;
}

const ROWS: Readonly<Record<string, Row>> = {
  'a short expression': { language: 'cel', source: 'body.a == 1', inThread: false },
  'a short one that is wrong': { language: 'cel', source: 'nope', inThread: false, wrong: 'undeclared reference' },
  '600 alternatives': { language: 'cel', source: Array(600).fill('body.a').join(' || '), inThread: true },
  'a long one that is wrong': {
    language: 'cel',
    source: `${Array(600).fill('body.a').join(' || ')} || nope`,
    inThread: true,
    wrong: 'undeclared reference',
  },
  'a long chain of fields': { language: 'cel', source: `body${'.abc'.repeat(200)}`, inThread: true },
  'a short pattern': { language: 'regexp', source: 'a|b', inThread: false },
  'a short pattern that is wrong': { language: 'regexp', source: '(', inThread: false, wrong: 'error parsing regexp' },
  'a long pattern': { language: 'regexp', source: '()'.repeat(4000), inThread: true },
  'a pattern that is long with its repeats': { language: 'regexp', source: '(?:abcde){1000}', inThread: true },
  'a long pattern that is wrong': {
    language: 'regexp',
    source: `${'a?'.repeat(4000)}(`,
    inThread: true,
    wrong: 'error parsing regexp: missing closing )',
  },
};

for (const [name, { language, source, inThread, wrong }] of Object.entries(ROWS)) {
  t.test(name, async (t) => {
    let asked = 0;
    const run = checkThreads.run.bind(checkThreads);
    t.intercept(checkThreads, 'run', {
      value: (...args: Parameters<typeof run>) => {
        asked++;
        return run(...args);
      },
    });
    const problem = await sourceProblem(language, source);
    t.equal(problem?.slice(0, wrong?.length), wrong);
    t.equal(asked, inThread ? 1 : 0);
  });
}

t.test('a large pattern is left to threads, and gives the same where it is used nevertheless', async (t) => {
  const source = `(?P<first>a)(?P<second>b)${'c?'.repeat(4000)}`;
  const [eager, lazy] = [compileGoRegexp(source), compileSoundRegexp(source)];
  t.equal(lazy.testMilliseconds(1), Infinity);
  t.equal(lazy.locateMilliseconds(1), Infinity);
  t.same(lazy.groupNames, eager.groupNames);
  t.same(lazy.locate('xabcc')?.slice(0, 3), eager.locate('xabcc')?.slice(0, 3));
  t.equal(lazy.test('xab'), true);
  t.equal(compileSoundRegexp('abc').testMilliseconds(1), compileGoRegexp('abc').testMilliseconds(1));
});
