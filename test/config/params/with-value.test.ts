import t from 'tap';
import { withValues } from '../../../src/config/params/with-value.js';

/** A mapping that counts how often its keys are listed. */
function counted(entries: readonly (readonly [string, unknown])[]): {
  readonly map: Record<string, unknown>;
  readonly listed: () => number;
} {
  let times = 0;
  const ownKeys = (target: object): (string | symbol)[] => {
    times++;
    return Reflect.ownKeys(target);
  };
  return { map: new Proxy<Record<string, unknown>>(Object.fromEntries(entries), { ownKeys }), listed: () => times };
}

t.test('a container is copied once, however many of its values change', (t) => {
  const names = Array.from({ length: 50 }, (_, index) => `h${index}`);
  const { map, listed } = counted(names.map((name) => [name, 'old']));
  const root = { http: { headers: map }, beside: {} };
  const filled = withValues(
    root,
    names.slice(1).map((name) => [['http', 'headers', name], 'new'] as const),
  );
  t.equal(listed(), 1);
  t.same(filled, {
    http: { headers: Object.fromEntries(names.map((name) => [name, name === 'h0' ? 'old' : 'new'])) },
    beside: {},
  });
  t.equal(map['h1'], 'old', 'the original stays');
  t.equal((filled as typeof root).beside, root.beside, 'what is beside is shared');
  t.end();
});

t.test('changes of one place, of lists and of what is not there', (t) => {
  const root = { list: ['a', { b: 1 }] };
  t.same(
    withValues(root, [
      [['list', 1, 'b'], 2],
      [['list', 0], 'c'],
      [['new', 'x'], 1],
    ]),
    { list: ['c', { b: 2 }], new: { x: 1 } },
  );
  t.same(
    withValues(root, [
      [['list'], ['x']],
      [['list', 0], 'y'],
    ]),
    { list: ['y'] },
    'the later one last',
  );
  t.same(root, { list: ['a', { b: 1 }] });
  const given = ['x'];
  withValues(root, [
    [['list'], given],
    [['list', 0], 'y'],
  ]);
  t.same(given, ['x'], 'a value that is put in is not changed');
  t.equal(Object.hasOwn(withValues({}, [[['__proto__'], 1]]) as object, '__proto__'), true);
  t.end();
});

t.test('each container is copied once, however many changes there are', (t) => {
  const inner = Object.fromEntries(Array.from({ length: 50 }, (_, index) => [`key${index}`, index] as const));
  const copies = t.capture(Object, 'entries', Object.entries);
  withValues(
    { inner },
    Object.keys(inner).map((key) => [['inner', key], 'new'] as const),
  );
  t.equal(copies().length, 2, 'the root and the mapping in it');
  t.end();
});
