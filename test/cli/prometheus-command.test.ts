import t from 'tap';
import { runCommand } from '../../src/cli/run-command.js';
import { parseYaml } from '../../src/config/yaml/parse-yaml.js';
import { testShell } from '../helpers/documents/test-shell.js';

t.test('sonde prometheus prints YAML with what it was told, whatever that is', async (t) => {
  const odd = 'x: [y] # "z" \\ é';
  for (const form of ['sd', 'relabel', 'probe', 'scrapeconfig']) {
    const isSd = form === 'sd' || form === 'scrapeconfig';
    const further = isSd ? ['--shard=2/3'] : ['--module=null', odd];
    const url = '--url=https://mon.example/sonde/';
    const shell = testShell(['prometheus', `--form=${form}`, `--job=${odd}`, url, ...further]);
    t.equal(await runCommand(shell), 0);
    t.equal(parseYaml(shell.written.out).kind, 'document', form);
    t.match(shell.written.out, JSON.stringify(odd), form);
    t.match(shell.written.out, isSd ? 'https://mon.example/sonde/sd?shard=2&of=3' : '/sonde/probe', form);
    t.equal(shell.written.out.includes('"null"'), !isSd, form);
  }
});

t.test('metrics have the label module where the job has the targets', async (t) => {
  const relabel = `      - source_labels: [module] # of targets that have one of their own
        regex: (.+)
        target_label: __param_module
      - source_labels: [__param_module]
        target_label: module
`;
  const rows = { relabel, probe: '      labels:\n        module: icmp\n' };
  for (const [form, lines] of Object.entries(rows)) {
    const shell = testShell(['prometheus', `--form=${form}`, '--module=icmp', 'a']);
    t.equal(await runCommand(shell), 0);
    t.ok(shell.written.out.includes(lines), shell.written.out);
  }
});

t.test('what cannot be is named', async (t) => {
  const rows: readonly (readonly [line: string, problem: string])[] = [
    ['https://a', '--form=sd takes no targets, they come from --targets.file; --form=relabel and probe have targets'],
    [
      '--form=scrapeconfig a',
      '--form=scrapeconfig takes no targets, they come from --targets.file; --form=relabel and probe have targets',
    ],
    [
      '--module=m',
      '--module is for --form=relabel and probe; with --form=sd they come from --targets.file, each with its module',
    ],
    [
      '--form=probe --shard=1/2',
      '--shard is for --form=sd and scrapeconfig; a job of --form=probe has its targets itself',
    ],
    ['--form=x', "enum value must be one of sd,relabel,probe,scrapeconfig, got 'x'"],
    ['--url=localhost:9115', "--url is no URL of the web, such as http://sonde.example:9115: 'localhost:9115'"],
    ['--url=http://a/?b', "--url is no URL of the web, such as http://sonde.example:9115: 'http://a/?b'"],
    ['--shard=2/1', "--shard is no part of at most 1000, such as 1/4: '2/1'"],
    ['--shard=0/1', "--shard is no part of at most 1000, such as 1/4: '0/1'"],
  ];
  for (const [line, problem] of rows) {
    const shell = testShell(['prometheus', ...line.split(' ')]);
    t.equal(await runCommand(shell), 1, line);
    t.equal(shell.written.err, `sonde: error: ${problem}, try --help\n`);
  }
});
