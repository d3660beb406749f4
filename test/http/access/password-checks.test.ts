import bcrypt from 'bcrypt';
import t from 'tap';
import { PasswordChecks } from '../../../src/http/access/password-checks.js';
import { Secret } from '../../../src/values/secret.js';

const users = new Map([
  ['alice', new Secret('$2y$hash of alice')],
  ['bob', new Secret('$2y$hash of bob')],
]);

/** Comparisons that wait until they are let go; a password is right if it is `right`. */
class HeldComparisons {
  readonly started: string[] = [];
  readonly #waiting: (() => void)[] = [];

  readonly compare = (password: string, hash: string): Promise<boolean> => {
    this.started.push(`${password} ${hash}`);
    return new Promise((resolve) => {
      this.#waiting.push(() => {
        resolve(password === 'right');
      });
    });
  };

  /** Lets comparisons go until nobody asks for more. */
  async letGo(): Promise<void> {
    for (;;) {
      await new Promise(setImmediate);
      const next = this.#waiting.shift();
      if (next === undefined) return;
      next();
    }
  }
}

t.test('one comparison at a time, the same one only once', async (t) => {
  const held = new HeldComparisons();
  const checks = new PasswordChecks(held.compare);
  const ask = (user: string, password: string) => checks.check({ user, password }, { users, client: 'a' });
  const verdicts = [ask('alice', 'right'), ask('alice', 'right'), ask('alice', 'wrong'), ask('alice', 'right')];
  await new Promise(setImmediate);
  t.same(held.started, ['right $2y$hash of alice']);
  await held.letGo();
  t.same(await Promise.all(verdicts), ['right', 'right', 'wrong', 'right']);
  t.equal(held.started.length, 2);
  t.same(await Promise.all([ask('alice', 'right'), ask('alice', 'wrong')]), ['right', 'wrong']);
  t.equal(held.started.length, 2, 'both are remembered');
});

t.test('a name that there is not costs a comparison, and never lets anybody in', async (t) => {
  const held = new HeldComparisons();
  const checks = new PasswordChecks(held.compare);
  const verdict = checks.check({ user: 'carol', password: 'right' }, { users, client: 'a' });
  await held.letGo();
  t.equal(await verdict, 'wrong');
  t.same(held.started, ['right $2y$hash of alice']);
});

t.test('a changed hash is a new question', async (t) => {
  const held = new HeldComparisons();
  const checks = new PasswordChecks(held.compare);
  const ask = async (hash: string) => {
    const verdict = checks.check(
      { user: 'alice', password: 'right' },
      { users: new Map([['alice', new Secret(hash)]]), client: 'a' },
    );
    await held.letGo();
    return verdict;
  };
  await ask('old');
  await ask('new');
  await ask('new');
  t.same(held.started, ['right old', 'right new']);
});

t.test('whoever guesses keeps neither known nor new users of other addresses out', async (t) => {
  const held = new HeldComparisons();
  const checks = new PasswordChecks(held.compare);
  const known = checks.check({ user: 'alice', password: 'right' }, { users, client: 'prometheus' });
  await held.letGo();
  t.equal(await known, 'right');
  const guesses = Array.from({ length: 100 }, (_, index) =>
    checks.check({ user: 'alice', password: `guess ${index}` }, { users, client: 'attacker' }),
  );
  t.equal(
    await checks.check({ user: 'alice', password: 'right' }, { users, client: 'prometheus' }),
    'right',
    'at once',
  );
  const late = checks.check({ user: 'bob', password: 'right' }, { users, client: 'prometheus' });
  await held.letGo();
  t.equal(await late, 'right');
  const verdicts = await Promise.all(guesses);
  t.equal(verdicts.filter((verdict) => verdict === 'wrong').length, 4);
  t.equal(verdicts.filter((verdict) => verdict === 'busy').length, 96);
});

t.test('guesses from many addresses are bounded, and drive no right password out of memory', async (t) => {
  const held = new HeldComparisons();
  const checks = new PasswordChecks(held.compare);
  const known = checks.check({ user: 'alice', password: 'right' }, { users, client: 'prometheus' });
  await held.letGo();
  await known;
  for (let round = 0; round < 5; round++) {
    const guesses = Array.from({ length: 200 }, (_, index) =>
      checks.check({ user: 'alice', password: `${round} ${index}` }, { users, client: `attacker ${index}` }),
    );
    await held.letGo();
    t.equal((await Promise.all(guesses)).filter((verdict) => verdict === 'wrong').length, 64);
  }
  const started = held.started.length;
  t.equal(await checks.check({ user: 'alice', password: 'right' }, { users, client: 'prometheus' }), 'right');
  t.equal(held.started.length, started);
});

t.test('a comparison that fails is told, and the next one runs', async (t) => {
  const checks = new PasswordChecks((password) =>
    password === 'broken' ? Promise.reject(new Error('no bcrypt')) : Promise.resolve(true),
  );
  const broken = checks.check({ user: 'alice', password: 'broken' }, { users, client: 'a' });
  const next = checks.check({ user: 'alice', password: 'right' }, { users, client: 'a' });
  await t.rejects(broken, { message: 'no bcrypt' });
  t.equal(await next, 'right');
});

t.test('what stands behind a hash does not count, and what is no whole hash fits nothing', async (t) => {
  const hash = await bcrypt.hash('right', 4);
  const verdict = (stored: string, password: string) =>
    new PasswordChecks().check({ user: 'a', password }, { users: new Map([['a', new Secret(stored)]]), client: 'c' });
  t.equal(await verdict(`${hash}x`, 'right'), 'right');
  t.equal(await verdict(`${hash}x`, 'wrong'), 'wrong');
  t.equal(await verdict(hash.slice(0, -1), 'right'), 'wrong');
});
