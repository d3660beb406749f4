import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { basename, join } from 'node:path';
import t, { type Test } from 'tap';
import { ChangeSet } from '../../../src/push/store/change-set.js';
import { damagedTables } from '../../../src/push/store/damaged-tables.js';
import type { StoreNotice } from '../../../src/push/store/open-store.js';
import { RecordStore, RETRY_SECONDS } from '../../../src/push/store/record-store.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { mountSmall } from '../../helpers/small-file-system.js';
import { until } from '../../helpers/until.js';

interface OpenedStore {
  readonly store: RecordStore;
  readonly clock: ManualClock;
  /** `shelf/name` and payload, as the store was read. */
  readonly read: ReadonlyMap<string, string>;
  readonly notices: readonly StoreNotice[];
}

function makeStore(folder: string, { repair = false } = {}) {
  const clock = new ManualClock();
  const notices: StoreNotice[] = [];
  const store = new RecordStore({ folder, clock, repair, notify: (notice) => notices.push(notice) });
  return { store, clock, notices };
}

async function open(t: Test, folder: string, options: { repair?: boolean } = {}): Promise<OpenedStore> {
  const made = makeStore(folder, options);
  t.teardown(() => made.store.close());
  let read = new Map<string, string>();
  await made.store.open(() => {
    const reading = (read = new Map<string, string>());
    return ({ shelf, name }, payload) => {
      reading.set(`${shelf}/${name}`, payload.toString());
      return () => payload;
    };
  });
  return { ...made, read };
}

/** Reads a store that is not open, and leaves it closed. */
async function readAll(
  t: Test,
  folder: string,
  options: { repair?: boolean } = {},
): Promise<ReadonlyMap<string, string>> {
  const { store, read } = await open(t, folder, options);
  await store.close();
  return read;
}

/** `a/x` → its text; without a text, it is deleted; `a/*` clears the shelf. */
function changes(...list: readonly (readonly [place: string, text?: string])[]): ChangeSet {
  const set = new ChangeSet();
  for (const [place, text] of list) {
    const [shelf = '', name = ''] = place.split('/');
    if (name === '*') set.clear(shelf);
    else set.set(shelf, name, text === undefined ? undefined : () => Buffer.from(text));
  }
  return set;
}

const folderOf = (t: Test): string => join(t.testdir(), 'store.leveldb');

t.test('what was written is read again, in the state of the last change', async (t) => {
  const folder = folderOf(t);
  const { store, read } = await open(t, folder);
  t.same(read.size, 0, 'a new store is empty');
  await store.write(changes(['a/x', '1'], ['a/y', '2'], ['b/x', '3'], ['b/', '4']));
  await store.write(changes(['a/*'], ['a/z', '5'], ['b/x']));
  await store.write(changes(['b/', '6']));
  await store.write(changes(['c/*'], ['c/none']));
  await store.close();
  t.same(
    await readAll(t, folder),
    new Map([
      ['a/z', '5'],
      ['b/', '6'],
    ]),
  );
  t.same(readdirSync(folder).includes('reading'), false, 'the copy is gone');
});

t.test('writes that come together are one write', async (t) => {
  const folder = folderOf(t);
  const { store } = await open(t, folder);
  await Promise.all(Array.from({ length: 50 }, (_, index) => store.write(changes([`a/${index}`, 'x']))));
  const acknowledged = Number(readFileSync(join(folder, 'ACKNOWLEDGED'), 'utf8'));
  t.ok(acknowledged <= 4, `${acknowledged} writes for 50 calls`);
  await store.close();
  t.equal((await readAll(t, folder)).size, 50);
});

t.test('a store that was never closed holds everything', async (t) => {
  const folder = folderOf(t);
  const copy = `${folder}.copy`;
  const { store } = await open(t, folder);
  for (let round = 0; round < 20; round++) await store.write(changes(['a/x', `round ${round}`]));
  cpSync(folder, copy, { recursive: true });
  t.same(await readAll(t, copy), new Map([['a/x', 'round 19']]));
});

t.test('a store does not grow with the number of writes', async (t) => {
  const folder = folderOf(t);
  const { store } = await open(t, folder);
  const size = 500_000;
  for (let round = 0; round < 100; round++) {
    // Random, or it would be packed into nothing.
    const payload = randomBytes(size);
    const set = new ChangeSet();
    set.set('a', 'x', () => payload);
    await store.write(set);
  }
  // LevelDB tidies up in a thread of its own, which a busy machine keeps waiting; closing would end that.
  await until(() => bytesIn(folder) < 25_000_000, 'less than 25 MB are left of 50 MB that were written over 0.5 MB');
});

