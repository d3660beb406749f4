import { RE2JS } from 're2js';
import t from 'tap';
import { checkThreads } from '../../../src/probe/checks/check-threads.js';
import { sourceProblem } from '../../../src/probe/checks/source-problem.js';
import { compileGoRegexp, compileSoundRegexp } from '../../../src/values/go/go-regexp.js';
import { loadModule } from '../../helpers/services/probe.js';

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

/** Longer than what is compiled on the event loop. */
const LONG = 'c?'.repeat(4000);

const GROUPS: Readonly<Record<string, string>> = {
  'names and numbers': '(a)(?P<n>b)(?:c)(?<m>d)(?i:e)(f)(?P<n>g)',
  'groups within groups': '((?P<n>a(b(?P<m>c)))(?P<o>d))',
  'what only looks like groups': '\\((?P<n>a)[(](?P<m>b)[]()](?P<o>c)\\Q(?P<x>(\\E(?P<p>d)[[:alpha:](](?P<q>e)',
};

for (const [name, pattern] of Object.entries(GROUPS)) {
  t.test(`the numbers of groups that have a name: ${name}`, async (t) => {
    t.same(compileSoundRegexp(`${pattern}${LONG}`).groupNames, compileGoRegexp(pattern).groupNames);
  });
}

const BLOCKS: Readonly<Record<string, string>> = {
  'records of a dns module': `prober: dns\ndns: {query_name: a, validate_answer_rrs: {fail_if_matches_regexp: ["${LONG}"]}}`,
  'records of a dns module, wrong': `prober: dns\ndns: {query_name: a, validate_answer_rrs: {fail_if_matches_regexp: ["${LONG}("]}}`,
  'an expectation with labels': `prober: tcp\ntcp: {query_response: [{expect: "(?P<n>a)${LONG}", labels: [{name: a, value: "\${n}"}]}]}`,
  'an expectation with an answer': `prober: tcp\ntcp: {query_response: [{expect: "(?P<n>a)${LONG}", send: "\${n}"}]}`,
  'indexes of Redis Search': `prober: redis\nredis: {search_indexes: "${LONG}"}`,
};

for (const [name, yaml] of Object.entries(BLOCKS)) {
  t.test(`a module with a large pattern compiles nothing on the event loop: ${name}`, async (t) => {
    const compiled = t.capture(RE2JS, 'compile', RE2JS.compile.bind(RE2JS));
    await loadModule(yaml);
    t.same(
      compiled().filter(({ args }) => args[0].includes(LONG)),
      [],
    );
  });
}
