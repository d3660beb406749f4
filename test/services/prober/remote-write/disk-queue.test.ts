import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import t, { type Test } from 'tap';
import { type Level, openLevel } from '../../../../src/push/store/open-level.js';
import { DiskQueue, type FoundQueue } from '../../../../src/services/prober/remote-write/disk-queue.js';
import { MARK } from '../../../../src/services/prober/remote-write/queue-mark.js';
import { ManualClock } from '../../../helpers/manual-clock.js';
import { mountSmall } from '../../../helpers/small-file-system.js';

const clock = new ManualClock();
const open = (folder: string, mostBytes: number): Promise<DiskQueue> => DiskQueue.open({ folder, mostBytes, clock });

const texts = async (queue: DiskQueue, most = 100): Promise<readonly string[]> =>
  (await queue.first(most)).map(({ text }) => text);

t.test('records come in order, also after the queue was opened again', async (t) => {
  const folder = join(t.testdir({}), 'deep/queue');
  const queue = await open(folder, 1e6);
  await Promise.all(['a', 'b', 'c', 'd'].map((text) => queue.add(text)));
  t.strictSame(await texts(queue), ['a', 'b', 'c', 'd']);
  t.strictSame(await texts(queue, 2), ['a', 'b']);
  await queue.remove((await queue.first(1)).map(({ place }) => place));
  await queue.close();
  const again = await open(folder, 1e6);
  await again.add('e');
  t.strictSame(await texts(again), ['b', 'c', 'd', 'e']);
  t.equal(again.size.records, 4);
  await t.rejects(open(folder, 1e6), {
    message: 'it is in use by another process; stop that one, or give each a folder of its own',
  });
  await again.remove((await again.first(9)).map(({ place }) => place));
  t.strictSame(again.size, { records: 0, bytes: 0 });
  await again.close();
});

t.test('no more is read than is wanted', async (t) => {
  const queue = await open(join(t.testdir({}), 'queue'), 1e6);
  for (let index = 0; index < 5; index++) await queue.add(`${index} ${'x'.repeat(1000)}`);
  t.equal((await queue.first(100, 2500)).length, 3);
  t.equal((await queue.first(100, 1)).length, 1, 'one at least');
  t.equal((await queue.first(100)).length, 5);
  await queue.close();
});

t.test('of a full queue the oldest go', async (t) => {
  const queue = await open(join(t.testdir({}), 'queue'), 1000);
  for (let index = 0; index < 20; index++) await queue.add(`${index} ${'x'.repeat(90)}`);
  t.ok(queue.size.bytes <= 1000 && queue.size.records > 5, JSON.stringify(queue.size));
  t.equal(queue.dropped + queue.size.records, 20);
  t.match((await texts(queue)).at(-1), /^19 /);
  await queue.close();
});

t.test('a folder with another database is left as it is', async (t) => {
  const folder = join(t.testdir({}), 'store');
  const level = await openLevel(folder, { create: true });
  await level.put('a/x', Buffer.from('somebody else'));
  await level.close();
  await t.rejects(open(folder, 1e6), { message: /no queue of remote write/ });
  const again = await openLevel(folder, { create: false });
  t.equal(String(await again.get('a/x')), 'somebody else');
  await again.close();
});

t.test('notes are there as long as there are records', async (t) => {
  const folder = join(t.testdir({}), 'queue');
  const queue = await open(folder, 1e6);
  const one = { name: 'up', text: 'x' };
  await Promise.all([queue.add('a', [one]), queue.add('b', [{ name: 'ä', text: '1' }]), queue.add('c')]);
  await queue.add('d', [{ name: 'ä', text: '2' }]);
  t.strictSame(await texts(queue), ['a', 'b', 'c', 'd']);
  t.equal(queue.size.records, 4);
  await queue.close();
  const again = await open(folder, 1e6);
  t.strictSame(again.found, { missing: 0, notes: [one, { name: 'ä', text: '2' }] });
  t.strictSame(await texts(again), ['a', 'b', 'c', 'd']);
  await again.remove((await again.first(9)).map(({ place }) => place));
  await again.close();
  const empty = await open(folder, 1e6);
  t.strictSame(empty.found, { missing: 0, notes: [] });
  await empty.close();
  const level = await openLevel(folder, { create: false });
  t.strictSame(await level.keys().all(), [], 'none are left behind');
  await level.close();
});

