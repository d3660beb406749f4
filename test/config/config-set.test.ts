import { execFileSync } from 'node:child_process';
import { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { checkConfigFiles } from '../../src/config/check-config-files.js';
import { findConfigFiles } from '../../src/config/config-files.js';
import { ConfigStore } from '../../src/config/config-store.js';
import { loadConfig } from '../../src/config/load-config.js';
import { ManualClock } from '../helpers/manual-clock.js';

const moduleOf = (...names: readonly string[]): string =>
  `modules:\n${names.map((name) => `  ${name}: {prober: tcp}\n`).join('')}`;
const BROKEN = 'modules: {x: {prober: tcp, x: 1}}\n';

/** A store on files of a folder, and what a test asks of it. */
async function openSet(folder: string, ...paths: readonly string[]) {
  const clock = new ManualClock();
  const store = await ConfigStore.open({ paths: paths.map((path) => join(folder, path)), probers: [], clock });
  const short = (text: string): string => text.replaceAll(`${folder}/`, '');
  return {
    clock,
    store,
    write: (name: string, text: string): void => writeFileSync(join(folder, name), text),
    remove: (name: string): void => rmSync(join(folder, name), { recursive: true }),
    modules: (): string => [...store.current().modules.keys()].join(' '),
    /** Such as `a.yml b.yml!`: a broken file has an exclamation mark. */
    files: (): string => short(store.files.map(({ file, problem }) => `${file}${problem ? '!' : ''}`).join(' ')),
    problems: (): readonly string[] => store.files.flatMap(({ problem }) => (problem ? [short(problem)] : [])),
  };
}

t.test('what a path means', async (t) => {
  const folder = t.testdir({
    d: {
      'b.yml': '',
      'a.yaml': '',
      'Z.yml': '',
      'c.yml~': '',
      '#d.yml#': '',
      '.e.yml': '',
      'f.txt': '',
      'g.yml': { 'h.yml': '' },
    },
    'x[1].yml': '',
    'x1.yml': '',
    empty: {},
    'docker.yml': {},
    'full.yml': { 'a.yml': '' },
  });
  symlinkSync('nowhere', join(folder, 'd', 'link.yml'));
  // What is no file fails when it is read, except the empty device, which stands for a file that is not meant.
  execFileSync('mkfifo', [join(folder, 'd', 'pipe.yml')]);
  symlinkSync('/dev/zero', join(folder, 'd', 'zero.yml'));
  symlinkSync('/dev/null', join(folder, 'd', 'null.yml'));
  const rows: readonly (readonly [path: string, files: readonly string[], isComplete: boolean])[] = [
    ['d', ['d/Z.yml', 'd/a.yaml', 'd/b.yml', 'd/link.yml', 'd/pipe.yml', 'd/zero.yml'], true],
    ['d/', ['d/Z.yml', 'd/a.yaml', 'd/b.yml', 'd/link.yml', 'd/pipe.yml', 'd/zero.yml'], true],
    ['d/[a-z].y*l', ['d/a.yaml', 'd/b.yml'], true],
    ['d/f.txt', ['d/f.txt'], true],
    ['d/*.txt', ['d/f.txt'], true],
    ['d/n*.yml', [], true],
    ['empty', [], true],
    ['docker.yml', ['docker.yml'], false],
    ['full.yml', ['full.yml/a.yml'], true],
    ['x[1].yml', ['x[1].yml'], true],
    ['x[12].yml', ['x1.yml'], true],
    ['none.yml', ['none.yml'], false],
    ['none/*.yml', ['none/*.yml'], false],
    ['x1.yml/*.yml', ['x1.yml/*.yml'], false],
  ];
  for (const [path, files, isComplete] of rows) {
    const found = await findConfigFiles(`${folder}/${path}`);
    const names = found.files.map((file) => file.slice(folder.length + 1));
    t.same({ names, isComplete: found.isComplete }, { names: files, isComplete }, path);
  }
});

t.test('files in the order given, each once, as one document', async (t) => {
  const folder = t.testdir({
    'blackbox.yml': moduleOf('m10', 'm9'),
    d: { 'b.yml': moduleOf('b'), 'a.yml': moduleOf('a') },
  });
  const { modules, files, store } = await openSet(folder, 'blackbox.yml', 'd/b.yml', 'd', 'd/*.yml');
  t.equal(files(), 'blackbox.yml d/b.yml d/a.yml');
  t.equal(modules(), 'm10 m9 b a');
  const one = await loadConfig(moduleOf('m10', 'm9', 'b', 'a'), 'one.yml', []);
  t.equal([...store.current().render()].join(''), [...one.render()].join(''));
  t.same(store.current().warnings, []);
});

t.test('a broken file is refused alone', async (t) => {
  const folder = t.testdir({ 'a.yml': moduleOf('a'), 'b.yml': moduleOf('b'), 'c.yml': BROKEN });
  const set = await openSet(folder, '*.yml');
  t.equal(set.files(), 'a.yml b.yml c.yml!', 'at the start');
  t.match(set.problems(), [/^error parsing config file: c\.yml:1:28: modules\.x\.x: /]);
  t.equal(set.modules(), 'a b');
  t.notOk(set.store.lastReloadSuccessful);
  const started = set.store.lastReloadSuccessSeconds;
  t.equal(started, set.clock.wallSeconds());

  set.clock.advance(5);
  set.write('a.yml', BROKEN);
  set.write('b.yml', moduleOf('b', 'b2'));
  t.equal(await set.store.reload(), 'changed');
  t.equal(set.files(), 'a.yml! b.yml c.yml!');
  t.equal(set.modules(), 'a b b2', 'of a.yml, what was last good');
  t.equal(set.store.lastReloadSuccessSeconds, started);

  set.write('c.yml', moduleOf('c'));
  t.equal(await set.store.reload(), 'changed');
  t.equal(set.modules(), 'a b b2 c');
  t.notOk(set.store.lastReloadSuccessful);

  set.write('a.yml', moduleOf('a'));
  t.equal(await set.store.reload(), 'unchanged');
  t.ok(set.store.lastReloadSuccessful);
  t.equal(set.store.lastReloadSuccessSeconds, started + 5);

  for (const name of ['a.yml', 'b.yml', 'c.yml']) set.write(name, BROKEN);
  await t.rejects(set.store.reload(), { message: /^no configuration file can be used: (.*\n){2}.*c\.yml:1:28/ });
  t.equal(set.files(), 'a.yml! b.yml! c.yml!');
  t.equal(set.modules(), 'a b b2 c');
});

t.test('files come and go', async (t) => {
  const folder = t.testdir({ d: { 'b.yml': moduleOf('b') }, 'x.yml': moduleOf('x') });
  const set = await openSet(folder, 'x.yml', 'd', 'd/*.conf');
  t.match(set.store.current().warnings, [{ message: 'No configuration file found', fields: { path: /d\/\*\.conf$/ } }]);
  set.write('d/a.yml', moduleOf('a'));
  t.equal(await set.store.reload(), 'changed');
  t.equal(set.modules(), 'x a b');
  set.remove('d/b.yml');
  t.equal(await set.store.reload(), 'changed');
  t.equal(set.modules(), 'x a');
  t.equal(set.files(), 'x.yml d/a.yml');

  set.remove('x.yml');
  t.equal(await set.store.reload(), 'unchanged', 'what was named itself must not go');
  t.match(set.problems(), [/open x\.yml: no such file or directory$/]);
  set.write('x.yml', moduleOf('x'));
  renameSync(join(folder, 'd'), join(folder, 'away'));
  t.equal(await set.store.reload(), 'unchanged', 'nor a folder');
  t.equal(set.files(), 'x.yml d! d/a.yml! d/*.conf!');
  renameSync(join(folder, 'away'), join(folder, 'd'));
  t.equal(await set.store.reload(), 'unchanged');
  t.equal(set.files(), 'x.yml d/a.yml');
});

t.test('no file at all', async (t) => {
  const folder = t.testdir({ d: { 'a.yml': moduleOf('a') }, empty: {} });
  await t.rejects(openSet(folder, 'empty'), {
    message: /^error parsing config file: .*empty: there is no configuration file$/,
  });
  await t.rejects(openSet(folder, 'none'), {
    message: /error reading YAML file: open .*none: no such file or directory$/,
  });
  const set = await openSet(folder, 'd');
  set.remove('d/a.yml');
  await t.rejects(set.store.reload(), { message: /there is no configuration file/ });
  t.equal(set.modules(), 'a');
  t.notOk(set.store.lastReloadSuccessful);
});

t.test('a name in two files', async (t) => {
  const folder = t.testdir({ 'a.yml': moduleOf('a', 'm'), 'b.yml': moduleOf('b', 'm') });
  const set = await openSet(folder, 'a.yml', 'b.yml');
  t.equal(set.modules(), 'a m', 'the later file is refused');
  t.same(set.problems(), [
    'error parsing config file: b.yml:3:3: modules.m: the name is taken by another file, at a.yml:3:3',
  ]);

  set.write('a.yml', moduleOf('a'));
  await set.store.reload();
  t.equal(set.modules(), 'a b m', 'the name is free');

  set.write('a.yml', moduleOf('a', 'a2', 'm'));
  await set.store.reload();
  t.equal(set.files(), 'a.yml! b.yml', 'who had it keeps it');
  t.equal(set.modules(), 'a b m');
  t.match(set.problems(), [/a\.yml:4:3: modules\.m: .* at b\.yml:3:3$/]);

  set.write('b.yml', moduleOf('b', 'b2'));
  await set.store.reload();
  t.equal(set.files(), 'a.yml b.yml', 'it moves in one reload');
  t.equal(set.modules(), 'a a2 m b b2');

  set.write('a.yml', moduleOf('a', 'n'));
  set.write('b.yml', moduleOf('b', 'n'));
  await set.store.reload();
  t.equal(set.modules(), 'a n b b2', 'of two new ones, the earlier file has it');
});

t.test('a file that must stay as it was keeps its names from others', async (t) => {
  const folder = t.testdir({ 'a.yml': moduleOf('a', 'm'), 'b.yml': moduleOf('b') });
  const set = await openSet(folder, 'a.yml', 'b.yml');
  set.write('a.yml', BROKEN);
  set.write('b.yml', moduleOf('b', 'm'));
  await t.rejects(set.store.reload(), {
    message: /b\.yml:3:3: modules\.m: the name is taken by another file, at .*a\.yml:3:3/,
  });
  t.equal(set.modules(), 'a m b');
});

t.test('a FIFO in the place of a file of a folder leaves the configuration as it was', async (t) => {
  const folder = t.testdir({ d: { 'a.yml': moduleOf('a'), 'b.yml': moduleOf('b') } });
  const { modules, problems, store } = await openSet(folder, 'd');
  rmSync(join(folder, 'd', 'b.yml'));
  execFileSync('mkfifo', [join(folder, 'd', 'b.yml')]);
  await store.reload();
  t.equal(modules(), 'a b', 'its module is still there');
  t.match(problems(), [/named pipe/]);
});

t.test('check', async (t) => {
  const folder = t.testdir({ 'a.yml': moduleOf('m'), 'b.yml': moduleOf('m'), 'c.yml': BROKEN, d: {} });
  const check = (path: string) => checkConfigFiles({ paths: [join(folder, path)], probers: [] });
  t.match(await check('*.yml'), [
    { file: /a\.yml$/, problems: [] },
    { file: /b\.yml$/, problems: [/b\.yml:2:3: modules\.m: the name is taken by another file, at .*a\.yml:2:3$/] },
    { file: /c\.yml$/, problems: [/c\.yml:1:28/] },
  ]);
  const both = await checkConfigFiles({ paths: [`${folder}/a.yml`, `${folder}/*.conf`], probers: [] });
  t.match(both, [{ problems: [] }, { file: /\*\.conf$/, problems: [/\*\.conf: there is no configuration file$/] }]);
  t.match(await check('d'), [{ file: /d$/, problems: [/d: there is no configuration file$/] }]);
  mkdirSync(join(folder, 'e'));
  symlinkSync('nowhere', join(folder, 'e', 'a.yml'));
  execFileSync('mkfifo', [join(folder, 'e', 'b.yml')]);
  t.match(await check('e'), [
    { file: /e\/a\.yml$/, problems: [/no such file or directory/] },
    { file: /e\/b\.yml$/, problems: [/not a regular file, but a named pipe/] },
  ]);
});

t.test('an empty folder in the place of one of several files is a broken file', async (t) => {
  const policy = 'target_policy: {deny: [{hosts: [a.example]}]}\n';
  for (const name of ['b.yml', 'conf']) {
    const folder = t.testdir({ 'a.yml': moduleOf('a'), [name]: `${policy}${moduleOf('b')}` });
    const set = await openSet(folder, 'a.yml', name);
    t.equal(set.files(), `a.yml ${name}`);
    set.remove(name);
    mkdirSync(join(folder, name));
    t.equal(await set.store.reload(), 'unchanged');
    t.equal(set.files(), `a.yml ${name}!`, 'its modules and its policy stay');
    t.match(set.problems(), [/is a directory/]);
  }
  const folder = t.testdir({ 'a.yml': moduleOf('a'), 'b.yml': {} });
  const set = await openSet(folder, 'a.yml', 'b.yml');
  t.match(set.problems(), [/b\.yml: is a directory/], 'at the start, too');
});
