import t from 'tap';
import { CelEvaluationError, CelParseError, CelTypeError, compileCel } from '../../../src/values/cel/cel-program.js';

const BODY: unknown = JSON.parse('{"foo": "bar", "n": 1, "list": [1, 2, {"a": "b"}], "yes": true, "none": null}');

const RESULTS: Readonly<Record<string, boolean>> = {
  "body.foo == 'bar'": true,
  'body.n == 1': true,
  'body.n < 2.5': true,
  'body.yes': true,
  'has(body.none)': true,
  "'none' in body": true,
  'body.none == null || false': true,
  'has(body.list[2].a) && !has(body.n.a)': true,
  'body.list.exists(x, x == 2) && has(body.foo)': true,
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

/** Names by which the library knows what it is given. */
const NAMES: readonly (readonly [json: string, expression: string, result: boolean])[] = [
  ['{"$typeName": "google.protobuf.BoolValue", "value": true}', 'type(body) == map && body.value', true],
  ['{"a": {"$typeName": "nobody.knows.It", "b": 1}}', 'body.a.b == 1', true],
  ['[{"constructor": 1, "b": {"constructor": null}}]', 'has(body[0].b.constructor) && size(body[0]) == 2', true],
  ['{"__proto__": {"constructor": {"name": "Object"}, "a": 1}}', 'has(body.a)', false],
  ['{"__proto__": {"constructor": 1, "a": 1}}', 'body["__proto__"].a == 1', true],
  ['[{"a": null}, {"a": [null, {"b": null}]}]', 'body.all(x, has(x.a)) && has(body[1].a[1].b)', true],
  ['{"a": null}', 'body == {"a": null} && body.exists(key, key == "a")', true],
];
for (const [json, expression, result] of NAMES) {
  t.test(`${expression} of ${json}`, async (t) => {
    const program = await compileCel(expression);
    const body: unknown = JSON.parse(json);
    for (let time = 0; time < 2; time++) t.equal(program.evaluate(body), result);
  });
}

t.test('a list has no fields to ask for', async (t) => {
  for (const expression of ['has(body.a)', 'has(body[0].a)', 'has({"a": [1]}.a.b)', 'body.exists(x, has(x.a))']) {
    const program = await compileCel(expression);
    t.throws(() => program.evaluate([[1], [2]]), CelEvaluationError, expression);
  }
});

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
