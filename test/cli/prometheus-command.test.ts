import t from 'tap';
import { runCommand } from '../../src/cli/run-command.js';
import { parseYaml } from '../../src/config/yaml/parse-yaml.js';
import { testShell } from '../helpers/test-shell.js';

t.test('sonde prometheus prints YAML with what it was told, whatever that is', async (t) => {
  const odd = 'x: [y] # "z" \\ é';
  for (const form of ['sd', 'relabel', 'probe', 'scrapeconfig']) {
    const shell = testShell([
      'prometheus',
      `--form=${form}`,
      `--job=${odd}`,
      `--module=null`,
      '--url=https://mon.example/sonde/',
      '--shard=2/3',
      odd,
    ]);
    t.equal(await runCommand(shell), 0);
    t.equal(parseYaml(shell.written.out).kind, 'document', form);
    t.match(shell.written.out, JSON.stringify(odd), form);
    const isSd = form === 'sd' || form === 'scrapeconfig';
    t.match(shell.written.out, isSd ? 'https://mon.example/sonde/sd?shard=2&of=3' : '/sonde/probe', form);
    t.equal(shell.written.out.includes('"null"'), !isSd, form);
  }
});

t.test('what cannot be is named', async (t) => {
  const rows: readonly (readonly [argument: string, problem: string])[] = [
    ['--form=x', "enum value must be one of sd,relabel,probe,scrapeconfig, got 'x'"],
    ['--url=localhost:9115', "--url is no URL of the web, such as http://sonde.example:9115: 'localhost:9115'"],
    ['--url=http://a/?b', "--url is no URL of the web, such as http://sonde.example:9115: 'http://a/?b'"],
    ['--shard=2/1', "--shard is no part of at most 1000, such as 1/4: '2/1'"],
    ['--shard=0/1', "--shard is no part of at most 1000, such as 1/4: '0/1'"],
  ];
  for (const [argument, problem] of rows) {
    const shell = testShell(['prometheus', argument]);
    t.equal(await runCommand(shell), 1, argument);
    t.equal(shell.written.err, `sonde: error: ${problem}, try --help\n`);
  }
});
