import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { REPOSITORY } from '../helpers/peer.js';

/** A bundle of one script; what it exports can be seen. */
const scriptOf = (text: string): string =>
  `(function(exports,require,module,__filename,__dirname,moduleUrl){exports.said=()=>'${text}'})\n`;

const RUN = `
const { load, save } = require('./bin/load.js');
const { said } = load(require('node:path').join(__dirname, 'dist/bundle/main.js'));
process.stdout.write(said());
save();
`;

interface Folder {
  readonly root: string;
  readonly run: () => string;
  /** The files that keep what was compiled. */
  readonly kept: () => readonly string[];
  readonly write: (text: string) => void;
}

function makeFolder(t: Test): Folder {
  const root = t.testdir({ 'run.cjs': RUN, bin: {}, dist: { bundle: { 'main.code.js': scriptOf('one') } } });
  cpSync(join(REPOSITORY, 'bin'), join(root, 'bin'), { recursive: true });
  const folder = join(root, 'dist/code-cache');
  return {
    root,
    run: () => {
      const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, 'run.cjs')], { encoding: 'utf8' });
      t.equal(stderr, '');
      t.equal(status, 0);
      return stdout;
    },
    kept: () => readdirSync(folder).map((name) => join(folder, name)),
    write: (text) => {
      writeFileSync(join(root, 'dist/bundle/main.code.js'), scriptOf(text));
    },
  };
}

t.test('what was compiled is kept once, and used', (t) => {
  const { run, kept } = makeFolder(t);
  t.equal(run(), 'one');
  const [file = '', ...others] = kept();
  t.same(others, []);
  const { ino } = statSync(file);
  t.equal(run(), 'one');
  t.same(kept(), [file]);
  t.equal(statSync(file).ino, ino, 'it was good, so it is not written again');
  t.end();
});

t.test('another script of the same length is not taken for the old one, whose code goes', (t) => {
  const { run, kept, write } = makeFolder(t);
  run();
  const before = kept();
  write('two');
  t.equal(run(), 'two');
  const after = kept();
  t.equal(after.length, 1);
  t.notSame(after, before);
  t.end();
});

const DAMAGES: readonly { readonly name: string; readonly damage: (file: string) => void }[] = [
  { name: 'empty', damage: (file) => truncateSync(file, 0) },
  { name: 'cut short', damage: (file) => truncateSync(file, statSync(file).size - 1) },
  {
    name: 'changed',
    damage: (file) => {
      const bytes = readFileSync(file);
      bytes.writeUInt8((bytes.at(-8) ?? 0) ^ 1, bytes.length - 8);
      writeFileSync(file, bytes);
    },
  },
  { name: 'of something else', damage: (file) => writeFileSync(file, 'what?') },
];

for (const { name, damage } of DAMAGES) {
  t.test(`what is kept is not used when it is damaged, but written again: ${name}`, (t) => {
    const { run, kept } = makeFolder(t);
    run();
    const [file = ''] = kept();
    const good = readFileSync(file);
    damage(file);
    t.notSame(readFileSync(file), good);
    t.equal(run(), 'one');
    t.same(readFileSync(file).subarray(0, 4).length, 4);
    t.equal(statSync(file).size, good.length);
    t.end();
  });
}

t.test('a folder that cannot be made is no fault', (t) => {
  const { run, root } = makeFolder(t);
  writeFileSync(join(root, 'dist/code-cache'), 'a file');
  t.equal(run(), 'one');
  t.equal(readFileSync(join(root, 'dist/code-cache'), 'utf8'), 'a file');
  t.end();
});
