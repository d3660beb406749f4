import t from 'tap';
import type { MetricFamily } from '../../src/metrics/metric-family.js';
import { ExpositionBuilder } from '../../src/push/exposition.js';
import { GroupStore } from '../../src/push/group-store.js';
import type { NameHolders } from '../../src/push/name-holders.js';
import { OwnFamilies } from '../../src/push/own-families.js';
import { atOnce } from '../../src/values/in-slices.js';

const gauge = (name: string, value: number): MetricFamily => ({
  name,
  type: 'gauge',
  samples: [{ kind: 'value', labels: [{ name: 'job', value: 'j' }], value }],
});

/** A store that counts how often somebody goes through all of its names. */
class CountingStore extends GroupStore {
  walks = 0;

  override get names(): ReadonlyMap<string, NameHolders> {
    this.walks += 1;
    return super.names;
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
  const names = (families: readonly MetricFamily[]): readonly string[] =>
    [...builder.build(families).written('name', ({ name }) => Buffer.from(name))].map(String);
  return { store, builder, put, names };
}

t.test('scrapes of one state of the store share what they show', async (t) => {
  const { store, builder, put } = start();
  put([gauge('a', 1), gauge('c', 1)]);
  const first = builder.build([gauge('b', 1)]);
  const { walks } = store;
  const others = Array.from({ length: 60 }, (_unused, index) => builder.build([gauge('b', index)]));
  t.equal(store.walks, walks, 'nobody goes through the store again');
  t.match(Buffer.concat([...(others[7]?.text('allow-utf-8') ?? [])]).toString(), /^b\{job="j"\} 7$/m);
  put([gauge('a', 2)]);
  const later = builder.build([gauge('b', 1)]);
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
  t.same(names([gauge('z', 1), gauge('a', 1)]), ['a', 'z']);
  put([gauge('b', 1), gauge('y', 1), gauge('q', 1)]);
  t.same(names([gauge('z', 1), gauge('a', 1)]), ['a', 'b', ...times, 'q', 'y', 'z']);
  t.same(names([gauge('q', 1), gauge('b', 1)]), ['b', ...times, 'q', 'y']);
  t.same(names([]), ['b', ...times, 'q', 'y']);
});

t.test('long families in other formats are written once for all scrapes that are under way', async (t) => {
  const { builder, put } = start();
  put([gauge('long', 1), gauge('short', 1)]);
  let count = 0;
  const write = ({ name }: MetricFamily): Buffer => {
    count += 1;
    return Buffer.alloc(name === 'long' ? 64 * 1024 : 10);
  };
  const scrapes = Array.from({ length: 10 }, () => [...builder.build([]).written('f', write)]);
  t.equal(new Set(scrapes.map(([first]) => first)).size, 1);
  t.equal(count, 1 + 10 * 3, 'short ones are not kept');
  t.not([...builder.build([]).written('g', write)][0], scrapes[0]?.[0], 'another format is another text');
  put([gauge('long', 2)]);
  t.not([...builder.build([]).written('f', write)][0], scrapes[0]?.[0], 'and so is another state');
});
