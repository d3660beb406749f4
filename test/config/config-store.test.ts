import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { AutoReload } from '../../src/config/auto-reload.js';
import { checkConfigFiles } from '../../src/config/check-config-files.js';
import { ConfigStore } from '../../src/config/config-store.js';
import type { Clock } from '../../src/values/clock.js';

/** A clock that only moves when it is told to. */
class ManualClock implements Clock {
  #now = 1000;
  #timers: { readonly at: number; readonly action: () => void }[] = [];
  readonly wallSeconds = (): number => this.#now;
  readonly monotonicSeconds = (): number => this.#now;

  readonly after = (seconds: number, action: () => void): (() => void) => {
    const timer = { at: this.#now + seconds, action };
    this.#timers.push(timer);
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer);
    };
  };

  get waiting(): number {
    return this.#timers.length;
  }

  advance(seconds: number): void {
    this.#now += seconds;
    const due = this.#timers.filter(({ at }) => at <= this.#now);
    this.#timers = this.#timers.filter(({ at }) => at > this.#now);
    for (const { action } of due) action();
  }
}

const GOOD = 'modules: {one: {prober: tcp}}\n';
const OTHER = 'modules: {two: {prober: tcp}}\n';
const BAD = 'modules: {one: {prober: tcp, x: 1}}\n';

async function openStore(
  t: Tap,
): Promise<{ readonly file: string; readonly clock: ManualClock; readonly store: ConfigStore }> {
  const file = join(t.testdir({ 'blackbox.yml': GOOD }), 'blackbox.yml');
  const clock = new ManualClock();
  return { file, clock, store: await ConfigStore.open({ paths: [file], probers: [], clock }) };
}
type Tap = Pick<typeof t, 'testdir'>;

t.test('reload takes a changed file, and notices an unchanged one', async (t) => {
  const { file, clock, store } = await openStore(t);
  t.same([...store.current().modules.keys()], ['one']);
  t.equal(store.lastReloadSuccessSeconds, 1000);
  const before = store.current();
  clock.advance(5);
  t.equal(await store.reload(), 'unchanged');
  t.equal(store.current(), before);
  t.equal(store.lastReloadSuccessSeconds, 1005);
  writeFileSync(file, OTHER);
  t.equal(await store.reload(), 'changed');
  t.same([...store.current().modules.keys()], ['two']);
});

t.test('a bad file changes nothing but the state of the last reload', async (t) => {
  const { file, clock, store } = await openStore(t);
  const before = store.current();
  clock.advance(5);
  writeFileSync(file, BAD);
  await t.rejects(store.reload(), { message: /^error parsing config file: .*blackbox\.yml:1:30: modules\.one\.x: / });
  t.equal(store.current(), before);
  t.equal(store.lastReloadSuccessful, false);
  t.equal(store.lastReloadSuccessSeconds, 1000);
  rmSync(file);
  await t.rejects(store.reload(), {
    message: `failed to generate initial checksum for configuration file: error reading YAML file: open ${file}: no such file or directory`,
  });
  writeFileSync(file, GOOD);
  t.equal(await store.reload(), 'unchanged', 'the old content is back');
  t.equal(store.lastReloadSuccessful, true);
  t.equal(store.lastReloadSuccessSeconds, 1005);
});

t.test('reloads at the same time run one after the other', async (t) => {
  const { file, store } = await openStore(t);
  writeFileSync(file, OTHER);
  t.same(await Promise.all([store.reload(), store.reload(), store.reload()]), ['changed', 'unchanged', 'unchanged']);
});

t.test('a file that cannot be used does not open', async (t) => {
  const file = join(t.testdir({ 'blackbox.yml': BAD }), 'blackbox.yml');
  const error: unknown = await ConfigStore.open({ paths: [file], probers: [], clock: new ManualClock() }).catch(
    (e: unknown) => e,
  );
  t.match(error, { problems: [/modules\.one\.x/] });
});

t.test('auto reload never runs twice at once, goes on after a failure, and stops', async (t) => {
  const clock = new ManualClock();
  const finish: (() => void)[] = [];
  const errors: unknown[] = [];
  const reload = (): Promise<unknown> =>
    new Promise((resolve, reject) => {
      finish.push(finish.length === 0 ? () => reject(new Error('bad')) : () => resolve(undefined));
    });
  const auto = new AutoReload({ intervalSeconds: 30, clock, reload, onError: (error) => errors.push(error) });
  auto.start();
  auto.start();
  clock.advance(29);
  t.equal(finish.length, 0);
  clock.advance(1);
  t.equal(finish.length, 1);
  clock.advance(300);
  t.equal(finish.length, 1, 'the first is still under way');
  finish[0]?.();
  await new Promise(setImmediate);
  t.match(errors, [{ message: 'bad' }]);
  clock.advance(30);
  t.equal(finish.length, 2);
  auto.stop();
  finish[1]?.();
  await new Promise(setImmediate);
  t.equal(clock.waiting, 0);
});

t.test('an interval of zero means never', async (t) => {
  const clock = new ManualClock();
  const auto = new AutoReload({
    intervalSeconds: 0,
    clock,
    reload: () => Promise.reject(new Error('not to be called')),
    onError: (error) => t.fail(String(error)),
  });
  auto.start();
  t.equal(clock.waiting, 0);
});

t.test('checkConfigFiles gives the mistakes as lines', async (t) => {
  const folder = t.testdir({
    'good.yml': GOOD,
    'bad.yml': BAD,
    'utf16.yml': Buffer.from(`\ufeff${GOOD}`, 'utf16le'),
    'latin1.yml': Buffer.from('modules: {} # \xe9', 'latin1'),
  });
  const check = async (name: string) =>
    (await checkConfigFiles({ paths: [join(folder, name)], probers: [] })).flatMap(({ problems }) => problems);
  t.same(await check('good.yml'), []);
  t.same(await check('utf16.yml'), []);
  t.match(await check('bad.yml'), [/bad\.yml:1:30: modules\.one\.x: there is no such key/]);
  t.match(await check('latin1.yml'), [/latin1\.yml:1:\d+: the file is not UTF-8; save it as UTF-8$/]);
  t.match(await check('none.yml'), [/no such file or directory/]);
});
