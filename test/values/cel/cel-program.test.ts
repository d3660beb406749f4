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

/** What upstream's library reads of a text, and how it writes a number. */
const CASTS: Readonly<Record<string, boolean>> = {
  'int("+10") == 10 && int("-010") == -10 && int("9223372036854775807") > 0': true,
  'uint("18446744073709551615") > 0u': true,
  'double("0x1p4") == 16.0 && double("-.5e1") == -5.0 && double("Inf") > 1.0': true,
  'bool("T") && !bool("F")': true,
  'timestamp("2024-02-29T23:59:59.1234567891+01:00").getFullYear() == 2024': true,
  'duration("1h30m") == duration("90m") && duration("-1.5s") < duration("0")': true,
  'int(duration("2s")) == 2000000000 && int(duration("-1.5us")) == -1500': true,
  'string(body.n) == "1" && string(1234567.0) == "1.234567e+06" && string(-0.0) == "-0"': true,
  'body.none in {"x": 1} || body.list in body || {"a": 1} in body': false,
};
for (const [expression, result] of Object.entries(CASTS)) {
  t.test(expression, async (t) => {
    t.equal((await compileCel(expression)).evaluate(BODY), result);
  });
}

/** Texts that are an error, whatever they are compared with: a body may have them where a number is meant. */
const UNREADABLE: Readonly<Record<string, readonly string[]>> = {
  int: ['', ' ', ' 1', '1 ', '0x10', '0b1', '1_0', '1.0', '9223372036854775808', '9'.repeat(1000)],
  uint: ['', ' ', '-1', '+1', '0x10', '18446744073709551616'],
  double: ['', ' ', 'abc', '1 ', '0x10', '1e400', '2s'],
  bool: ['', 'yes', 'tRUE'],
  timestamp: [
    '',
    '2024-02-30T00:00:00Z',
    '2023-02-29T00:00:00Z',
    '2024-01-01T24:00:00Z',
    '2024-01-01T00:00:00,5Z',
    '2024-00-01T00:00:00Z',
  ],
  duration: ['', '-', '1d', '1 s', '9999999999h'],
};
t.test('a text that is none of a kind is an error', async (t) => {
  for (const [kind, texts] of Object.entries(UNREADABLE)) {
    const program = await compileCel(`${kind}(body) != ${kind}(body) || true == false`);
    for (const text of texts) t.throws(() => program.evaluate(text), CelEvaluationError, `${kind} of "${text}"`);
  }
});

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
