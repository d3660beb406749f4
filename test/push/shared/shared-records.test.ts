import t from 'tap';
import type { MetricFamily } from '../../../src/metrics/metric-family.js';
import { keyOfRecord, readRecord, writeFactsRecord, writeFamily } from '../../../src/push/shared/shared-records.js';
import { frameRecord } from '../../../src/push/store/record-frame.js';
import { atOnce } from '../../../src/values/in-slices.js';
import { groupKey, seriesLabels } from '../../helpers/push/pushed-groups.js';
import { FULL_FAMILIES } from '../../metrics/full-families.js';

const KEY = groupKey({ job: 'a', zone: 'z' });

/** As a group holds it: with its labels, and without timestamps. */
function held(family: MetricFamily): MetricFamily {
  const samples = family.samples.map(({ timestampMs: _timestampMs, ...sample }) => ({
    ...sample,
    labels: seriesLabels(KEY, Object.fromEntries(sample.labels.map(({ name, value }) => [name, value]))),
  }));
  return { ...family, samples };
}

t.test('families of every kind are read as they were written', async (t) => {
  for (const family of FULL_FAMILIES.map(held)) {
    const name = keyOfRecord(KEY, family.name);
    const bytes = atOnce(writeFamily(name, { family, pushedAtSeconds: 5 }));
    const record = atOnce(readRecord(name, bytes));
    t.equal(record.kind, 'family');
    if (record.kind !== 'family') continue;
    t.equal(record.family?.pushedAtSeconds, 5);
    const { samples, ...rest } = record.family!.family;
    t.same({ ...rest, samples: [...samples] }, family, family.name);
  }
});

t.test('facts are read as they were written, and what is gone is gone', async (t) => {
  const name = keyOfRecord(KEY, '');
  const facts = { createdAtSeconds: 1.5, lastPushSeconds: 2, lastFailureSeconds: 0, expiresAtSeconds: 9 };
  t.match(atOnce(readRecord(name, atOnce(writeFactsRecord(name, facts)))), { kind: 'facts', key: KEY, facts });
  t.match(atOnce(readRecord(name, undefined)), { kind: 'facts', facts: undefined });
});

const row = '[1,"instance","","job","a","zone","z"]\n';
const head = (more: object): string => `${JSON.stringify({ name: 'm', type: 'gauge', pushedAtSeconds: 1, ...more })}\n`;
const native = { schema: 3, zeroThreshold: 0, zeroCount: 0, positive: { spans: [], counts: [] } };
const histogram = (more: object): string =>
  `${JSON.stringify({ kind: 'histogram', labels: seriesLabels(KEY), buckets: [], sum: 0, count: 0, ...more })}\n`;

/** Payloads of the family `m`, all with a right checksum. */
const NO_FAMILIES: Readonly<Record<string, string>> = {
  nothing: '',
  'no JSON': '{\n',
  'no object': '5\n',
  'deep JSON': `${'['.repeat(100_000)}\n`,
  'another name': head({ name: 'n' }) + row,
  'another type': head({ type: 'thing' }) + row,
  'a type of every object': head({ type: 'constructor' }) + row,
  'a help that is no text': head({ help: 5 }) + row,
  'no time': head({ pushedAtSeconds: '1' }) + row,
  'no labels of the group': `${head({})}[1,"instance",""]\n`,
  'another job': `${head({})}[1,"instance","","job","b","zone","z"]\n`,
  'no instance': `${head({})}[1,"job","a","zone","z"]\n`,
  'labels in no order': `${head({})}[1,"job","a","instance","","zone","z"]\n`,
  'no series': `${head({})}null\n`,
  'a series of another kind': head({}) + histogram({}),
  'a member too many': head({ type: 'histogram' }) + histogram({ more: 1 }),
  'a count that is a text': head({ type: 'histogram' }) + histogram({ count: '1' }),
  'spans of billions':
    head({ type: 'histogram' }) +
    histogram({ native: { ...native, negative: { spans: [{ offset: 0, length: 4e9 }], counts: [1] } } }),
  'a span of less than nothing':
    head({ type: 'histogram' }) +
    histogram({
      native: {
        ...native,
        negative: {
          spans: [
            { offset: 0, length: -1 },
            { offset: 0, length: 1 },
          ],
          counts: [],
        },
      },
    }),
};

t.test('what is no family is refused, by the name of its record', async (t) => {
  const name = keyOfRecord(KEY, 'm');
  const framed = (payload: string): Buffer => frameRecord(name, { sequence: 0, payload: Buffer.from(payload) });
  t.doesNotThrow(() => atOnce(readRecord(name, framed(head({}) + row))), 'the rows differ from one that is right');
  for (const [what, payload] of Object.entries(NO_FAMILIES)) {
    const expected = { name: 'StoreProblem', message: /^the record ".*m" in Redis cannot be read: / };
    t.throws(() => atOnce(readRecord(name, framed(payload))), expected, what);
  }
  const bytes = framed(head({}) + row);
  bytes[bytes.length - 3]! ^= 1;
  t.throws(() => atOnce(readRecord(name, bytes)), { message: /checksum/ });
});

t.test('names of records that are of no group', async (t) => {
  const names = [
    '',
    'm',
    '[]\0m',
    '{"job":"a"}\0m',
    '[["zone","z"]]\0m',
    '[["zone","z"],["job","a"]]\0m',
    '[["job",5]]\0m',
    '[["job","a"],["job","a"]]\0m',
    '[["job", "a"]]\0m',
  ];
  for (const name of names) {
    t.throws(() => atOnce(readRecord(name, undefined)), { name: 'StoreProblem' }, JSON.stringify(name));
  }
});

t.test('brackets without end are not given to the parser, which would take gigabytes for them', async (t) => {
  const name = keyOfRecord(KEY, 'm');
  for (const payload of [`${head({})}${'['.repeat(2_000_000)}\n`, `${'['.repeat(20_000)}\n`]) {
    const framed = frameRecord(name, { sequence: 0, payload: Buffer.from(payload) });
    t.throws(() => atOnce(readRecord(name, framed)), { message: /more than 10000 levels/ });
  }
});
