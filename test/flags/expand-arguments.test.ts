import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { expandArguments } from '../../src/flags/expand-arguments.js';

t.test('files of arguments', async (t) => {
  const dir = t.testdir({
    args: '# comment\n--config.file\na b\n\nlast\n',
    dos: '--config.check\r\n',
    bare: '--config.check',
    empty: '',
  });
  const nested = join(dir, 'nested');
  writeFileSync(nested, `first\n@${dir}/bare\nlast\n`);
  for (const [args, expanded] of [
    [
      ['a', 'b'],
      ['a', 'b'],
    ],
    [
      [`@${dir}/args`, 'x'],
      ['--config.file', 'a b', '', 'last', 'x'],
    ],
    [[`@${dir}/dos`], ['--config.check']],
    [[`@${dir}/bare`], ['--config.check']],
    [['x', `@${dir}/empty`], ['x']],
    [[`@/dev/null`], []],
    [
      [`@${nested}`, 'x'],
      ['first', '--config.check', 'last', 'x'],
    ],
    [
      ['--', `@${dir}/args`, '@none'],
      ['--', `@${dir}/args`, '@none'],
    ],
  ] as const) {
    t.same(await expandArguments(args), expanded, args.join(' ').replaceAll(dir, ''));
  }
});

t.test('files that are none', async (t) => {
  const dir = t.testdir({ large: 'x\n'.repeat(600_000), folder: {} });
  const itself = join(dir, 'itself');
  writeFileSync(itself, `@${itself}\n`);
  spawnSync('mkfifo', [join(dir, 'pipe')]);
  for (const [name, message] of [
    ['', 'expected @ file to expand arguments from'],
    [`${dir}/none`, `failed to open arguments file "${dir}/none": open ${dir}/none: no such file or directory`],
    [`${dir}/folder`, /^failed to read arguments from ".*": read .*: is a directory$/],
    [`${dir}/pipe`, /^failed to read arguments from ".*": read .*: not a regular file, but a named pipe$/],
    [`${dir}/large`, /: larger than 1 MiB$/],
    [itself, /there may be 100$/],
  ] as const) {
    await t.rejects(expandArguments([`@${name}`]), { name: 'UsageError', message }, name);
  }
});
