import t from 'tap';
import { parsePrometheusDuration } from '../../src/values/duration.js';

t.test('durations of Prometheus', (t) => {
  const rows: readonly (readonly [text: string, seconds: number | undefined])[] = [
    ['0', 0],
    ['0s', 0],
    ['30s', 30],
    ['1m30s', 90],
    ['500ms', 0.5],
    ['1h', 3600],
    ['1d', 86_400],
    ['2w', 1_209_600],
    ['1y', 31_536_000],
    ['1s500ms', 1.5],
    ['', undefined],
    ['5', undefined],
    ['1.5s', undefined],
    ['-5s', undefined],
    ['30s1m', undefined],
    ['1s ', undefined],
    ['1e3s', undefined],
    ['9999999999s', undefined],
  ];
  for (const [text, seconds] of rows) t.equal(parsePrometheusDuration(text), seconds, JSON.stringify(text));
  t.end();
});
