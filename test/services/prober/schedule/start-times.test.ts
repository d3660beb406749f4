import t from 'tap';
import { firstStart, nextStart, offsetSeconds } from '../../../../src/services/prober/schedule/start-times.js';

const BEAT = { intervalSeconds: 60, offsetSeconds: 10 };

t.test('starts are at the offset of each interval', (t) => {
  const rows: readonly (readonly [name: string, got: number, wanted: number])[] = [
    ['before the offset', firstStart(600, BEAT), 610],
    ['at the offset', firstStart(610, BEAT), 670],
    ['behind the offset', firstStart(611, BEAT), 670],
    ['the next one', nextStart(610, BEAT), 670],
    ['the clock was put forward by a third', nextStart(630, BEAT), 670],
    ['the clock was put forward by two thirds', nextStart(650, BEAT), 730],
    ['the clock was put back by a third', nextStart(590, BEAT), 670],
    ['the clock was put back by two thirds', nextStart(570, BEAT), 610],
    ['the clock was put back by an hour', nextStart(610 - 3600, BEAT), 670 - 3600],
  ];
  for (const [name, got, wanted] of rows) t.equal(got, wanted, name);
  t.end();
});

t.test('offsets are stable, and spread over the interval', (t) => {
  t.equal(offsetSeconds('http_2xx\u0000a', 15), offsetSeconds('http_2xx\u0000a', 15));
  t.not(offsetSeconds('http_2xx\u0000a', 15), offsetSeconds('http_2xx\u0000b', 15));
  const tenths = Array.from({ length: 10 }, () => 0);
  for (let i = 0; i < 10_000; i++) {
    const at = Math.floor(offsetSeconds(`http_2xx\u0000https://host-${i}.example/health`, 10));
    tenths[at] = (tenths[at] ?? 0) + 1;
  }
  t.equal(tenths.length, 10, 'none is outside');
  t.ok(Math.min(...tenths) > 850 && Math.max(...tenths) < 1150, tenths.join());
  t.end();
});
