import t from 'tap';
import { ConfigFileError } from '../../../src/config/config-problem.js';
import { loadConfig } from '../../../src/config/load-config.js';

async function firstProblem(yaml: string): Promise<string> {
  try {
    await loadConfig(yaml, 'f.yml', []);
    return '';
  } catch (error) {
    if (error instanceof ConfigFileError) return error.problems[0] ?? '';
    throw error;
  }
}

const m = (lines: string): string => `modules:\n  m:\n    prober: http\n${lines}`;
const http = (lines: string): string => m(`    http:\n${lines}`);

/** What users do, and what they are told: place and words. */
const rows: readonly (readonly [name: string, yaml: string, problem: string])[] = [
  ['DEL', m('    # \u007f\n'), '4:7: not YAML: control characters are not allowed, also in quotes (U+007F)'],
  [
    'the keys of a module in the column of its name',
    'modules:\n  web:\n  prober: http\n',
    '3:11: modules.prober: a single value is not possible here; it must be a mapping of keys to values; if `prober` is a key of the entry above, indent it further',
  ],
  ['no key before a colon', 'modules:\n  # c: d\n  : {prober: tcp}\n', '3:3: not YAML: there is no key before the `:`'],
  [
    'an escape of half a character',
    http('      body: "a\\ud83d\\ude00"\n'),
    '5:15: not YAML: \\ud83d stands for no character; write the character itself, or its code behind \\U',
  ],
  [
    'a text that begins with &',
    http('      body: &!secret\n'),
    '5:13: not YAML: an anchor has only letters, digits, - and _; a text that begins with & has to be in quotes',
  ],
  [
    'a text that begins with !!',
    http('      body: !!\n'),
    '5:13: not YAML: the name of the tag is missing; a text that begins with ! has to be in quotes',
  ],
  [
    'YAML 1.2',
    `# c\n%YAML 1.2\n---\n${m('')}`,
    '2:1: not YAML: only %YAML 1.1 is read, as by blackbox_exporter; leave the line out',
  ],
  [
    'a directive that nobody knows',
    `%FOO\n---\n${m('')}`,
    '1:1: not YAML: unknown directive %FOO; a text that begins with % has to be in quotes',
  ],
  [
    'a long key',
    `modules:\n  ${'k'.repeat(1025)}:\n    prober: http\n`,
    '2:3: not YAML: a key has at most 1024 characters; a longer one needs a question mark and a blank before it',
  ],
  [
    'a key on two lines',
    'modules: {"a\n b": {prober: http}}\n',
    '1:11: not YAML: a key and its colon have to be on one line, unless a question mark and a blank are before it',
  ],
  [
    'a backquote',
    http('      body: `x`\n'),
    '5:13: not YAML: a text cannot begin with a backquote in YAML; put it in quotes',
  ],
  [
    'an at sign in a list',
    http('      valid_status_codes:\n      - @x\n'),
    '6:9: not YAML: a text cannot begin with `@` in YAML; put it in quotes',
  ],
  [
    'a percent sign in braces',
    'modules:\n  m: {prober: %x}\n',
    '2:15: not YAML: a text cannot begin with `%` in YAML; put it in quotes',
  ],
  [
    'a second colon',
    http('      headers:\n        X: foo: bar\n'),
    '6:15: not YAML: the value has a `: ` in it; put it in quotes',
  ],
  [
    'a colon forgotten before a value',
    'modules:\n  m:\n    prober http\n    timeout: 5s\n',
    '3:11: not YAML: is a `:` missing behind `prober` in line 3?',
  ],
  [
    'a secret alone in its line',
    'modules:\n  m:\n    http:\n      bearer_token: |\n      Zq7SECRET\n',
    '5:16: not YAML: is a `:` missing in line 5?',
  ],
  [
    'a password that begins with a star',
    'modules:\n  m:\n    http:\n      bearer_token: *Zq7SECRET\n',
    '4:22: not YAML: there is no such anchor before this alias; a text that begins with a star has to be in quotes',
  ],
  ['in the last line', m('    timeout 5s\n'), '4:12: not YAML: is a `:` missing behind `timeout` in line 4?'],
  ['before a mapping', m('    http\n      method: GET\n'), '4:9: not YAML: is a `:` missing behind `http` in line 4?'],
  [
    'at the very start',
    'modules\n  m:\n    prober: http\n',
    '1:8: not YAML: is a `:` missing behind `modules` in line 1?',
  ],
  [
    'a blank forgotten behind a colon',
    'modules:\n  m:\n    prober:http\n    timeout: 5s\n',
    '3:11: not YAML: a blank is missing behind the `:` in line 3',
  ],
  [
    'an open bracket',
    http('      valid_status_codes: [200, 201\n      method: GET\n'),
    '5:27: not YAML: the `[` of line 5 is not closed',
  ],
  [
    'an open bracket at the end',
    http('      valid_status_codes: [200\n\n\n'),
    '5:27: not YAML: the `[` of line 5 is not closed',
  ],
  [
    'an open brace',
    'modules:\n  m: {prober: http\n  n: {prober: tcp}\n',
    '2:6: not YAML: the `{` of line 2 is not closed',
  ],
  [
    'a bracket in a comment is none',
    http('      body: x # [\n      method: "a\n'),
    '6:15: not YAML: the quote `"` of line 6 is not closed',
  ],
  [
    'an open quote',
    'modules:\n  m:\n    prober: "http\n    timeout: "5s"\n',
    '3:13: not YAML: the quote `"` of line 3 is not closed',
  ],
  [
    'an open single quote',
    "modules:\n  m:\n    prober: 'http\n    timeout: 5s\n",
    "3:13: not YAML: the quote `'` of line 3 is not closed",
  ],
  [
    'text behind a quote',
    http('      body: "a" b\n'),
    '5:16: not YAML: there is more behind the closing `"` in line 5; put the whole value in quotes',
  ],
  [
    'a pattern that is a list',
    http('      fail_if_body_matches_regexp:\n      - [a-z]+\n'),
    '6:14: not YAML: there is more behind the closing `]` in line 6; put the whole value in quotes',
  ],
  [
    'a bracket that is closed at its key, and a mistake behind it',
    http('      valid_status_codes: [\n        200,\n      ]\n      method:POST\n      body: x\n'),
    '8:13: not YAML: a blank is missing behind the `:` in line 8',
  ],
  [
    'an open quote that another one closes',
    http('      body: "a\n      method: POST\n      headers: {A: "b"}\n'),
    '5:13: not YAML: the quote `"` of line 5 is not closed',
  ],
  [
    'marks in a block text open nothing',
    http('      body: |\n        { [ "\n      method: "a\n'),
    '7:15: not YAML: the quote `"` of line 7 is not closed',
  ],
  [
    'an escape',
    http('      body: "\\d"\n'),
    '5:15: not YAML: there is no such escape in double quotes; write the backslash twice, or use single quotes',
  ],
  [
    'a line too far left',
    m('   timeout: 5s\n'),
    '4:4: not YAML: line 4 is indented by 3, which fits no line above it (line 3 is by 4); keys of one mapping begin in one column',
  ],
  ['a tab', m('\ttimeout: 5s\n'), '4:1: not YAML: line 4 is indented with a tab; YAML takes spaces only'],
  [
    'a line too far right',
    m('     timeout: 5s\n'),
    '4:6: not YAML: line 4 is indented by 5, which fits no line above it (line 3 is by 4); keys of one mapping begin in one column',
  ],
];
for (const [name, yaml, problem] of rows) {
  t.test(name, async (t) => {
    t.equal(await firstProblem(yaml), `f.yml:${problem}`);
  });
}

t.test('a value is never shown, a long line is not looked at', async (t) => {
  t.notMatch(await firstProblem(http('      body: @hidden\n')), 'hidden');
  t.notMatch(await firstProblem(http('      headers:\n        X: hidden: hidden\n')), 'hidden');
  t.match(await firstProblem(`modules:\n  ${'x'.repeat(100_000)} y\n  m: 5\n`), /^f\.yml:/);
});
