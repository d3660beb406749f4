import t, { type Test } from 'tap';
import type { EscapingScheme } from '../../../src/metrics/escape-name.js';
import { PageMemory } from '../../../src/metrics/kept/page-memory.js';
import { counter, gauge } from '../../../src/metrics/metric-definition.js';
import type { MetricFamily } from '../../../src/metrics/metric-family.js';
import { MetricSet } from '../../../src/metrics/metric-set.js';
import { writeMetricSetWith } from '../../../src/metrics/write-text.js';

const up = gauge('up', 'Whether it is up');
const sent = counter('sent_total', 'What was sent,\nin bytes', ['to', 'by']);
const odd = gauge('odd', 'Odd names', ['größe']);
const own = gauge('process_open', 'Open');

/** One scrape: the values of its series, in the order in which they are set, and what is beside them. */
interface Scrape {
  readonly sent?: readonly (readonly [to: string, value: number])[];
  readonly up?: number;
  readonly odd?: string;
  readonly own?: number;
  readonly families?: readonly MetricFamily[];
  readonly added?: MetricFamily;
  readonly escaping?: EscapingScheme;
}

function family(name: string, value: number, help = 'A family'): MetricFamily {
  return { name, help, type: 'gauge', samples: [{ kind: 'value', labels: [{ name: 'a', value: 'é' }], value }] };
}

/** Writes each scrape through one memory, and as if there were none. Returns how many were written as wholes. */
function compare(t: Test, name: string, scrapes: readonly Scrape[]): number {
  const memory = new PageMemory();
  let [before, ownBefore]: (MetricSet | undefined)[] = [];
  let wholes = 0;
  const omits = (name: string): boolean => name === 'up';
  for (const [index, scrape] of scrapes.entries()) {
    const set = MetricSet.following(before);
    const ownSet = MetricSet.following(ownBefore);
    if (scrape.up !== undefined) set.set(up, scrape.up);
    for (const [to, value] of scrape.sent ?? []) set.setWith(sent, { to, by: 'me' }, value);
    if (scrape.odd !== undefined) set.setWith(odd, { größe: scrape.odd }, 1);
    if (scrape.added !== undefined) set.add(scrape.added);
    if (scrape.own !== undefined) ownSet.set(own, scrape.own);
    const { families = [], escaping = 'underscores' } = scrape;
    const expected = writeMetricSetWith(set, { more: [...families, ...ownSet.families()], omits }, escaping);
    const sorted = [...set.added, ...families].sort((a, b) => (a.name < b.name ? -1 : 1));
    const written = memory.write({ rows: [set.rows, ownSet.rows], families: sorted, omits, escaping }, () => {
      wholes++;
      return expected === undefined ? undefined : Buffer.from(expected);
    });
    t.equal(written?.toString(), expected, `${name}: scrape ${index + 1}`);
    [before, ownBefore] = [set, ownSet];
  }
  return wholes;
}

const same: Scrape = {
  up: 1,
  own: 7,
  sent: [
    ['b "quoted"', 1],
    ['a é', 2],
  ],
};
const others = (b: number, a: number): Scrape => ({
  ...same,
  sent: [
    ['b "quoted"', b],
    ['a é', a],
  ],
});

const ROWS: readonly { name: string; scrapes: readonly Scrape[]; wholes: number }[] = [
  { name: 'nothing changes', scrapes: [same, same, same, same], wholes: 2 },
  {
    name: 'numbers become longer and shorter',
    scrapes: [
      same,
      same,
      others(123_456, 2),
      others(1, 1.5e-300),
      others(NaN, -Infinity),
      others(NaN, 0),
      others(NaN, -0),
      same,
    ],
    wholes: 2,
  },
  {
    name: 'a series comes and goes, both ways stay known',
    scrapes: [same, same, { ...same, odd: 'x' }, { ...same, odd: 'x' }, same, { ...same, odd: 'x' }, same],
    wholes: 4,
  },
  { name: 'a label changes', scrapes: [same, same, { ...same, sent: [['c', 1]] }, same, same, same], wholes: 3 },
  {
    name: 'the order changes',
    scrapes: [same, same, { ...same, sent: [...(same.sent ?? [])].reverse() }, same, same],
    wholes: 2,
  },
  {
    name: 'a family changes, before, between and behind the series',
    scrapes: [1, 1, 2, 3].map((value) => ({
      ...same,
      families: [family('a', value), family('q', 0), family('z', value * 1e9, 'Help é')],
    })),
    wholes: 2,
  },
  {
    name: 'another family',
    scrapes: ['q', 'q', 'r', 'r', 'r'].map((name) => ({ ...same, families: [family(name, 1)] })),
    wholes: 3,
  },
  {
    name: 'a family of the set',
    scrapes: [1, 2, 3].map((value) => ({ ...same, added: family('m', value) })),
    wholes: 2,
  },
  {
    name: 'names are written in another way',
    scrapes: (['underscores', 'underscores', 'values', 'values', 'underscores'] as const).map((escaping) => ({
      ...same,
      odd: 'ü',
      escaping,
    })),
    wholes: 4,
  },
  {
    name: 'a name that occurs twice',
    scrapes: [1, 2, 3, 4].map((value) => ({ ...same, families: [family('sent_total', value)] })),
    wholes: 4,
  },
  { name: 'no series at all', scrapes: [{}, {}, {}], wholes: 2 },
];

t.test('pages are the same bytes with a memory', async (t) => {
  for (const { name, scrapes, wholes } of ROWS)
    t.equal(compare(t, name, scrapes), wholes, `${name}: written as wholes`);
});

t.test('many series that change at random', async (t) => {
  let seed = 1;
  const random = (below: number): number => (seed = (seed * 48_271) % 0x7fff_ffff) % below;
  const scrapes = Array.from({ length: 60 }, (): Scrape => {
    const value = (): number => (random(3) === 0 ? random(1_000_000) / 7 : 1);
    const names = Array.from({ length: random(10) === 0 ? 150 : 200 }, (_unused, at) => `name ${at * 7919}`);
    return {
      up: 1,
      own: random(5),
      sent: names.map((name) => [name, value()] as const),
      families: [family('f', value())],
    };
  });
  t.ok(compare(t, 'random', scrapes) < 40, 'most pages are copied');
});