/** A queue of ten records of some length, closed. */
async function makeQueue(t: Test, folder = join(t.testdir({}), 'queue')): Promise<string> {
  const queue = await open(folder, 1e6);
  for (let index = 0; index < 10; index++)
    await queue.add(`${index} ${randomBytes(6000).toString('hex')}`, [{ name: 'up', text: 'x' }]);
  await queue.close();
  return folder;
}

const numbers = async (queue: DiskQueue): Promise<string> =>
  (await texts(queue)).map((text) => text.split(' ', 1)[0] ?? '').join('');

const DAMAGE: readonly (readonly [name: string, change: (level: Level) => Promise<void>])[] = [
  ['is not there', (level) => level.del('0000000000000004')],
  ['has changed', (level) => level.put('0000000000000004', Buffer.from('not what was written'))],
  [
    'stands in the place of another',
    async (level) => level.put('0000000000000004', (await level.get('0000000000000003')) ?? Buffer.alloc(0)),
  ],
];
for (const [name, change] of DAMAGE) {
  t.test(`a record that ${name} is counted, and the others go on`, async (t) => {
    const folder = await makeQueue(t);
    const level = await openLevel(folder, { create: false });
    await change(level);
    await level.close();
    const queue = await open(folder, 1e6);
    t.match(queue.found, { missing: 1, damage: undefined });
    t.equal(queue.dropped, 1);
    t.equal(await numbers(queue), '012456789');
    await queue.close();
  });
}

const FILES: readonly (readonly [name: string, change: (folder: string, names: readonly string[]) => void])[] = [
  ['CURRENT', (folder) => rmSync(join(folder, 'CURRENT'))],
  ['the manifest', (folder, names) => writeFileSync(join(folder, find(names, /^MANIFEST/)), 'nonsense')],
  ['nothing but garbage in CURRENT', (folder) => writeFileSync(join(folder, 'CURRENT'), 'nonsense\n')],
];
for (const [name, change] of FILES) {
  t.test(`a database without ${name} is set aside, and repaired`, async (t) => {
    const folder = await makeQueue(t);
    change(folder, readdirSync(folder));
    const queue = await open(folder, 1e6);
    t.match(queue.found.damage, { why: /CURRENT|[Cc]orruption/, copy: /queue\.damaged-20260102T03\d{4}Z$/ });
    t.ok(
      readdirSync(queue.found.damage?.copy ?? '').some((file) => /^\d+\.(?:log|ldb)$/.test(file)),
      'the copy has records',
    );
    t.equal((await numbers(queue)).length + queue.found.missing, 10, 'nothing is missing in silence');
    await queue.add('10 ');
    t.match(await numbers(queue), /10$/);
    await queue.close();
    t.equal((await open(folder, 1e6).then(async (next) => (await next.close(), next))).found.damage, undefined);
  });
}

t.test('one changed bit in a table, with which LevelDB would end the process, costs few records', async (t) => {
  const folder = await makeQueue(t);
  // Opened once more, LevelDB makes a table of its log.
  await (await open(folder, 1e6)).close();
  const [table = ''] = readdirSync(folder).filter((name) => name.endsWith('.ldb'));
  const bytes = readFileSync(join(folder, table));
  // The key is said to be shorter than LevelDB allows.
  const key = bytes.indexOf('0000000000000005');
  bytes[key - 3] = 3;
  writeFileSync(join(folder, table), bytes);
  const queue = await open(folder, 1e6);
  t.match(queue.found.damage?.why, /\.ldb has changed since it was written$/);
  t.equal((await numbers(queue)).length, 9, 'the other records are there');
  t.equal(queue.found.missing, 1);
  await queue.close();
});

t.test('what LevelDB passes over in silence in its log is counted', async (t) => {
  const folder = await makeQueue(t);
  const log = join(folder, find(readdirSync(folder), /^\d+\.log$/));
  const bytes = readFileSync(log);
  bytes.fill(0x55, 40_000, 40_100);
  writeFileSync(log, bytes);
  const queue = await open(folder, 1e6);
  const kept = await numbers(queue);
  t.match(kept, /^0.*9$/, 'what is before and behind is there');
  t.ok(queue.found.missing > 0, `${queue.found.missing}`);
  t.equal(kept.length + queue.found.missing, 10);
  t.equal(queue.dropped, queue.found.missing);
  await queue.close();
});

