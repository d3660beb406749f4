import t from 'tap';
import { Histogram } from '../../src/metrics/histogram.js';
import { writeFamilies } from '../../src/metrics/write-text.js';

t.test('counts are cumulative, bounds inclusive, series sorted', async (t) => {
  const histogram = new Histogram({ name: 'd_seconds', help: 'D', labelNames: ['b', 'a'], upperBounds: [1, 2] });
  histogram.observe({ a: 'x', b: 'z' }, 2);
  histogram.observe({ a: 'x', b: 'y' }, 1);
  histogram.observe({ a: 'x', b: 'y' }, 1.5);
  histogram.observe({ a: 'x', b: 'y' }, 9);
  t.equal(
    writeFamilies([histogram.family()]),
    `# HELP d_seconds D
# TYPE d_seconds histogram
d_seconds_bucket{a="x",b="y",le="1"} 1
d_seconds_bucket{a="x",b="y",le="2"} 2
d_seconds_bucket{a="x",b="y",le="+Inf"} 3
d_seconds_sum{a="x",b="y"} 11.5
d_seconds_count{a="x",b="y"} 3
d_seconds_bucket{a="x",b="z",le="1"} 0
d_seconds_bucket{a="x",b="z",le="2"} 1
d_seconds_bucket{a="x",b="z",le="+Inf"} 1
d_seconds_sum{a="x",b="z"} 2
d_seconds_count{a="x",b="z"} 1
`,
  );
});
