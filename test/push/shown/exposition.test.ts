import t from 'tap';
import type { MetricFamily } from '../../../src/metrics/metric-family.js';
import { GroupStore } from '../../../src/push/group-store.js';
import { OwnFamilies } from '../../../src/push/own-families.js';
import { StoredFamily } from '../../../src/push/series/stored-family.js';
import type { Exposition, FamilyWriter } from '../../../src/push/shown/exposition.js';
import { ExpositionBuilder } from '../../../src/push/shown/exposition-builder.js';
import { type PushedPart, PushedParts } from '../../../src/push/shown/pushed-part.js';
import { familyOf } from '../../../src/push/shown/series-order.js';
import type { TableSnapshot } from '../../../src/push/table-snapshot.js';
import { atOnce } from '../../../src/values/in-slices.js';

const gauge = (name: string, value: number): MetricFamily => ({
  name,
  type: 'gauge',
  samples: [{ kind: 'value', labels: [{ name: 'job', value: 'j' }], value }],
});

/** A store that counts how often somebody goes through all of its names. */
class CountingStore extends GroupStore {
  walks = 0;

  override snapshot(): TableSnapshot {
    this.walks += 1;
    return super.snapshot();
  }
}

function start() {
  const own = new OwnFamilies();
  const store = new CountingStore({ own, limits: { seriesPerPush: 1e6, seriesInAll: 1e6, bytesInAll: 1e9 } });
  const builder = new ExpositionBuilder({ store, own });
  const put = (families: readonly MetricFamily[]): void => {
    const key = { id: 'j', labels: [{ name: 'job', value: 'j' }] };
    store.push(atOnce(store.prepare({ key, method: 'PUT', families, atSeconds: 1, isChecked: true })));
  };
  const names = async (families: readonly MetricFamily[]): Promise<readonly string[]> =>
    [...(await builder.build(families)).written('name', ({ name }) => [Buffer.from(name)])].map(String);
  return { store, builder, put, names };
}

t.test('scrapes of one state of the store share what they show', async (t) => {
  const { store, builder, put } = start();
  put([gauge('a', 1), gauge('c', 1)]);
  const first = await builder.build([gauge('b', 1)]);
  const { walks } = store;
  const others = await Promise.all(Array.from({ length: 60 }, (_unused, index) => builder.build([gauge('b', index)])));
  t.equal(store.walks, walks, 'nobody goes through the store again');
  t.match(Buffer.concat([...(others[7]?.text('allow-utf-8') ?? [])]).toString(), /^b\{job="j"\} 7$/m);
  put([gauge('a', 2)]);
  const later = await builder.build([gauge('b', 1)]);
  t.match(
    Buffer.concat([...first.text('allow-utf-8')]).toString(),
    /^a\{.*\} 1$/m,
    'what is under way stays as it was',
  );
  t.match(Buffer.concat([...later.text('allow-utf-8')]).toString(), /^a\{.*\} 2$/m);
});

t.test('own metrics stand in between, in the order of names, and in front of pushed ones of their name', async (t) => {
  const { put, names } = start();
  const times = ['push_failure_time_seconds', 'push_time_seconds'];
  t.same(await names([gauge('z', 1), gauge('a', 1)]), ['a', 'z']);
  put([gauge('b', 1), gauge('y', 1), gauge('q', 1)]);
  t.same(await names([gauge('z', 1), gauge('a', 1)]), ['a', 'b', ...times, 'q', 'y', 'z']);
  t.same(await names([gauge('q', 1), gauge('b', 1)]), ['b', ...times, 'q', 'y']);
  t.same(await names([]), ['b', ...times, 'q', 'y']);
});

function nextPiece(pieces: Generator<Buffer>): Buffer | undefined {
  const step = pieces.next();
  return step.done === true ? undefined : step.value;
}

t.test('long families in other formats are written once for all scrapes that are under way', async (t) => {
  const { builder, put } = start();
  const long = (value: number): MetricFamily => ({
    name: 'long',
    type: 'gauge',
    samples: Array.from({ length: 1000 }, (_none, index) => ({
      kind: 'value',
      labels: [
        { name: 'job', value: 'j' },
        { name: 'n', value: String(999 - index) },
      ],
      value,
    })),
  });
  put([long(1), gauge('short', 1)]);
  let count = 0;
  const write: FamilyWriter = function* (head, samples) {
    count += 1;
    yield Buffer.from(`${head.name}:`);
    for (const sample of samples) yield Buffer.from(sample?.labels.find(({ name }) => name === 'n')?.value ?? '');
  };
  const open: Generator<Buffer>[] = [];
  for (let nth = 0; nth < 10; nth++) open.push((await builder.build([])).written('f', write));
  t.equal(new Set(open.map(nextPiece)).size, 1);
  const rest = open.map((pieces) => [...pieces].filter(({ length }) => length > 0));
  t.equal(new Set(rest.map(([first]) => first)).size, 1, 'the same bytes for all');
  const inOrder = Array.from({ length: 1000 }, (_none, index) => String(index)).sort();
  t.same(rest.at(-1)?.slice(0, 1000).map(String), inOrder);
  t.equal(count, 1 + 10 * 3, 'short ones are not kept');
  const first = [...(await builder.build([])).written('g', write)][0];
  put([long(2)]);
  t.not([...(await builder.build([])).written('g', write)][0], first, 'another state is another text');
});

