import { renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { ServiceLog } from '../../../../src/log/service-log.js';
import { TargetStore } from '../../../../src/services/prober/discovery/target-store.js';
import { ManualClock } from '../../../helpers/manual-clock.js';

/** What happens to the folder before a look, what kind of look it is, and the targets and problems after it. */
interface Step {
  readonly done?: (folder: string) => void;
  /** Whether somebody asked for the look. */
  readonly asked?: true;
  readonly targets: string;
  readonly problem?: RegExp;
}

const write =
  (text: string | Buffer, name = 'a.yml') =>
  (folder: string): void => {
    writeFileSync(join(folder, name), text);
  };
const ONE = '- targets: [one]\n';
const TWO = '- targets: [one, two]\n';

function storeOf(folder: string, paths: readonly string[], write: (line: string) => void = () => undefined) {
  const clock = new ManualClock();
  const log = new ServiceLog({ level: 'warn', format: 'logfmt', clock, write });
  return new TargetStore({
    ...{ paths: paths.map((path) => join(folder, path)), clock, log },
    hasModule: () => true,
  });
}

async function follow(t: Test, steps: readonly Step[], paths: readonly string[] = ['.']): Promise<void> {
  const folder = t.testdir({ 'a.yml': ONE });
  const store = storeOf(folder, paths);
  t.equal(await store.look(), undefined);
  for (const [index, { done, asked, targets, problem }] of steps.entries()) {
    done?.(folder);
    if (asked) await store.look();
    else await store.lookPatiently();
    t.equal(store.targets.map(({ target }) => target).join(' '), targets, `targets after step ${index + 1}`);
    const problems = store.files.flatMap((file) => file.problem ?? []).join('\n');
    t.match(problems, problem ?? /^$/, `problems after step ${index + 1}`);
  }
}

const ROWS: Readonly<Record<string, readonly Step[]>> = {
  'a change is taken when the next look finds it as it was': [
    { done: write(TWO), targets: 'one' },
    { targets: 'one two' },
  ],
  'a file that is still being written is not taken': [
    { done: write('- targets: [two]\n'), targets: 'one' },
    { done: write('- targets: [two, three]\n'), targets: 'one' },
    { done: write('- targets: [two, three, four]\n'), targets: 'one' },
    { targets: 'two three four' },
  ],
  'a file with bytes that are not UTF-8 keeps its targets, and its line is named': [
    {
      done: write(Buffer.from('# \n- targets:\n  - caf\xe9.example\n', 'latin1')),
      asked: true,
      targets: 'one',
      problem: /a\.yml:3:8: the file is not UTF-8; save it as UTF-8$/,
    },
    { done: write('- targets: [café.example]\n'), asked: true, targets: 'café.example' },
  ],
  'whoever asks gets it at once': [{ done: write(TWO), asked: true, targets: 'one two' }],
  'a file that is emptied and then written ends no target': [
    { done: write(''), targets: 'one' },
    { targets: 'one', problem: /a\.yml: the file is empty; write \[\] if it is to have no targets$/ },
    { done: write(ONE), targets: 'one', problem: /empty/ },
    { targets: 'one' },
  ],
  'nor does it where somebody asks': [
    { done: write(' \n'), asked: true, targets: 'one', problem: /is empty/ },
    { done: write(ONE), asked: true, targets: 'one' },
  ],
  'an empty list has no targets': [{ done: write('[]\n'), targets: 'one' }, { targets: '' }],
  'nor has a file whose lines are comments now': [
    { done: write('# - targets: [one]\n'), targets: 'one' },
    { targets: '' },
  ],
  'a file that was empty from the beginning is nothing wrong': [
    { done: write('', 'b.yml'), targets: 'one' },
    { targets: 'one' },
    { done: write('- targets: [two]\n', 'b.yml'), asked: true, targets: 'one two' },
    { done: write('', 'b.yml'), asked: true, targets: 'one two', problem: /b\.yml: the file is empty/ },
  ],
  'a new file is taken by the second look': [
    { done: write('- targets: [two]\n', 'b.yml'), targets: 'one' },
    { targets: 'one two' },
  ],
  'a file that is away for one look has not gone': [
    { done: (folder) => renameSync(join(folder, 'a.yml'), join(folder, 'a.yml~')), targets: 'one' },
    { done: write(TWO), targets: 'one' },
    { targets: 'one two' },
    { done: (folder) => rmSync(join(folder, 'a.yml')), targets: 'one two' },
    { targets: '' },
  ],
  'one that has gone has gone at once for whoever asks': [
    { done: (folder) => rmSync(join(folder, 'a.yml')), asked: true, targets: '' },
  ],
  'a folder that cannot be read keeps what its files said': [
    {
      done: (folder) => {
        renameSync(folder, `${folder}-away`);
      },
      targets: 'one',
    },
    { targets: 'one', problem: /no such file or directory/ },
    { asked: true, targets: 'one', problem: /no such file or directory/ },
    {
      done: (folder) => {
        renameSync(`${folder}-away`, folder);
      },
      asked: true,
      targets: 'one',
    },
  ],
};

for (const [name, steps] of Object.entries(ROWS)) {
  t.test(name, (t) => follow(t, steps));
}

t.test('a pattern and a file by its name lose nothing in a moment, either', async (t) => {
  const away: readonly Step[] = [
    { done: (folder) => renameSync(join(folder, 'a.yml'), join(folder, 'a.yml~')), targets: 'one' },
    { done: write(TWO), targets: 'one' },
    { targets: 'one two' },
  ];
  for (const path of ['*.yml', 'a.yml']) await t.test(path, (t) => follow(t, away, [path]));
});

t.test('of two files with one target the first has it, also while the first is away', async (t) => {
  const folder = t.testdir({
    'a.yml': '- {targets: [x], labels: {from: a}}',
    'b.yml': '- {targets: [x], labels: {from: b}}',
  });
  const store = storeOf(folder, ['.']);
  const from = () => store.targets.map(({ labels }) => labels.get('from'));
  await store.look();
  t.strictSame(from(), ['a']);
  rmSync(join(folder, 'a.yml'));
  await store.lookPatiently();
  t.strictSame(from(), ['a']);
  await store.lookPatiently();
  t.strictSame(from(), ['b']);
});

t.test('a path that leads to no file is named, once until it leads to one', async (t) => {
  const folder = t.testdir({ 'a.yml': ONE, empty: {} });
  const lines: string[] = [];
  const store = storeOf(folder, ['*.yml', '[.yml', 'empty'], (line) => lines.push(line));
  const said = (): readonly string[] =>
    lines
      .splice(0)
      .filter((line) => line.includes('"No targets file is there"'))
      .map((line) => line.slice(line.lastIndexOf('/') + 1).trim());
  await store.look();
  t.strictSame(said(), ['[.yml', 'empty']);
  await store.lookPatiently();
  t.strictSame(said(), []);
  write(ONE, 'empty/b.yml')(folder);
  await store.look();
  rmSync(join(folder, 'empty/b.yml'));
  await store.look();
  t.strictSame(said(), ['empty']);
});

t.test('the log says that the last targets go on, if there are any', async (t) => {
  const folder = t.testdir({ 'a.yml': 'no list' });
  const lines: string[] = [];
  const store = storeOf(folder, ['.'], (line) => lines.push(line));
  const said = async (): Promise<readonly string[]> => {
    await store.look();
    return lines.splice(0).flatMap((line) => /msg="(Error[^"]*)"/.exec(line)?.[1] ?? []);
  };
  t.strictSame(await said(), ['Error reading targets file']);
  write(ONE)(folder);
  t.strictSame(await said(), []);
  write('no list again')(folder);
  t.strictSame(await said(), ['Error reading targets file, what it said before goes on']);
});
