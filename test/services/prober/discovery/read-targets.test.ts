import t from 'tap';
import { readTargets } from '../../../../src/services/prober/discovery/read-targets.js';

const many = (count: number, text: (index: number) => string): string =>
  Array.from({ length: count }, (_, i) => text(i)).join('');

t.test('the forms of Prometheus file_sd', async (t) => {
  const rows: readonly { readonly name: string; readonly text: string; readonly read: unknown }[] = [
    { name: 'a comment', text: '# none yet\n', read: [] },
    { name: 'null', text: 'null\n', read: [] },
    { name: 'an empty list', text: '[]', read: [] },
    { name: 'YAML', text: '- targets: [a, b]\n  labels: {env: prod}\n', read: [[['a', 'b'], [['env', 'prod']]]] },
    { name: 'JSON', text: '[{"targets": ["a"], "labels": {"env": "prod"}}]', read: [[['a'], [['env', 'prod']]]] },
    { name: 'JSON with blanks before', text: ' \n[{"targets": ["a"]}]', read: [[['a'], []]] },
    {
      name: 'numbers are texts',
      text: '- {targets: [80], labels: {port: 80, on: true, none: }}',
      read: [
        [
          ['80'],
          [
            ['port', '80'],
            ['on', 'true'],
            ['none', ''],
          ],
        ],
      ],
    },
    { name: 'a group without targets', text: '- labels: {a: b}', read: [[[], [['a', 'b']]]] },
    {
      name: 'labels that Prometheus reads',
      text: '- {targets: [a], labels: {__meta_x: m, __param_module: p, __scrape_interval__: 5s}}',
      read: [
        [
          ['a'],
          [
            ['__meta_x', 'm'],
            ['__param_module', 'p'],
            ['__scrape_interval__', '5s'],
          ],
        ],
      ],
    },
    {
      name: 'names of object members',
      text: '[{"targets": ["a"], "labels": {"__proto__x": "1", "constructor": "2"}}]',
      read: undefined,
    },
    {
      name: 'constructor',
      text: '[{"targets": ["__proto__"], "labels": {"constructor": "2"}}]',
      read: [[['__proto__'], [['constructor', '2']]]],
    },
  ];
  for (const { name, text, read } of rows) {
    const got = await readTargets(text, 'f.yml');
    t.strictSame(
      got.kind === 'read' ? got.groups.map(({ targets, labels }) => [targets, [...labels]]) : undefined,
      read,
      name,
    );
  }
});

t.test('a file of nothing but blanks says nothing', async (t) => {
  for (const text of ['', '\n', ' \t\r\n \n', '\uFEFF', ' '.repeat(4 * 1024 * 1024)])
    t.strictSame(await readTargets(text, 'f.yml'), { kind: 'empty' }, JSON.stringify(text.slice(0, 10)));
});

t.test('each mistake has its place', async (t) => {
  const rows: readonly (readonly [text: string, problem: string])[] = [
    ['targets: [a]', 'f.yml:1:1: this must be a list of groups, each with `targets` and `labels`'],
    ['- a\n', 'f.yml:1:3: [0]: this must be a group: a mapping with `targets` and `labels`'],
    ['- targets: a\n', 'f.yml:1:12: [0].targets: this must be a list of targets'],
    ['- targets: [[a]]\n', 'f.yml:1:13: [0].targets[0]: this must be a text'],
    ['- targets: [""]\n', 'f.yml:1:13: [0].targets[0]: a target must not be empty'],
    ['- target: [a]\n', 'f.yml:1:11: [0].target: there is no such key; possible are targets, labels'],
    ['- targets: [a]\n  labels: [b]\n', 'f.yml:2:11: [0].labels: this must be a mapping of label names to values'],
    [
      '- labels: {__address__: b}\n',
      'f.yml:1:25: [0].labels.__address__: this label is set by Sonde; of those that begin with __ a file may have __meta_…, __param_…, __scrape_interval__ and __scrape_timeout__',
    ],
    ['- labels: {__param_target: b}\n', 'f.yml:1:28: [0].labels.__param_target: the targets stand in `targets`'],
    ['- labels: {a: [b]}\n', 'f.yml:1:15: [0].labels.a: this must be a text'],
    ['- labels: {"a\\0": b}\n', 'f.yml:1:19: [0].labels["a\\u0000"]: the name of a label has no control characters'],
    ['- labels: {"a:b": b}\n', 'f.yml:1:19: [0].labels["a:b"]: the name of a label has no colon'],
    ['- labels: {"a\\nb": b}\n', 'f.yml:1:20: [0].labels["a\\nb"]: the name of a label has no control characters'],
    [
      '- labels: {a-b: c, a b: d}\n',
      'f.yml:1:25: [0].labels["a b"]: to Prometheus before 3 this label and a-b are both a_b',
    ],
    ['- labels: {a: b, a: c}\n', 'f.yml:1:18: [0].labels.a: this key stands twice'],
    ['- labels: {"": b}\n', 'f.yml:1:16: [0].labels[""]: a label needs a name'],
    ['[{"targets": ["a", 1, {}]}]', 'f.yml:1:23: [0].targets[2]: this must be a text'],
    ['- targets: [a\n', 'f.yml:'],
    [`- labels: {${many(65, (i) => `l${i}: x, `)}}`, 'f.yml:1:'],
    [`- targets: [${'x'.repeat(9000)}]`, 'f.yml:1:13: [0].targets[0]: this has more than 8192 characters'],
    [' '.repeat(5_000_000), 'f.yml: the file is longer than 4194304 characters; split it'],
  ];
  for (const [text, problem] of rows) {
    const got = await readTargets(text, 'f.yml');
    const [first = ''] = got.kind === 'unusable' ? got.problems : [];
    t.equal(first.slice(0, problem.length), problem, text.slice(0, 60));
  }
});

t.test('a file of mistakes and one of a hundred thousand targets are bounded', async (t) => {
  const wrong = await readTargets(
    many(1000, () => '- 1\n'),
    'f.yml',
  );
  t.equal(wrong.kind === 'unusable' ? wrong.problems.length : 0, 100);
  const all = `[{"targets":[${many(100_000, (i) => `"t${i}",`)}"last"]}]`;
  const got = await readTargets(all, 'f.json');
  t.match(got, { kind: 'unusable' });
  if (got.kind === 'unusable')
    t.match(got.problems[0], /\[0\]\.targets\[100000\]: a file has at most 100000 targets; split it$/);
});
