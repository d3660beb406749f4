import { spawnSync } from 'node:child_process';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { BASH_SCRIPT, completions, ZSH_SCRIPT } from '../../src/cli/completion.js';
import { COMMANDS } from '../../src/cli/run-command.js';
import { findInPath, REPOSITORY } from '../helpers/peer.js';

const names = COMMANDS.map(({ name }) => name);
const LEVELS = ['debug', 'info', 'warn', 'error'];

/** The rows without a command are those of blackbox_exporter, where it has the flags. */
const rows: readonly (readonly [name: string, words: readonly string[], answer: readonly string[] | RegExp])[] = [
  ['nothing yet', [], names],
  ['a command', ['pu'], names],
  ['a flag', ['--'], /^--help,--config\.file,--timeout-offset/],
  ['a flag that begins so', ['--log'], /^--help/],
  ['a flag behind another', ['--config.check', '--'], /^--help/],
  ['a flag that nobody knows', ['--nope', '--'], /^--help/],
  ['a value of a list', ['--log.level', ''], LEVELS],
  ['a value of a list, begun', ['--log.level', 'in'], LEVELS],
  ['a value behind an equals sign', ['--log.level', '=', 'in'], LEVELS],
  ['an equals sign', ['--log.level', '='], LEVELS],
  ['a value that is open', ['--config.file', ''], []],
  ['what follows a value', ['--log.level', 'info', ''], []],
  ['what follows a switch', ['--config.check', ''], []],
  ['a flag of a command', ['pushgateway', '--pe'], /--persistence\.file/],
  ['a value of a command', ['node', '--log.format', ''], ['logfmt', 'json']],
  ['a value behind one letter', ['probe', '-m', ''], /^http_2xx,http_post_2xx,tcp_connect,/],
  ['a value that is open, behind one letter', ['probe', '-h', ''], []],
  ['a command to have help for', ['help', ''], names],
  ['what follows it', ['help', 'node', ''], []],
  ['an operand of a command', ['check', ''], []],
  ['a command that is none', ['nope', ''], []],
];
for (const [name, words, answer] of rows) {
  t.test(name, async (t) => {
    const found = completions(words, COMMANDS);
    if (answer instanceof RegExp) t.match(found.join(), answer);
    else t.same(found, answer);
  });
}

t.test('hidden flags are not offered', async (t) => {
  const offered = completions(['--'], COMMANDS);
  t.notOk(offered.includes('--help-man'));
  t.notOk(offered.includes('--node.telemetry-path'));
});

const bash = findInPath('bash');
t.test('in bash', { skip: bash === undefined && 'there is no bash' }, async (t) => {
  const dir = t.testdir();
  writeFileSync(join(dir, 'complete.sh'), BASH_SCRIPT);
  writeFileSync(join(dir, 'sonde'), `#!/bin/sh\nexec '${process.execPath}' '${join(REPOSITORY, 'bin/sonde')}' "$@"\n`);
  chmodSync(join(dir, 'sonde'), 0o755);
  for (const [words, answer] of [
    [['push'], 'pushgateway'],
    [['pushgateway', '--persistence.'], '--persistence.file --persistence.interval --persistence.repair'],
    [['--log.level', '=', 'wa'], 'warn'],
    [['--log.format', '='], 'logfmt json'],
    [['--config.file', 'no'], ''],
  ] as const) {
    const line = ['sonde', ...words].map((word) => `'${word}'`).join(' ');
    // What readline does at a tab.
    const script = `source ${dir}/complete.sh; complete -p sonde >&2 || exit 1
      COMP_WORDS=(${line}); COMP_CWORD=${words.length}; _sonde_complete "${dir}/sonde"; echo "\${COMPREPLY[*]}"`;
    const { stdout, stderr } = spawnSync(bash ?? '', ['--norc', '-c', script], { encoding: 'utf8' });
    t.equal(stdout, `${answer}\n`, `${line}: ${stderr}`);
  }
});

const zsh = findInPath('zsh');
t.test('in zsh', { skip: zsh === undefined && 'there is no zsh' }, async (t) => {
  const { status, stderr } = spawnSync(
    zsh ?? '',
    ['-f', '-c', `autoload -U compinit && compinit -D && ${ZSH_SCRIPT}; (( $+_comps[sonde] ))`],
    {
      encoding: 'utf8',
    },
  );
  t.equal(status, 0, stderr);
});
