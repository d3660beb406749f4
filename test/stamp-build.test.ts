import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { REPOSITORY } from './helpers/peer.js';

interface Stamp {
  readonly revision: string;
  readonly branch: string;
}
type Env = Readonly<Record<string, string>>;

// A script, which has no types.
const { buildStamp, stampBuild } = (await import(join(REPOSITORY, 'scripts/stamp-build.mjs'))) as {
  readonly buildStamp: (root: string, env: Env) => Stamp;
  readonly stampBuild: (root: string, file: string, env: Env) => void;
};

/** In a hook of git's, its variables mean the repository of the hook. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('GIT_')));

function git(folder: string, ...args: readonly string[]): string {
  const identity = ['-c', 'user.name=a', '-c', 'user.email=a@b.example', '-c', 'commit.gpgsign=false'];
  const { status, stdout, stderr } = spawnSync('git', [...identity, ...args], { cwd: folder, encoding: 'utf8', env });
  if (status !== 0) throw new Error(`git ${args.join(' ')}: ${stderr}`);
  return stdout.trim();
}

const hasGit = spawnSync('git', ['--version']).status === 0;

t.test('a checkout gives revision and branch', { skip: hasGit ? false : 'there is no git' }, async (t) => {
  const root = t.testdir({ 'a.txt': 'a' });
  git(root, 'init', '--quiet', '--initial-branch=line');
  t.same(buildStamp(root, {}), { revision: 'unknown', branch: 'unknown' }, 'before the first commit');
  git(root, 'add', '.');
  git(root, 'commit', '--quiet', '--message=first');
  const revision = git(root, 'rev-parse', 'HEAD');
  t.same(buildStamp(root, {}), { revision, branch: 'line' });
  t.same(buildStamp(root, {}), buildStamp(root, {}), 'the same commit, the same stamp');

  writeFileSync(join(root, 'untracked.txt'), '');
  t.equal(buildStamp(root, {}).revision, revision, 'files beside it do not count');
  writeFileSync(join(root, 'a.txt'), 'b');
  t.same(buildStamp(root, {}), { revision: `${revision}-modified`, branch: 'line' });
  git(root, 'checkout', '--quiet', '--force', '--detach');
  t.same(buildStamp(root, {}), { revision, branch: 'HEAD' }, 'no branch is checked out');

  const inner = join(root, 'node_modules/sonde');
  mkdirSync(inner, { recursive: true });
  t.same(buildStamp(inner, {}), { revision: 'unknown', branch: 'unknown' }, 'a checkout around it is not ours');
});

t.test('the environment names what no checkout can', async (t) => {
  const root = t.testdir();
  t.same(buildStamp(root, {}), { revision: 'unknown', branch: 'unknown' });
  t.same(buildStamp(root, { SONDE_BUILD_REVISION: 'abc', SONDE_BUILD_BRANCH: 'main' }), {
    revision: 'abc',
    branch: 'main',
  });
  t.same(buildStamp(root, { SONDE_BUILD_REVISION: '' }).revision, 'unknown', 'an empty build argument is none');
});

t.test('the file is written only when the stamp is another', async (t) => {
  const root = t.testdir();
  const file = join(root, 'dist/build.json');
  stampBuild(root, file, {});
  utimesSync(file, 1, 1);
  stampBuild(root, file, {});
  t.equal(statSync(file).mtimeMs, 1000);
  stampBuild(root, file, { SONDE_BUILD_REVISION: 'abc' });
  t.same(JSON.parse(readFileSync(file, 'utf8')), { revision: 'abc', branch: 'unknown' });
});

t.test('the command names the stamp that its build left', async (t) => {
  const { stdout, stderr } = spawnSync(process.execPath, [join(REPOSITORY, 'bin/sonde'), '--version'], {
    encoding: 'utf8',
  });
  const stamp = JSON.parse(readFileSync(join(REPOSITORY, 'dist/build.json'), 'utf8')) as Stamp;
  t.ok((stdout + stderr).includes(`(branch: ${stamp.branch}, revision: ${stamp.revision})`), stdout + stderr);
});