function bytesIn(folder: string): number {
  return readdirSync(folder).reduce(
    (sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0),
    0,
  );
}

t.test('two processes do not share a store', async (t) => {
  const folder = folderOf(t);
  const { store } = await open(t, folder);
  await store.write(changes(['a/x', '1']));
  const second = makeStore(folder);
  await t.rejects(
    second.store.open(() => () => () => Buffer.alloc(0)),
    /"[^"]+store\.leveldb" is in use by another process; stop that one/,
  );
  t.match(second.store.problem, /in use/);
  await t.rejects(second.store.write(changes(['a/x', '2'])), /in use/);
  await store.write(changes(['a/y', '3']));
  await store.close();
  await second.store.open(() => () => () => Buffer.alloc(0));
  t.equal(second.store.problem, undefined, 'it opens when the other one is gone');
  await second.store.close();
});

/** What the store of `filledStore` holds. */
const FILLING: ReadonlyMap<string, string> = new Map(
  [0, 1, 2].flatMap((batch) =>
    Array.from({ length: 10 }, (_, index) => [`shelf${index}/record${batch}`, `${batch} ${index} `.repeat(50)]),
  ),
);

/** A store with 30 records, some in tables and the newest in its log. */
async function filledStore(t: Test): Promise<string> {
  const folder = folderOf(t);
  for (const batch of [0, 1, 2]) {
    const { store } = await open(t, folder);
    for (const [place, text] of FILLING)
      if (place.endsWith(`record${batch}`)) await store.write(changes([place, text]));
    await store.close();
  }
  return folder;
}

const files = (folder: string, pattern: RegExp): string[] =>
  readdirSync(folder)
    .filter((name) => pattern.test(name))
    .map((name) => join(folder, name));

function garble(file: string): void {
  const bytes = readFileSync(file);
  bytes.fill(0xa5, Math.floor(bytes.length / 3), Math.floor(bytes.length / 3) + 40);
  writeFileSync(file, bytes);
}

const contents = (folder: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(folder)
      .filter((name) => !/^(?:LOG|LOG\.old|LOCK)$/.test(name))
      .map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );

const DAMAGES: readonly { readonly name: string; readonly damage: (folder: string) => void }[] = [
  { name: 'a garbled log', damage: (folder) => files(folder, /\.log$/).forEach(garble) },
  {
    name: 'a log that was cut short',
    damage: (folder) => files(folder, /\.log$/).forEach((file) => truncateSync(file, 3000)),
  },
  { name: 'an empty log', damage: (folder) => files(folder, /\.log$/).forEach((file) => truncateSync(file, 0)) },
  { name: 'no log', damage: (folder) => files(folder, /\.log$/).forEach((file) => rmSync(file)) },
  { name: 'garbled tables', damage: (folder) => files(folder, /\.ldb$/).forEach(garble) },
  { name: 'a table that was cut short', damage: (folder) => truncateSync(files(folder, /\.ldb$/)[0]!, 100) },
  { name: 'no tables', damage: (folder) => files(folder, /\.ldb$/).forEach((file) => rmSync(file)) },
  { name: 'no CURRENT', damage: (folder) => rmSync(join(folder, 'CURRENT')) },
  { name: 'a garbled CURRENT', damage: (folder) => writeFileSync(join(folder, 'CURRENT'), 'what?') },
  { name: 'no MANIFEST', damage: (folder) => files(folder, /^MANIFEST/).forEach((file) => rmSync(file)) },
  { name: 'a garbled MANIFEST', damage: (folder) => files(folder, /^MANIFEST/).forEach(garble) },
  {
    name: 'a MANIFEST that was cut short',
    damage: (folder) => files(folder, /^MANIFEST/).forEach((file) => truncateSync(file, 60)),
  },
  {
    name: 'an older MANIFEST',
    damage: (folder) => files(folder, /^MANIFEST/).forEach((file) => truncateSync(file, statSync(file).size - 20)),
  },
];

