// Makes a release of the checkout in the current folder: `npm run release -- 0.2.0 [--dry-run]`. docs/releasing.md
// describes it. It pushes and publishes nothing. With --dry-run everything is checked, and nothing is run or written.
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const VERSION = /^(\d+)\.(\d+)\.(\d+)$/;

/** Why `next` cannot follow `current`; undefined if it can. */
export function versionProblem(current, next) {
  const [now, then] = [VERSION.exec(current), VERSION.exec(next)];
  if (then === null) return `"${next}" is no version such as 1.2.3`;
  const steps = [1, 2, 3].map((part) => Number(then[part]) - Number(now?.[part] ?? 0));
  return (steps.find((step) => step !== 0) ?? 0) > 0 ? undefined : `${next} does not follow ${current}`;
}

/** CHANGELOG.md with what stands under Unreleased as the section of `version`; throws an Error if there is nothing. */
export function releasedChangelog(text, version, date) {
  const [, head, body, rest] = /^([\s\S]*?^## Unreleased\n)([\s\S]*?)((?:^## [\s\S]*)?)$(?![\s\S])/m.exec(text) ?? [];
  if (head === undefined) throw new Error('CHANGELOG.md has no section "## Unreleased"');
  if (body.trim() === '') throw new Error('CHANGELOG.md has nothing under "## Unreleased"');
  return `${head}\n## ${version} - ${date}\n\n${body.trim()}\n${rest === '' ? '' : `\n${rest}`}`;
}

function run(command, args, stdio = 'pipe') {
  const { status, stdout, stderr, error } = spawnSync(command, args, { encoding: 'utf8', stdio });
  if (error || status !== 0) {
    throw new Error(`${command} ${args.join(' ')} failed: ${error?.message ?? stderr ?? `exit code ${status}`}`);
  }
  return stdout?.trim() ?? '';
}

/** Everything that can be wrong before anything is done: the first of it is thrown. */
function check(version) {
  const { version: current } = JSON.parse(readFileSync('package.json', 'utf8'));
  const problem = versionProblem(current, version);
  if (problem) throw new Error(problem);
  if (run('git', ['status', '--porcelain']) !== '') throw new Error('the checkout has changes: commit or stash them');
  if (run('git', ['tag', '--list', `v${version}`]) !== '') throw new Error(`there is a tag v${version} already`);
  return releasedChangelog(readFileSync('CHANGELOG.md', 'utf8'), version, new Date().toISOString().slice(0, 10));
}

/** The steps of a release in their order. The tests run first, so that a failure leaves the checkout as it was. */
function steps(version, changelog) {
  return [
    { what: 'run the tests', take: () => run('npm', ['test'], 'inherit') },
    {
      what: 'write package.json, package-lock.json and CHANGELOG.md',
      take: () => {
        run('npm', ['version', version, '--no-git-tag-version', '--ignore-scripts']);
        writeFileSync('CHANGELOG.md', changelog);
      },
    },
    { what: 'commit', take: () => run('git', ['commit', '--all', '--quiet', `--message=Release ${version}`]) },
    { what: `tag v${version}`, take: () => run('git', ['tag', '--annotate', `v${version}`, `--message=${version}`]) },
    { what: `pack sonde-${version}.tgz`, take: () => run('npm', ['pack'], 'inherit') },
  ];
}

function main() {
  const { values, positionals } = parseArgs({ options: { 'dry-run': { type: 'boolean' } }, allowPositionals: true });
  const [version] = positionals;
  if (version === undefined) throw new Error('usage: npm run release -- VERSION [--dry-run]');
  const isDry = values['dry-run'] === true;
  for (const { what, take } of steps(version, check(version))) {
    console.log(isDry ? `would ${what}` : what);
    if (!isDry) take();
  }
  console.log(`to publish: git push --follow-tags && npm publish sonde-${version}.tgz`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    main();
  } catch (error) {
    console.error(`release: ${error.message}`);
    process.exitCode = 1;
  }
}