t.test('a log that was emptied is told of, once, and what was sent is not missed', async (t) => {
  const folder = await makeQueue(t);
  const emptyLog = (): void => {
    for (const name of readdirSync(folder)) if (/^\d+\.log$/.test(name)) writeFileSync(join(folder, name), '');
  };
  emptyLog();
  const queue = await open(folder, 1e6);
  t.equal(queue.found.missing, 10, 'the whole queue');
  t.equal(queue.dropped, 10);
  for (const text of ['10 ', '11 ', '12 ']) await queue.add(text);
  await queue.remove((await queue.first(1)).map(({ place }) => place));
  t.equal(await numbers(queue), '1112');
  await queue.close();
  emptyLog();
  const again = await open(folder, 1e6);
  t.equal(again.found.missing, 2, 'those that had not been sent');
  await again.add('13 ');
  await again.remove((await again.first(9)).map(({ place }) => place));
  await again.close();
  emptyLog();
  const empty = await open(folder, 1e6);
  t.equal(empty.found.missing, 0, 'an empty queue has nothing to lose');
  await empty.close();
});

for (const [what, change] of [
  ['with another digit', (text: string) => text.replace('10 ', '90 ')],
  ['with numbers that no queue reaches', () => `${'9'.repeat(16)} ${'9'.repeat(16)}\n`],
  ['that is cut off', (text: string) => text.slice(0, 20)],
  ['of another length', (text: string) => `${text}0`],
] as const) {
  t.test(`a mark ${what} tells of nothing that is missing`, async (t) => {
    const folder = await makeQueue(t);
    const mark = join(folder, MARK);
    const [text, changed] = [readFileSync(mark, 'latin1'), change(readFileSync(mark, 'latin1'))];
    t.not(changed, text);
    writeFileSync(mark, changed);
    const queue = await open(folder, 1e6);
    t.strictSame([queue.found.missing, queue.dropped], [0, 0]);
    await queue.add('10 ');
    await queue.add('11 ');
    t.equal(await numbers(queue), '01234567891011', 'and new records are none of the old ones');
    await queue.close();
    t.match(readFileSync(mark, 'latin1'), /^0{15}1 0{14}12 [\da-f]{8}\n$/, 'it is right again');
  });
}

t.test('of a full queue nothing is missing that gave way', async (t) => {
  const folder = join(t.testdir({}), 'queue');
  const queue = await open(folder, 1000);
  for (let index = 0; index < 20; index++) await queue.add(`${index} ${'x'.repeat(90)}`);
  const { records } = queue.size;
  await queue.close();
  const again = await open(folder, 1000);
  t.match(again.found, { missing: 0 });
  t.equal(again.size.records, records);
  await again.close();
});

/** Does something as a user who may not read everything, as root may. */
async function asAnother(folder: string, use: () => Promise<unknown>): Promise<unknown> {
  if (process.getuid?.() !== 0) return use();
  for (const path of ['..', '.', ...readdirSync(folder)]) chownSync(join(folder, path), 65_534, 65_534);
  process.seteuid?.(65_534);
  try {
    return await use();
  } finally {
    process.seteuid?.(0);
  }
}

t.test('a log that may not be read is an error, and nothing of it is lost', async (t) => {
  // Another user may not come to the folder of the tests.
  const parent = mkdtempSync(join(tmpdir(), 'sonde-queue-'));
  t.teardown(() => {
    rmSync(parent, { recursive: true });
  });
  const folder = await makeQueue(t, join(parent, 'queue'));
  const log = join(folder, find(readdirSync(folder), /^\d+\.log$/));
  chmodSync(log, 0);
  await asAnother(folder, () => t.rejects(open(folder, 1e6), { message: `EACCES: permission denied, open '${log}'` }));
  chmodSync(log, 0o600);
  const queue = await open(folder, 1e6);
  t.equal((await numbers(queue)).length, 10);
  await queue.close();
});

t.test('a folder of something else is left as it is', async (t) => {
  const folder = t.testdir({ 'letters.txt': 'dear' });
  await t.rejects(open(folder, 1e6), {
    message: 'there is something else in this folder ("letters.txt"); give one that is empty',
  });
  t.strictSame(readdirSync(folder), ['letters.txt']);
});

t.test('a link that leads nowhere, in the place of the folder', async (t) => {
  const folder = join(t.testdir({}), 'queue');
  symlinkSync('nowhere/else', folder);
  await t.rejects(open(folder, 1e6), { message: 'it is a link to "nowhere/else", where no folder is' });
});

