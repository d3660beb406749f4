import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import t from 'tap';
import { FileTree, HostFiles } from '../../src/node/host-files.js';
import { loadSmallFileCalls } from '../../src/node/kernel/kernel-calls.js';
import { asError } from '../../src/values/as-error.js';

const PAGE = 4096;

const CONTENTS: readonly (readonly [name: string, content: string | Buffer])[] = [
  ['empty', ''],
  ['a word', 'up\n'],
  ['one less than a page', 'a'.repeat(PAGE - 1)],
  ['a page', 'a'.repeat(PAGE)],
  ['one less than the first buffer', 'a'.repeat(2 * PAGE - 1)],
  ['the first buffer', 'a'.repeat(2 * PAGE)],
  ['more than the first buffer', 'b'.repeat(2 * PAGE + 1)],
  ['more than the addon reads', 'c'.repeat((2 << 20) + 1)],
  ['not ASCII', 'Gerät ü 你好\n'],
  ['no UTF-8', Buffer.from([0x61, 0xff, 0xc3, 0x28, 0x0a])],
  ['a mark of byte order', '\uFEFFtext'],
  ['a null character', 'a\0b'],
];

/** What an action gives, or the facts of its error. */
function outcome(action: () => unknown): unknown {
  try {
    return action();
  } catch (error) {
    const { message, code, syscall, path, errno } = asError(error) as NodeJS.ErrnoException;
    return { message, code, syscall, path, errno };
  }
}

t.test('files are read alike with the addon and without it', (t) => {
  const calls = loadSmallFileCalls();
  if (calls === undefined) t.comment('there is no addon: only Node is tested');
  const root = t.testdir({ files: Object.fromEntries(CONTENTS), folder: {} });
  for (const endsShort of [false, true]) {
    for (const isTogether of [false, true]) {
      const tree = new FileTree(root, { calls, endsShort });
      if (isTogether) tree.readTogether('files', CONTENTS.map(([name]) => name).join('/'));
      for (const [name] of CONTENTS) {
        t.ok(tree.text(`files/${name}`) === readFileSync(`${root}/files/${name}`, 'utf8'), name);
      }
      tree.readTogether('folder', 'none');
      tree.readTogether('files', '');
      tree.readTogether('none', 'none');
      tree.readTogether('files/empty', 'none');
      for (const path of [
        'folder',
        'folder/none',
        'none/none',
        'files/empty/none',
        'files',
        '',
        'a\0b',
        'x'.repeat(5000),
      ]) {
        const node = new FileTree(root);
        for (const call of ['text', 'value', 'textIfAny'] as const) {
          const expected = outcome(() => node[call](path));
          t.strictSame(
            outcome(() => tree[call](path)),
            expected,
            `${call} of ${path.slice(0, 20)}`,
          );
        }
      }
    }
  }
  t.end();
});

t.test('a file is read once in a scrape, and anew in the next', (t) => {
  const calls = loadSmallFileCalls();
  const root = t.testdir({ folder: { a: '1', b: '2' } });
  const tree = new FileTree(root, { calls });
  t.equal(tree.value('folder/a'), '1');
  t.testdir({ folder: { a: '3', b: '4' } });
  tree.readTogether('folder', 'a/b');
  t.equal(tree.value('folder/a'), '1', 'what is known stays');
  t.equal(tree.value('folder/b'), '4');
  t.equal(new FileTree(root, { calls }).value('folder/a'), '3');
  t.end();
});

t.test('a file of the kernel that comes in many pieces is read to its end', (t) => {
  const tree = new FileTree('/proc', { calls: loadSmallFileCalls() });
  const file = 'self/smaps';
  const last = /^VmFlags:/gm;
  const count = (text: string): number => text.match(last)?.length ?? 0;
  const expected = count(readFileSync(`/proc/${file}`, 'utf8'));
  if (expected === 0) t.comment('this kernel has no smaps');
  // The mappings change while it is read; a first piece alone has a page of them.
  else t.ok(count(tree.text(file)) > expected / 2);
  t.end();
});

t.test('without the addon there are no calls', (t) => {
  t.equal(loadSmallFileCalls(pathToFileURL(`${t.testdir()}/`)), undefined);
  t.end();
});

t.test('a file that is longer than one of the kernel can be is refused', async (t) => {
  const attribute = 64 * 1024;
  const other = 16 * 1024 * 1024;
  const root = t.testdir({
    sys: { most: 'a'.repeat(attribute), more: 'a'.repeat(attribute + 1) },
    proc: { most: 'a'.repeat(other), more: 'a'.repeat(other + 1) },
  });
  const paths = { procfs: `${root}/proc`, sysfs: `${root}/sys`, rootfs: root, udevData: root };
  for (const [name, calls] of [
    ['with the addon', loadSmallFileCalls()],
    ['without it', undefined],
  ] as const) {
    for (const tree of ['sys', 'proc'] as const) {
      const { [tree]: files } = new HostFiles(paths, calls);
      const { [tree]: later } = new HostFiles(paths, calls);
      const length = tree === 'sys' ? attribute : other;
      t.equal(files.text('most').length, length, `${tree} ${name}`);
      t.equal((await later.textLater('most')).length, length, `${tree} ${name}, later`);
      const refused = { code: 'EFBIG', message: `EFBIG: file too large, read '${root}/${tree}/more'` };
      t.throws(() => files.text('more'), refused, `${tree} ${name}`);
      t.throws(() => files.textIfAny('more'), refused, `${tree} ${name}`);
      await t.rejects(later.textLater('more'), refused, `${tree} ${name}, later`);
    }
  }
});
