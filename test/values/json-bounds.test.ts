import t from 'tap';
import { DEEPEST_JSON, hasTooLargeNumber, jsonExcess, MOST_JSON_VALUES } from '../../src/values/json-bounds.js';

t.test('bounds of JSON', async (t) => {
  const list = (count: number, item: string): string => `[${Array.from({ length: count }).fill(item).join(',')}]`;
  t.equal(jsonExcess('[1,2]'), undefined);
  t.equal(jsonExcess(list(MOST_JSON_VALUES - 1, '1')), undefined);
  t.equal(jsonExcess(list(MOST_JSON_VALUES + 1, '1')), 'more than 1000000 values');
  t.equal(jsonExcess(list(600_000, '{}')), 'more than 1000000 values');
  t.equal(jsonExcess('['.repeat(DEEPEST_JSON)), undefined);
  t.equal(jsonExcess('['.repeat(DEEPEST_JSON + 1)), 'more than 10000 levels');
  t.equal(jsonExcess('{"a":'.repeat(DEEPEST_JSON + 1)), 'more than 10000 levels');
  t.equal(jsonExcess(`"${'[,\\"'.repeat(MOST_JSON_VALUES)}"`), undefined, 'within a text');
  t.equal(jsonExcess(`"${'\\'.repeat(20_001)}`), undefined, 'a text without end');
});

t.test('numbers beyond a double', async (t) => {
  const rows: readonly (readonly [text: string, isTooLarge: boolean])[] = [
    ['1e400', true],
    ['{"a":[1,{"b":-1E+0400}]}', true],
    [`[${'9'.repeat(310)}]`, true],
    [`[null,0.${'9'.repeat(400)},1e308,1e-400]`, false],
    ['"1e400"', false],
    ['[1e0009,100e3]', false],
  ];
  for (const [text, isTooLarge] of rows) t.equal(hasTooLargeNumber(text, JSON.parse(text)), isTooLarge, text);
});
