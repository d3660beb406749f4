import t from 'tap';
import { hasTooManyParameters, parseQuery, percentDecode } from '../../../src/http/routes/query-parameters.js';

const rows: readonly (readonly [name: string, query: string, parameters: Record<string, string>])[] = [
  ['empty', '', {}],
  ['plain', 'target=a&module=b', { target: 'a', module: 'b' }],
  ['the first value counts', 'a=1&a=2', { a: '1' }],
  ['an empty first value counts, too', 'a=&a=2', { a: '' }],
  ['plus is a blank', 'a=x+y', { a: 'x y' }],
  ['escaped plus stays', 'a=x%2By', { a: 'x+y' }],
  ['no equals sign', 'a&b=1', { a: '', b: '1' }],
  ['more equals signs', 'a=b=c', { a: 'b=c' }],
  ['a malformed escape drops the pair', 'a=%zz&b=1&c=%4', { b: '1' }],
  ['a malformed escape in a name drops the pair', '%=1&b=1', { b: '1' }],
  ['a malformed pair does not hide a later one', 'a=%&a=2', { a: '2' }],
  ['a semicolon drops the pair', 'a=1;b=2&c=3', { c: '3' }],
  ['an escaped semicolon is fine', 'a=1%3Bb', { a: '1;b' }],
  ['names are case-sensitive', 'Target=x', { Target: 'x' }],
  ['escaped names', '%61=1', { a: '1' }],
  ['UTF-8', 'a=%C3%A4', { a: 'ä' }],
  ['no UTF-8', 'a=%ff%C3%A4', { a: '\ufffdä' }],
  ['raw letters beside bytes that are no UTF-8', 'a=ä%ff', { a: 'ä\ufffd' }],
  ['a question mark belongs to the value', 'target=http://x/?a', { target: 'http://x/?a' }],
];
for (const [name, query, parameters] of rows) {
  t.test(name, async (t) => {
    t.same(Object.fromEntries(parseQuery(query)), parameters);
  });
}

t.test('in a path plus means itself', async (t) => {
  t.equal(percentDecode('/a+b%20c'), '/a+b c');
  t.equal(percentDecode('/%'), undefined);
});

t.test('a thousand parameters and not more', async (t) => {
  t.notOk(hasTooManyParameters(''));
  t.notOk(hasTooManyParameters('a=1&b=2'));
  t.notOk(hasTooManyParameters('a&'.repeat(999)));
  t.ok(hasTooManyParameters('a&'.repeat(1000)));
  t.ok(hasTooManyParameters('&'.repeat(1000)), 'empty ones count');
});
