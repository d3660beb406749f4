import t from 'tap';
import { Summary } from '../../src/metrics/summary.js';
import { writeFamilies } from '../../src/metrics/write-text.js';
import { ManualClock } from '../helpers/manual-clock.js';

function start(quantiles: readonly number[] = [0.1, 0.5, 0.9]) {
  const clock = new ManualClock();
  const definition = { name: 'd_seconds', help: 'D', labelNames: ['method'], quantiles, windowSeconds: 600 } as const;
  const summary = new Summary(definition, clock);
  const lines = (): string[] => writeFamilies([summary.family()]).split('\n').slice(2, -1);
  return { clock, summary, lines };
}

t.test('quantiles, sum and count, series by label values', async (t) => {
  const { summary, lines } = start();
  summary.observe({ method: 'put' }, 7);
  for (const value of [10, 9, 8, 1, 2, 3, 4, 5, 6, 7]) summary.observe({ method: 'post' }, value);
  t.strictSame(lines(), [
    'd_seconds{method="post",quantile="0.1"} 1',
    'd_seconds{method="post",quantile="0.5"} 5',
    'd_seconds{method="post",quantile="0.9"} 9',
    'd_seconds_sum{method="post"} 55',
    'd_seconds_count{method="post"} 10',
    'd_seconds{method="put",quantile="0.1"} 7',
    'd_seconds{method="put",quantile="0.5"} 7',
    'd_seconds{method="put",quantile="0.9"} 7',
    'd_seconds_sum{method="put"} 7',
    'd_seconds_count{method="put"} 1',
  ]);
});

t.test('observations leave the window, not the sum', async (t) => {
  const { clock, summary, lines } = start([0, 0.5, 1]);
  summary.observe({ method: 'put' }, 1);
  clock.advance(300);
  summary.observe({ method: 'put' }, 3);
  const values = (): string[] => lines().map((line) => line.slice(line.lastIndexOf(' ') + 1));
  t.strictSame(values(), ['1', '1', '3', '4', '2']);
  clock.advance(300);
  t.strictSame(values(), ['3', '3', '3', '4', '2']);
  clock.advance(300);
  t.strictSame(values(), ['NaN', 'NaN', 'NaN', '4', '2']);
});

t.test('of many observations the last ones count', async (t) => {
  const { summary, lines } = start([0, 1]);
  for (let value = 0; value < 3000; value++) summary.observe({ method: 'put' }, value);
  const [least, most, , count] = lines();
  t.equal(least, 'd_seconds{method="put",quantile="0"} 1976');
  t.equal(most, 'd_seconds{method="put",quantile="1"} 2999');
  t.equal(count, 'd_seconds_count{method="put"} 3000');
});
