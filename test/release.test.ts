import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { REPOSITORY } from './helpers/peer.js';

const SCRIPT = join(REPOSITORY, 'scripts/release.mjs');
// A script, which has no types.
const { versionProblem, releasedChangelog } = (await import(SCRIPT)) as {
  readonly versionProblem: (current: string, next: string) => string | undefined;
  readonly releasedChangelog: (text: string, version: string, date: string) => string;
};

const IDENTITY = {
  GIT_AUTHOR_NAME: 'a',
  GIT_AUTHOR_EMAIL: 'a@b.example',
  GIT_COMMITTER_NAME: 'a',
  GIT_COMMITTER_EMAIL: 'a@b.example',
};
const CHANGELOG = '# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0 - 2020-01-02\n\n- Old.\n';
const hasGit = spawnSync('git', ['--version']).status === 0;

function runIn(folder: string, command: string, args: readonly string[]) {
  // In a hook of git's, its variables mean the repository of the hook.
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_'));
  const env = { ...Object.fromEntries(inherited), ...IDENTITY };
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', env });
  return { status, text: stdout + stderr };
}

const release = (folder: string, ...args: readonly string[]) => runIn(folder, process.execPath, [SCRIPT, ...args]);

/** A checkout of a small package with one commit; its test script is `test`. */
function checkout(t: Test, test: string): string {
  const manifest = { name: 'sonde', version: '0.1.0', files: ['CHANGELOG.md'], scripts: { test } };
  const folder = t.testdir({
    'package.json': JSON.stringify(manifest),
    'CHANGELOG.md': CHANGELOG,
    '.gitignore': '*.tgz',
  });
  for (const args of [
    ['init', '--quiet'],
    ['config', 'commit.gpgsign', 'false'],
    ['config', 'tag.gpgsign', 'false'],
    ['add', '.'],
    ['commit', '--quiet', '--message=first'],
  ])
    t.equal(runIn(folder, 'git', args).status, 0, `git ${args.join(' ')}`);
  return folder;
}

t.test('a version follows the one before it', async (t) => {
  for (const [current, next, problem] of [
    ['0.1.0', '0.1.1', undefined],
    ['0.9.9', '0.10.0', undefined],
    ['0.9.9', '1.0.0', undefined],
    ['0.1.0', '0.1.0', '0.1.0 does not follow 0.1.0'],
    ['0.2.0', '0.1.9', '0.1.9 does not follow 0.2.0'],
    ['0.1.0', 'v0.2.0', '"v0.2.0" is no version such as 1.2.3'],
    ['0.1.0', '0.2', '"0.2" is no version such as 1.2.3'],
  ] as const)
    t.equal(versionProblem(current, next), problem, `${current} → ${next}`);
});

t.test('what stands under Unreleased becomes the section of the version', async (t) => {
  t.equal(
    releasedChangelog(CHANGELOG, '0.2.0', '2026-05-04'),
    '# Changelog\n\n## Unreleased\n\n## 0.2.0 - 2026-05-04\n\n- New.\n\n## 0.1.0 - 2020-01-02\n\n- Old.\n',
  );
  t.equal(
    releasedChangelog('# C\n\n## Unreleased\n\n- New.\n', '0.2.0', '2026-05-04'),
    '# C\n\n## Unreleased\n\n## 0.2.0 - 2026-05-04\n\n- New.\n',
    'the first release',
  );
  t.throws(() => releasedChangelog('# C\n\n## Unreleased\n\n## 0.1.0\n', '0.2.0', ''), /has nothing under/);
  t.throws(() => releasedChangelog('# C\n', '0.2.0', ''), /has no section/);
  t.doesNotThrow(() => releasedChangelog(readFileSync(join(REPOSITORY, 'CHANGELOG.md'), 'utf8'), '9.0.0', ''));
});

t.test('a release in a checkout', { skip: hasGit ? false : 'there is no git' }, async (t) => {
  const folder = checkout(t, 'exit 0');
  const before = runIn(folder, 'git', ['rev-parse', 'HEAD']).text;
  const dry = release(folder, '0.2.0', '--dry-run');
  t.equal(dry.status, 0, dry.text);
  t.match(dry.text, /^would run the tests\nwould write .*\nwould commit\nwould tag v0\.2\.0\nwould pack /);
  t.equal(runIn(folder, 'git', ['rev-parse', 'HEAD']).text, before, 'a dry run commits nothing');
  t.equal(runIn(folder, 'git', ['status', '--porcelain']).text, '', 'and writes nothing');

  t.match(release(folder, '0.1.0', '--dry-run').text, /^release: 0\.1\.0 does not follow 0\.1\.0\n$/);
  t.match(release(folder).text, /^release: usage: /);
  writeFileSync(join(folder, 'other.txt'), '');
  const dirty = release(folder, '0.2.0');
  t.equal(dirty.status, 1);
  t.match(dirty.text, /^release: the checkout has changes/);
  runIn(folder, 'git', ['clean', '--force', '--quiet']);

  const real = release(folder, '0.2.0');
  t.equal(real.status, 0, real.text);
  t.equal(runIn(folder, 'git', ['describe', '--exact-match']).text, 'v0.2.0\n', 'the commit has the tag');
  t.match(readFileSync(join(folder, 'package.json'), 'utf8'), /"version": ?"0\.2\.0"/);
  t.match(
    readFileSync(join(folder, 'CHANGELOG.md'), 'utf8'),
    /## Unreleased\n\n## 0\.2\.0 - \d{4}-\d\d-\d\d\n\n- New\./,
  );
  t.ok(readdirSync(folder).includes('sonde-0.2.0.tgz'));
  t.equal(runIn(folder, 'git', ['status', '--porcelain']).text, '', 'all is committed');
  t.match(release(folder, '0.3.0').text, /nothing under "## Unreleased"/, 'there is nothing more to release');
});

t.test('tests that fail leave the checkout as it was', { skip: hasGit ? false : 'there is no git' }, async (t) => {
  const folder = checkout(t, 'exit 3');
  const { status, text } = release(folder, '0.2.0');
  t.equal(status, 1);
  t.match(text, /release: npm test failed/);
  t.equal(runIn(folder, 'git', ['status', '--porcelain']).text, '');
  t.equal(runIn(folder, 'git', ['tag']).text, '');
});