t.test('a long family is written in turns, and what one reader had made another takes', async (t) => {
  const family: MetricFamily = {
    name: 'm',
    type: 'gauge',
    samples: Array.from({ length: 5000 }, (_none, index) => ({
      kind: 'value',
      labels: [{ name: 'n', value: String((index * 7919) % 5000).padStart(4, '0') }],
      value: 1,
    })),
  };
  const stored = new StoredFamily({ family, pushedAtSeconds: 1 });
  const [a, b] = [stored.lines('underscores'), stored.lines('underscores')];
  t.equal(nextPiece(a)?.length, 0, 'others have a turn before anything is written');
  const fromB = [...b].filter(({ length }) => length > 0);
  t.ok(fromB.length > 10, 'pieces');
  const fromA = [...a].filter(({ length }) => length > 0);
  t.equal(fromA.length, fromB.length);
  t.ok(fromA.every((piece, index) => piece === fromB[index]));
  const lines = Buffer.concat(fromA).toString().trimEnd().split('\n');
  t.equal(lines.length, 5000);
  t.same(lines, lines.toSorted());
});

t.test('scrapes that come while the list is made wait for one more, which they share', async (t) => {
  const { store, builder, put } = start();
  put([gauge('a', 1)]);
  const first = builder.build([]);
  put([gauge('a', 2)]);
  const later = Array.from({ length: 20 }, () => builder.build([]));
  const textOf = async (exposition: Promise<Exposition>): Promise<string> =>
    Buffer.concat([...(await exposition).text('underscores')]).toString();
  for (const exposition of [first, ...later]) t.match(await textOf(exposition), /^a\{.*\} 2$/m);
  t.ok(store.walks <= 2, `${store.walks} lists`);
});

t.test('what is pushed and deleted while the list is made is not in it, nor half of it', async (t) => {
  const keyOf = (id: string) => ({ id, labels: [{ name: 'job', value: id }] });
  const own = new OwnFamilies();
  const limits = { seriesPerPush: 1e6, seriesInAll: 1e6, bytesInAll: 1e9 };
  const begin = () => {
    const store = new GroupStore({ own, limits });
    const put = (id: string, value: number, names = ['a', 'b', 'c']): void => {
      const key = keyOf(id);
      const families = names.map((name): MetricFamily => {
        const samples = [{ kind: 'value', labels: [{ name: 'job', value: id }], value }] as const;
        return { name, type: 'gauge', samples };
      });
      store.push(atOnce(store.prepare({ key, method: 'PUT', families, atSeconds: value, isChecked: true })));
    };
    for (const id of ['x', 'y', 'z']) put(id, 1);
    return { store, put };
  };
  const changes: readonly ((to: ReturnType<typeof begin>) => void)[] = [
    ({ put }) => {
      put('y', 2);
    },
    ({ put }) => {
      put('y', 2, ['b', 'd']);
    },
    ({ put }) => {
      put('new', 2, ['c', 'e']);
    },
    ({ store }) => {
      for (const id of ['x', 'y', 'z']) store.delete(keyOf(id));
    },
    ({ store, put }) => {
      for (const id of ['x', 'y', 'z']) store.delete(keyOf(id));
      put('x', 3, ['a']);
    },
  ];
  const shownBy = ({ shown }: PushedPart): readonly string[] =>
    [...shown.values()].flatMap(({ head, pieces }) =>
      pieces.flatMap((piece) =>
        [...familyOf(piece).samples].map((sample) => `${head.name} ${sample.kind === 'value' ? sample.value : ''}`),
      ),
    );
  const { store } = begin();
  const expected = shownBy(atOnce(new PushedParts({ store, own }).make()));
  t.equal(expected.length, 3 * 5);
  for (const [nth, change] of changes.entries()) {
    for (let at = 0; ; at++) {
      const state = begin();
      const parts = new PushedParts({ store: state.store, own });
      const making = parts.make();
      let step = making.next();
      for (let count = 0; count < at && step.done !== true; count++) step = making.next();
      if (step.done === true) break;
      change(state);
      const made = atOnce(making);
      t.same(shownBy(made), expected, `change ${nth} after step ${at}`);
      t.notOk(parts.isCurrent(made));
      t.not(shownBy(atOnce(parts.make())), expected, 'the next list has it');
    }
  }
});
