import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ESCAPING_SCHEMES } from '../../src/metrics/escape-name.js';
import { compareBytes, sortFamilies } from '../../src/metrics/sort-families.js';
import { parseText } from '../../src/metrics/text/parse-text.js';
import { writeFamilies } from '../../src/metrics/write-text.js';
import { REPOSITORY } from '../helpers/peer.js';
import { FULL_FAMILIES } from './full-families.js';

for (const escaping of ESCAPING_SCHEMES) {
  t.test(`everything in the text format, ${escaping}`, async (t) => {
    const golden = readFileSync(join(REPOSITORY, 'test/golden', `exposition-${escaping}.txt`), 'utf8');
    t.equal(writeFamilies(FULL_FAMILIES, escaping), golden);
  });
}

t.test('what was written is read', async (t) => {
  // An empty HELP line says nothing, so that the text format does not tell it from none.
  const text = writeFamilies(FULL_FAMILIES, 'allow-utf-8').replace('# HELP float_seconds \n', '');
  const families = parseText(Buffer.from(text), { names: 'utf-8' });
  t.equal(writeFamilies(families, 'allow-utf-8'), text);
});

t.test('the order of an exposition', async (t) => {
  const value = (...labels: string[]) =>
    ({ kind: 'value', labels: labels.map((value, index) => ({ name: `l${index}`, value })), value: 1 }) as const;
  const samples = [
    value('b', 'a'),
    value('a', 'b'),
    value('z'),
    value('a', '\u{1f600}'),
    value('a', '\uffff'),
    value(),
  ];
  const [a, b] = sortFamilies([
    { name: 'b', type: 'untyped', samples: [] },
    { name: 'a', type: 'untyped', samples },
  ]);
  t.equal(b?.name, 'b');
  t.strictSame(
    a?.samples.map(({ labels }) => labels.map((label) => label.value)),
    [[], ['z'], ['a', 'b'], ['a', '\uffff'], ['a', '\u{1f600}'], ['b', 'a']],
  );
  const names = ['', 'A', 'a', 'aa', 'ab', 'é', '\ue000', '\uffff', '\u{10000}', '\u{1f600}', '\u{10ffff}'];
  for (const [at, name] of names.entries()) {
    for (const [otherAt, other] of names.entries()) {
      const order = Buffer.compare(Buffer.from(name), Buffer.from(other));
      t.equal(Math.sign(compareBytes(name, other)), order, `${at} and ${otherAt}`);
    }
  }
});
