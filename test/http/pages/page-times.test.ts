import { runInNewContext } from 'node:vm';
import t from 'tap';
import { agoHtml, lastingHtml, momentText, SPAN_SCRIPT, spanText } from '../../../src/http/pages/page-times.js';

const rows: readonly (readonly [seconds: number, text: string])[] = [
  [-5, '0 s'],
  [0, '0 s'],
  [1.9, '1 s'],
  [119, '119 s'],
  [120, '2 min'],
  [7199, '119 min'],
  [7200, '2 h'],
  [172_799, '47 h'],
  [172_800, '2 days'],
  [8_640_000, '100 days'],
];

t.test('spans, on the server and in the browser', async (t) => {
  for (const [seconds, text] of rows) {
    t.equal(spanText(seconds), text, String(seconds));
    t.equal(runInNewContext(`${SPAN_SCRIPT}\nspanText(${seconds})`), text, `${seconds} in the browser`);
  }
});

t.test('moments', async (t) => {
  const at = Date.UTC(2026, 0, 2, 3, 4, 5, 678) / 1000;
  const time = '<time datetime="2026-01-02T03:04:05.678Z" title="2026-01-02 03:04:05 UTC" data-time=';
  t.equal(agoHtml(at, at + 12).toString(), `${time}"ago">12 s ago</time>`);
  t.equal(lastingHtml(at, at + 180).toString(), `${time}"lasting">3 min</time>`);
  t.equal(momentText(1e300), '1970-01-01 00:00:00 UTC', 'what is no moment breaks no page');
});
