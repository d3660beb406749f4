import t from 'tap';
import { noteHeader, UsedSecrets } from '../../src/probe/used-secrets.js';
import { Secret } from '../../src/values/secret.js';

function lines(count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `a line of a key ${index.toString().padStart(5, '0')}`);
}

function shown(used: UsedSecrets, texts: readonly string[]): readonly string[] {
  return texts.map((text) => used.mask?.(text) ?? text);
}

t.test('the lines of a key are masked one by one', (t) => {
  const used = new UsedSecrets();
  const key = lines(194);
  used.use(new Secret(key.join('\n')));
  t.same(new Set(shown(used, key)), new Set(['<secret>']));
  t.end();
});

t.test('a value of thousands of lines is masked as a whole, and few of its lines', (t) => {
  const used = new UsedSecrets();
  for (let hop = 0; hop < 9; hop++) used.use(new Secret([`hop ${hop}`, ...lines(3000)].join('\n')));
  t.equal(shown(used, lines(3000)).filter((text) => text === '<secret>').length, 200);
  t.same(shown(used, [['hop 8', ...lines(3000)].join('\n')]), ['<secret>']);
  t.end();
});

t.test('of a header with thousands of cookies, few are masked by themselves', (t) => {
  const used = new UsedSecrets();
  const cookies = Array.from({ length: 3000 }, (_, index) => `cookie-${index + 1000}`);
  noteHeader('Cookie', cookies.map((cookie, index) => `c${index}=${cookie}`).join('; '), used);
  const masked = shown(used, cookies).filter((text) => text === '<secret>');
  t.equal(masked.length, 50);
  t.equal(shown(used, cookies)[0], '<secret>');
  t.end();
});

t.test('a later secret that contains an earlier one is masked as a whole', (t) => {
  const used = new UsedSecrets();
  used.use(new Secret('user'));
  t.same(shown(used, ['user', 'user:password']), ['<secret>', '<secret>:password']);
  used.use(new Secret('user:password'));
  used.use(new Secret('user:password'));
  t.same(shown(used, ['user', 'user:password', 'use']), ['<secret>', '<secret>', 'use']);
  t.end();
});

t.test('what the module hides stays hidden, with secrets and without', (t) => {
  const used = new UsedSecrets((text) => text.replaceAll('module', '<secret>'));
  t.same(shown(used, ['of the module']), ['of the <secret>']);
  used.use(new Secret('other'));
  t.same(shown(used, ['the module and the other']), ['the <secret> and the <secret>']);
  t.end();
});
