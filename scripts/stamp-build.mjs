// Writes dist/build.json: the revision and the branch that `sonde --version` and the build metrics name. They come from
// the git checkout, or from SONDE_BUILD_REVISION and SONDE_BUILD_BRANCH where a build has no checkout (a container
// image). A packed package carries the file. Without either both are "unknown". One commit always gives the same stamp:
// there is no date and no machine in it.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

const UNKNOWN = 'unknown';

/** What git answers, in one line; undefined if there is no git, no checkout, or no commit yet. */
function git(root, args) {
  // Without optional locks: a build never keeps another git command waiting.
  const { status, stdout } = spawnSync('git', ['--no-optional-locks', ...args], { cwd: root, encoding: 'utf8' });
  return status === 0 ? stdout.trim() : undefined;
}

/** The facts of the checkout whose top folder is `root`; a checkout of something else around it is not ours. */
function checkoutFacts(root) {
  const top = git(root, ['rev-parse', '--show-toplevel']);
  if (top === undefined || realpathSync(top) !== realpathSync(root)) return {};
  const commit = git(root, ['rev-parse', '--verify', 'HEAD']);
  if (commit === undefined) return {};
  const isModified = git(root, ['status', '--porcelain', '--untracked-files=no']) !== '';
  // Go's build stamps say -modified, too. A branch is HEAD where none is checked out, as git calls it.
  return {
    revision: isModified ? `${commit}-modified` : commit,
    branch: git(root, ['rev-parse', '--abbrev-ref', 'HEAD']),
  };
}

/** The stamp of a build in `root`: what the environment names comes first. */
export function buildStamp(root, env) {
  const checkout = checkoutFacts(root);
  return {
    revision: env.SONDE_BUILD_REVISION || checkout.revision || UNKNOWN,
    branch: env.SONDE_BUILD_BRANCH || checkout.branch || UNKNOWN,
  };
}

/** Writes the stamp of `root` to `file`, if it is another than the one that is there. */
export function stampBuild(root, file, env = process.env) {
  const text = `${JSON.stringify(buildStamp(root, env), undefined, 2)}\n`;
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
}