t.test('a damaged queue that cannot be copied is left as it is', async (t) => {
  const folder = await makeQueue(t);
  rmSync(join(folder, 'CURRENT'));
  const before = readdirSync(folder);
  const copy = `${folder}.damaged-${new Date(clock.wallSeconds() * 1000).toISOString().replaceAll(/[-:]|\.\d+/g, '')}`;
  writeFileSync(copy, 'something of before');
  await t.rejects(open(folder, 1e6), { message: /EEXIST|exists/ });
  t.strictSame(readdirSync(folder), before);
  t.equal(readFileSync(copy, 'utf8'), 'something of before');
});

const find = (names: readonly string[], pattern: RegExp): string => names.find((name) => pattern.test(name)) ?? '';

const mount = mountSmall(t);
const skip = mount === undefined ? 'no file system can be mounted here' : false;
t.test('a disk that cannot be written: the error names the place', { skip }, async (t) => {
  if (mount === undefined) throw new Error('nothing is mounted');
  const folder = join(mount, 'before');
  await (await open(folder, 1e6)).close();
  t.equal(spawnSync('mount', ['-o', 'remount,ro', mount]).status, 0);
  for (const path of [folder, join(mount, 'new'), join(mount, 'new/deep')]) {
    const error: unknown = await open(path, 1e6).catch((reason: unknown) => reason);
    t.match(error, { message: /read-only file system/i }, path);
    t.ok(error instanceof Error && error.message.includes(mount), path);
  }
  t.equal(spawnSync('mount', ['-o', 'remount,rw', mount]).status, 0);
});

t.test('a disk that is full', { skip }, async (t) => {
  if (mount === undefined) throw new Error('nothing is mounted');
  const queue = await open(join(mount, 'queue'), 1e9);
  const text = randomBytes(50_000).toString('base64');
  let kept = 0;
  let refusal: unknown;
  for (; kept < 100; kept++) {
    const error: unknown = await queue.add(`${kept} ${text}`).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    refusal = error;
    if (error !== undefined) break;
  }
  t.match(refusal, { message: /No space left on device/ });
  t.equal(queue.dropped, 1);
  await t.rejects(queue.first(1), { message: /No space left on device/ }, 'not opened again yet');
  clock.advance(1);
  await t.rejects(queue.first(1), { message: /[Nn]o space left/ }, 'there is no room to open it');
  t.equal(spawnSync('mount', ['-o', 'remount,size=60m', mount]).status, 0);
  await t.rejects(queue.add('too early'));
  clock.advance(1);
  const [first] = await queue.first(1);
  t.match(first?.text, /^0 /);
  await queue.remove([first?.place ?? '']);
  await queue.add('last');
  const all = await texts(queue);
  t.equal(all[0]?.slice(0, 2), '1 ');
  t.equal(all.at(-1), 'last');
  t.ok(all.length >= kept, 'what was kept is there');
  await queue.close();
  await t.rejects(queue.add('after the end'), { message: 'the queue is closed' });
});

const other = mountSmall(t);
t.test('a disk that is full at the start', { skip: other === undefined ? skip : false }, async (t) => {
  if (other === undefined) throw new Error('nothing is mounted');
  const folder = join(other, 'queue');
  const before = await open(folder, 1e9);
  await before.add('kept', [{ name: 'm', text: 'told' }]);
  await before.close();
  const filler = join(other, 'filler');
  t.throws(() => {
    for (;;) writeFileSync(filler, randomBytes(65_536), { flag: 'a' });
  });
  t.throws(() => {
    for (;;) writeFileSync(filler, 'x', { flag: 'a' });
  });
  await t.rejects(open(folder, 1e9), { message: /no space left/i }, 'nobody would be told later');
  const late: FoundQueue[] = [];
  const queue = await DiskQueue.open({ folder, mostBytes: 1e9, clock, onLate: (found) => late.push(found) });
  await t.rejects(queue.add('lost'), { message: /no space left/i });
  t.equal(queue.dropped, 1);
  rmSync(filler);
  await t.rejects(queue.first(1), { message: /no space left/i }, 'not tried again yet');
  t.strictSame(late, []);
  clock.advance(10);
  t.strictSame(
    (await queue.first(9)).map(({ text }) => text),
    ['kept'],
  );
  t.strictSame(late, [{ missing: 0, notes: [{ name: 'm', text: 'told' }] }]);
  await queue.add('later');
  t.strictSame(await texts(queue), ['kept', 'later']);
  await queue.close();
});