for (const { name, damage } of DAMAGES) {
  t.test(`damage is found, and nothing of the store changed: ${name}`, async (t) => {
    const folder = await filledStore(t);
    damage(folder);
    const before = contents(folder);
    for (const attempt of ['at first', 'again']) {
      const { store } = makeStore(folder);
      await t.rejects(
        store.open(() => () => () => Buffer.alloc(0)),
        /store\.leveldb" (?:is damaged|: )|cannot use/,
        attempt,
      );
      await t.rejects(store.write(changes(['a/x', '1'])), /is damaged/);
      await store.close();
      t.same(contents(folder), before, attempt);
    }
  });

  t.test(`a store is repaired when that is asked for, and set aside before: ${name}`, async (t) => {
    const folder = await filledStore(t);
    damage(folder);
    const before = contents(folder);
    const { store, read, notices } = await open(t, folder, { repair: true });
    for (const [place, text] of read) t.equal(text, FILLING.get(place), place);
    const [{ level, fields } = { level: '', fields: {} as StoreNotice['fields'] }] = notices;
    t.equal(level, 'error', 'it is said');
    t.equal(fields['records_kept'], read.size);
    const aside = String(fields['damaged_store_kept_as']);
    t.equal(aside, `${folder}.damaged-20260102T030405Z`);
    t.same(contents(aside), before);
    await store.write(changes(['new/x', 'y']));
    await store.close();
    t.same(await readAll(t, folder), new Map([...read, ['new/x', 'y']]), 'it is sound from then on');
  });
}

t.test('any changed byte of a table is found, and costs a repair few records', async (t) => {
  const folder = await filledStore(t);
  const [table = ''] = files(folder, /\.ldb$/);
  const whole = readFileSync(table);
  let kept = 0;
  const offsets = Array.from({ length: 60 }, (_unused, index) => Math.floor((index * (whole.length - 48)) / 60));
  // The last ones are in the footer: two handles, padding that nobody reads, and the magic number.
  for (const offset of [...offsets, 4, 41, whole.length - 48, whole.length - 46, whole.length - 1]) {
    for (const mask of [0x10, 0x80]) {
      const bytes = Buffer.from(whole);
      bytes[offset]! ^= mask;
      writeFileSync(table, bytes);
      const found = await damagedTables(folder);
      t.same(found, [basename(table)], `byte ${offset} with ${mask}`);
    }
    if (offset % 7 !== 0) continue;
    const copy = `${folder}-${offset}`;
    cpSync(folder, copy, { recursive: true });
    const { store, read } = await open(t, copy, { repair: true });
    for (const [place, text] of read) t.equal(text, FILLING.get(place), place);
    kept = Math.max(kept, read.size);
    await store.close();
  }
  t.ok(kept >= 20, `${kept} records of ${FILLING.size} are kept`);
});

t.test('a table that is not finished and belongs to nothing is no damage', async (t) => {
  const folder = await filledStore(t);
  const [table = ''] = files(folder, /\.ldb$/);
  writeFileSync(join(folder, '000999.ldb'), readFileSync(table).subarray(0, 100));
  t.same(await readAll(t, folder), FILLING);
});

t.test('a FIFO in the place of a file is an error, not a wait', async (t) => {
  for (const pattern of [/\.log$/, /\.ldb$/, /^CURRENT$/, /^LOCK$/, /^MANIFEST/, /^ACKNOWLEDGED$/]) {
    const folder = await filledStore(t);
    const [file = ''] = files(folder, pattern);
    rmSync(file);
    t.equal(spawnSync('mkfifo', [file]).status, 0);
    const { store } = makeStore(folder, { repair: true });
    await t.rejects(
      store.open(() => () => () => Buffer.alloc(0)),
      {
        message: `cannot use the store "${folder}": "${file}" is no regular file; nothing can be pushed until it can be read and written`,
      },
      basename(file),
    );
    await store.close();
    rmSync(folder, { recursive: true });
  }
});

t.test('a folder of something else is left alone', async (t) => {
  const folder = folderOf(t);
  mkdirSync(folder);
  writeFileSync(join(folder, 'letters.txt'), 'dear');
  const { store } = makeStore(folder);
  await t.rejects(
    store.open(() => () => () => Buffer.alloc(0)),
    /is not a store, it holds "letters\.txt"; move it away/,
  );
  t.same(readdirSync(folder), ['letters.txt']);
});

t.test("a later version's store is left alone", async (t) => {
  const folder = await filledStore(t);
  const { openLevel } = await import('../../../src/push/store/open-level.js');
  const { frameRecord } = await import('../../../src/push/store/record-frame.js');
  const level = await openLevel(folder, { create: false });
  const payload = Buffer.from(JSON.stringify({ format: 2, records: 30, sum: '1' }));
  await level.put('tally', frameRecord('tally', { sequence: 99, payload }));
  await level.close();
  const { store } = makeStore(folder, { repair: true });
  await t.rejects(
    store.open(() => () => () => Buffer.alloc(0)),
    /was written by a later version \(its format is 2, this version knows 1\)/,
  );
});

t.test('a folder that is missing is not made up', async (t) => {
  const { store } = makeStore(join(t.testdir(), 'not-mounted', 'store.leveldb'));
  await t.rejects(
    store.open(() => () => () => Buffer.alloc(0)),
    /cannot use the store .*no such file or directory, mkdir/,
  );
});

