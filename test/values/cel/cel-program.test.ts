import t from 'tap';
import { CelEvaluationError, CelParseError, CelTypeError, compileCel } from '../../../src/values/cel/cel-program.js';

const BODY: unknown = JSON.parse('{"foo": "bar", "n": 1, "list": [1, 2, {"a": "b"}], "yes": true, "none": null}');

const RESULTS: Readonly<Record<string, boolean>> = {
  "body.foo == 'bar'": true,
  'body.n == 1': true,
  'body.n < 2.5': true,
  'body.yes': true,
  'body.none == null': true,
  'has(body.nope)': false,
  'has(body.nope) && body.nope.deeper': false,
  'body.list.exists(x, x == 2)': true,
  "body.list[2].a.startsWith('b')": true,
  'size(body.list) == 2': false,
  "body.foo.matches('(?i)BAR')": true,
  "'foo' in body": true,
  'type(body.n) == double': true,
};
for (const [expression, result] of Object.entries(RESULTS)) {
  t.test(expression, async (t) => {
    t.equal((await compileCel(expression)).evaluate(BODY), result);
  });
}

for (const expression of [
  '',
  'body.',
  'foo',
  'x.y == 1',
  'foo(body)',
  'body.foo.nope()',
  'body.list.all(x, y)',
  '[1].map(z, foo)',
]) {
  t.test(`does not compile: ${expression}`, async (t) => {
    const error: unknown = await compileCel(expression).catch((reason: unknown) => reason);
    t.ok(error instanceof CelParseError, String(error));
  });
}

t.test('errors of an evaluation are told apart', async (t) => {
  const missing = await compileCel('body.nope == 1');
  t.throws(() => missing.evaluate(BODY), CelEvaluationError);
  const noBoolean = await compileCel('body.n');
  t.throws(() => noBoolean.evaluate(BODY), CelTypeError);
});

const NESTING: Readonly<Record<string, number>> = {
  'body.a.b == 1': 0,
  "body.s.matches('a')": 0,
  'body.all(x, x > 1)': 1,
  'body.all(x, x == 1)': 1,
  'body.all(x, x in body)': 2,
  'body.all(x, body.exists(y, y > x))': 2,
  'body.exists(x, x.all(y, y.exists(z, z in body)))': 4,
  '{1: body.all(x, x > 1)}.size() == 1 && [body.all(x, body.all(y, y > x))][0]': 2,
};
for (const [expression, nesting] of Object.entries(NESTING)) {
  t.test(`loops of ${expression}`, async (t) => {
    t.equal((await compileCel(expression)).nesting, nesting);
  });
}
