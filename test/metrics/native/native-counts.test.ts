import t from 'tap';
import { nativeBound } from '../../../src/metrics/native/native-bounds.js';
import { NativeCounts } from '../../../src/metrics/native/native-counts.js';
import { nativeBuckets } from '../../../src/push/native-buckets.js';

const countsOf = (values: readonly number[]) => {
  const counts = new NativeCounts();
  for (const value of values) counts.observe(value);
  return counts.snapshot();
};

t.test('each value is in the bucket that its bounds say', (t) => {
  const values = [0.001, 0.25, 0.5, 0.500001, 1, 1.0000001, 7, 120, 1e-9];
  for (const value of values) {
    const [bucket, ...others] = nativeBuckets(countsOf([value]));
    t.equal(others.length, 0);
    t.ok(bucket !== undefined && bucket.lower < value && value <= bucket.upper, `${value}: ${JSON.stringify(bucket)}`);
  }
  for (let index = -80; index < 80; index++) {
    const bound = nativeBound(index, 3);
    t.strictSame(
      countsOf([bound]).positive.spans,
      [{ offset: index, length: 1 }],
      `the bound ${bound} is the upper one`,
    );
  }
  t.end();
});

t.test('neighbours share a span, and what is no duration counts as zero', (t) => {
  t.match(countsOf([1, 1, 1.05, 2, 0, -1, NaN]), {
    schema: 3,
    zeroCount: 3,
    positive: {
      spans: [
        { offset: 0, length: 2 },
        { offset: 6, length: 1 },
      ],
      counts: [2, 1, 1],
    },
  });
  t.end();
});

t.test('many buckets are merged, and nothing is lost', (t) => {
  const values = Array.from({ length: 400 }, (_, i) => 2 ** (i / 8 - 25));
  const { schema, positive, ...rest } = countsOf(values);
  t.ok(positive.counts.length <= 100, String(positive.counts.length));
  t.equal(schema, 0);
  t.equal(
    positive.counts.reduce((sum, count) => sum + count, 0),
    values.length,
  );
  for (const bucket of nativeBuckets({ schema, positive, ...rest })) {
    const inside = values.filter((value) => value > bucket.lower && value <= bucket.upper).length;
    t.equal(bucket.count, inside, `${bucket.lower} to ${bucket.upper}`);
  }
  t.end();
});
