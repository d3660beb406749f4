import t from 'tap';
import { bytesOf } from '../../../src/values/byte-string.js';
import { compileGoRegexp } from '../../../src/values/go-regexp.js';
import { matchText, readText, withoutRawBytes } from '../../../src/probers/query-response/received-text.js';

const { signal } = new AbortController();

t.test('bytes that are no UTF-8 are U+FFFD to patterns, and themselves in groups', async (t) => {
  const rows = [
    ['c3a4', '^(.)$', 'c3a4'],
    ['61ff62', '^a(.)b$', 'ff'],
    ['61ff62', '^a(\\x{fffd})b$', 'ff'],
    ['61fffe62', '^a(..)b$', 'fffe'],
    ['f09f9880ff', '^(.)(.)$', 'f09f9880'],
    ['e282', '^(..)$', 'e282'],
    ['efbfbd', '^(.)$', 'efbfbd'],
    ['6100', '^a(\\x00)$', '00'],
  ] as const;
  for (const [hex, pattern, group] of rows) {
    const match = await matchText(readText(Buffer.from(hex, 'hex')), compileGoRegexp(pattern), signal);
    t.equal(Buffer.from(bytesOf(match?.groups[1] ?? 'no match')).toString('hex'), group, `${hex} by ${pattern}`);
    t.equal(match?.endByte, hex.length / 2, `${hex} by ${pattern}: where it ends`);
  }
});

t.test('no match, and groups that took no part', async (t) => {
  t.equal(await matchText(readText(Buffer.from('abc')), compileGoRegexp('x'), signal), undefined);
  t.strictSame(await matchText(readText(Buffer.from('abc')), compileGoRegexp('(x)?b'), signal), {
    groups: ['b', undefined],
    endByte: 2,
  });
});

t.test('raw bytes in labels', async (t) => {
  t.equal(withoutRawBytes('a\udcffb😀'), 'a\ufffdb😀');
});
