import t from 'tap';
import { probeTimeoutSeconds } from '../../src/probe/timeout.js';

const ABSENT = undefined;

/** What upstream answers with. */
const rows: readonly (readonly [
  name: string,
  scrape: number | undefined,
  module: number | undefined,
  offset: number,
  seconds: number,
])[] = [
  ['nothing given', ABSENT, ABSENT, 0.5, 119.5],
  ['a header of zero is none', 0, ABSENT, 0.5, 119.5],
  ['the header less the offset', 10, ABSENT, 0.5, 9.5],
  ['a shorter module wins', 10, 5, 0.5, 5],
  ['a longer module does not', 3, 5, 0.5, 2.5],
  ['a module below the header, but above what is left', 5.5, 5, 0.5, 5],
  ['a header below the offset without module', 0.4, ABSENT, 0.5, 0],
  ['a header below the offset, the module wins', 0.4, 5, 0.5, 5],
  ['a header that equals the offset gives nothing', 0.5, 5, 0.5, 0],
  ['a negative header, the module wins', -3, 5, 0.5, 5],
  ['a negative module is like none', 10, -5, 0.5, 9.5],
  ['a negative module and a tiny header', 0.4, -5, 0.5, -5],
  ['no offset', 10, ABSENT, 0, 10],
  ['a negative offset', ABSENT, ABSENT, -2, 122],
  ['an offset beyond the header', 10, ABSENT, 200, 0],
  ['infinite', Infinity, ABSENT, 0.5, Infinity],
  ['not a number', NaN, ABSENT, 0.5, NaN],
  ['not a number with module', NaN, 5, 0.5, NaN],
];

for (const [name, scrapeSeconds, moduleSeconds, offsetSeconds, seconds] of rows) {
  t.test(name, async (t) => {
    const inputs = {
      ...(scrapeSeconds !== undefined && { scrapeSeconds }),
      ...(moduleSeconds !== undefined && { moduleSeconds }),
      offsetSeconds,
    };
    t.ok(Object.is(probeTimeoutSeconds(inputs), seconds), `${probeTimeoutSeconds(inputs)}`);
  });
}