t.test('writes are refused while the store cannot be written, and go on when it can', async (t) => {
  const folder = folderOf(t);
  const { store, clock, notices } = await open(t, folder);
  await store.write(changes(['a/x', 'before'], ['b/x', 'kept']));
  // A file in its place: nothing can be opened or made there.
  renameSync(folder, `${folder}.away`);
  writeFileSync(folder, 'in the way');
  const both = [store.write(changes(['a/x', 'refused'])), store.write(changes(['c/x', 'refused too']))];
  for (const write of both)
    await t.rejects(write, /cannot use the store .*; nothing can be pushed until it can be read and written/);
  t.match(store.problem, /cannot use/);
  await t.rejects(store.write(changes(['a/x', 'refused as well'])), /cannot use/);
  await until(() => clock.pending === 1, 'a retry is planned');
  clock.advance(RETRY_SECONDS);
  await until(() => clock.pending === 1, 'the next retry is planned');
  t.match(store.problem, /cannot use/, 'trying again did not help yet');
  rmSync(folder);
  renameSync(`${folder}.away`, folder);
  clock.advance(RETRY_SECONDS);
  await until(() => store.problem === undefined, 'the store is back');
  t.same(notices.map(({ message }) => message).slice(0, 1), ['Pushes are refused, they cannot be kept']);
  t.equal(notices.at(-1)?.message, 'Pushes are accepted again');
  await store.write(changes(['d/x', 'after']));
  await store.close();
  t.same(
    await readAll(t, folder),
    new Map([
      ['a/x', 'before'],
      ['b/x', 'kept'],
      ['d/x', 'after'],
    ]),
    'what was refused is not there',
  );
});

t.test('a store that was taken away is made again, with all that it held', async (t) => {
  const folder = folderOf(t);
  const { store, clock } = await open(t, folder);
  await store.write(changes(['a/x', '1'], ['b/x', '2']));
  rmSync(folder, { recursive: true });
  await t.rejects(store.write(changes(['a/x', 'refused'])), /cannot use the store/);
  clock.advance(RETRY_SECONDS);
  await until(() => store.problem === undefined, 'the store is back');
  await store.write(changes(['c/x', '3']));
  await store.close();
  t.same(
    await readAll(t, folder),
    new Map([
      ['a/x', '1'],
      ['b/x', '2'],
      ['c/x', '3'],
    ]),
  );
});

const mount = mountSmall(t);
const skip = mount === undefined ? 'no file system can be mounted here' : false;
t.test('a disk that is full', { skip }, async (t) => {
  if (mount === undefined) throw new Error('nothing is mounted');
  const folder = join(mount, 'store.leveldb');
  const { store, clock } = await open(t, folder);
  const text = randomBytes(100_000).toString('base64');
  await store.write(changes(['a/x', 'first']));
  const kept = new Map([['a/x', 'first']]);
  let refusal: unknown;
  for (let round = 0; round < 100 && refusal === undefined; round++) {
    await store.write(changes([`full/${round}`, text])).then(
      () => kept.set(`full/${round}`, text),
      (error: unknown) => (refusal = error),
    );
  }
  t.match(refusal, { message: /No space left on device/ });
  await until(() => clock.pending === 1, 'a retry is planned');
  clock.advance(RETRY_SECONDS);
  await until(() => clock.pending === 1, 'the next retry is planned');
  t.match(store.problem, /[Nn]o space left/);
  t.ok(existsSync(join(folder, 'CURRENT')));
  t.equal(spawnSync('mount', ['-o', 'remount,size=60m', mount]).status, 0);
  clock.advance(RETRY_SECONDS);
  await until(() => store.problem === undefined, 'there is room again');
  await store.write(changes(['z/x', 'last']));
  await store.close();
  t.same([...(await readAll(t, folder)).keys()].sort(), [...kept.keys(), 'z/x'].sort());
});

t.test('a start that reads for long says how far it is', async (t) => {
  const folder = join(t.testdir(), 'store');
  const first = await open(t, folder);
  const changes = new ChangeSet();
  for (let nth = 0; nth < 12; nth++) changes.set(`shelf${nth}`, 'name', () => Buffer.from('payload'));
  await first.store.write(changes);
  await first.store.close();
  const { store, clock, notices } = makeStore(folder);
  t.teardown(() => store.close());
  await store.open(() => (_place, payload) => {
    clock.advance(1);
    return () => payload;
  });
  t.strictSame(
    notices.map(({ level, message, fields }) => [level, message, fields['records_read'], fields['records']]),
    [5, 10].map((read) => ['info', 'Reading what was kept', read, 12]),
  );
});
