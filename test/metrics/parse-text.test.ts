import t from 'tap';
import type { MetricFamily } from '../../src/metrics/metric-family.js';
import { parseText } from '../../src/metrics/text/parse-text.js';
import { TextParseError } from '../../src/metrics/text/text-parse-error.js';

const parse = (body: string | Buffer, names: 'legacy' | 'utf-8' = 'legacy'): MetricFamily[] =>
  parseText(Buffer.from(body), { names });

/** What parsing throws, as one says it; undefined if it does not. */
function refusal(body: string | Buffer, names: 'legacy' | 'utf-8' = 'legacy'): string | undefined {
  try {
    parse(body, names);
    return undefined;
  } catch (error) {
    if (!(error instanceof TextParseError)) throw error;
    return error.message.replace('text format parsing error in line ', '');
  }
}

/** Every text that the parser has, with the line that it names. */
const REFUSED: readonly (readonly [name: string, body: string | Buffer, message: string])[] = [
  ['a digit in front', '1a 1\n', '1: invalid metric name'],
  ['CR before LF', 'a 1\r\n', '1: expected float as value, got "1\\r"'],
  ['CR alone', '\r\n', '1: invalid metric name'],
  ['a dot in a name', 'a.b 1\n', '1: expected float as value, got ".b"'],
  ['quotes that are needed', '{"a.b"} 1\n', '1: invalid metric name "a.b"'],
  ['quotes that are needed, in HELP', '# HELP "a b" x\n', '1: invalid metric name "a b"'],
  ['a name without quotes, in HELP', '# HELP a-b x\n', '1: invalid metric name in comment'],
  ['no name at all', '\n{b="c"} 1\n', '2: invalid metric name'],
  ['empty braces', '{} 1\n', '1: invalid metric name'],
  ['the name of the line before is not taken over', 'a 1\n{b="c"} 1\n', '2: invalid metric name'],
  ['empty quotes', '{""} 1\n', '1: invalid label name for metric ""'],
  ['a digit in front of a label', 'a{1="c"} 1\n', '1: invalid label name for metric "a"'],
  ['two commas', 'a{b="c",,} 1\n', '1: invalid label name for metric "a"'],
  ['a label that needs quotes', 'a{"b.c"="d"} 1\n', '1: invalid label name "b.c"'],
  ['a colon in a label', 'a{"b:c"="d"} 1\n', '1: invalid label name "b:c"'],
  ['a colon in a label, without quotes', 'a{b:c="d"} 1\n', "1: expected '=' after label name, found ':'"],
  ['no equals sign', 'a{b} 1\n', "1: expected '=' after label name, found '}'"],
  ['a zero byte', 'a{b\0="c"} 1\n', "1: expected '=' after label name, found '\\x00'"],
  ['no quote', 'a{b=c} 1\n', `1: expected '"' at start of label value, found 'c'`],
  ['half a character', Buffer.from('a{b=\xff} 1\n', 'latin1'), `1: expected '"' at start of label value, found 'ÿ'`],
  ['an apostrophe', "a{b='c'} 1\n", `1: expected '"' at start of label value, found '\\''`],
  ['no comma', 'a{b="c"d="e"} 1\n', '1: unexpected end of label value "c"'],
  ['a quote within a value', 'a{b="c"d"} 1\n', '1: unexpected end of label value "c"'],
  ['a line feed in a value', 'a{b="c\nd"} 1\n', '1: label value "c" contains unescaped new-line'],
  ['a line feed in a name', '{"a\nb"} 1\n', '1: label name "a" contains unescaped new-line'],
  ['a line feed in a metric name', '"a\nb" 1\n', '1: metric name "a" contains unescaped new-line'],
  ['a value that is no UTF-8', Buffer.from('a{b="\xff"} 1\n', 'latin1'), '1: invalid label value "\\xff"'],
  ['an escape that is none', 'a{b="\\t"} 1\n', "1: invalid escape sequence '\\t'"],
  ['an escape that is none, in HELP', '# HELP a x\\q\n', "1: invalid escape sequence '\\q'"],
  ['an escape that is none, in a name', '{"a\\q"} 1\n', "1: invalid escape sequence '\\q'"],
  ['__name__', 'a{__name__="c"} 1\n', '1: label name "__name__" is reserved'],
  ['a label twice', 'a{b="1",c="",b="2"} 1\n', '1: duplicate label names for metric "a"'],
  ['two names', '{"a","b"} 1\n', '1: multiple metric names for metric "a"'],
  ['a colon after a name', '{"a":1} 1\n', "1: unexpected end of metric name ':'"],
  ['a word as value', '\n\na b\n', '3: expected float as value, got "b"'],
  ['no value', 'a\n', '1: expected float as value, got ""'],
  ['a hexadecimal value', 'a 0x1p4\n', '1: expected float as value, got "0x1p4"'],
  ['an underscore in a value', 'a 1_0\n', '1: expected float as value, got "1_0"'],
  ['a value above all floats', 'a 1e400\n', '1: expected float as value, got "1e400"'],
  ['a signed NaN', 'a +NaN\n', '1: expected float as value, got "+NaN"'],
  ['a point alone', 'a .\n', '1: expected float as value, got "."'],
  ['a minus alone', 'a -\n', '1: expected float as value, got "-"'],
  ['quantile', '# TYPE s summary\ns{quantile="x"} 1\n', `2: expected float as value for 'quantile' label, got "x"`],
  ['le', '# TYPE h histogram\nh_bucket{le="x"} 1\n', `2: expected float as value for 'le' label, got "x"`],
  [
    'le before the name',
    '# TYPE h histogram\n{le="x","h_bucket"} 1\n',
    `2: expected float as value for 'le' label, got "x"`,
  ],
  ['a blank after the value', 'a 1 \n', '1: expected integer as timestamp, got ""'],
  ['a fraction as timestamp', 'a 1 1.5\n', '1: expected integer as timestamp, got "1.5"'],
  ['a timestamp above all', 'a 1 9223372036854775808\n', '1: expected integer as timestamp, got "9223372036854775808"'],
  ['backslashes after the timestamp', 'a 1 2 \\x\\\\y\n', '1: spurious string after timestamp: " xy"'],
  ['a word after the timestamp', 'a 1 2 x\n', '1: spurious string after timestamp: " x"'],
  ['two HELP lines', '# HELP a x\n# HELP a y\n', '2: second HELP line for metric name "a"'],
  [
    'two TYPE lines',
    '# TYPE a gauge\n# TYPE a gauge\n',
    '2: second TYPE line for metric name "a", or TYPE reported after samples',
  ],
  ['TYPE late', 'a 1\n# TYPE a gauge\n', '2: second TYPE line for metric name "a", or TYPE reported after samples'],
  ['a type with backslashes', '# TYPE a in\\nfo\\\\\n', '1: unknown metric type "innfo"'],
  ['a type that is none', '# TYPE a info\n', '1: unknown metric type "info"'],
  ['a blank after the type', '# TYPE a gauge \n', '1: unknown metric type "gauge "'],
  ['less than nothing', '# TYPE h histogram\nh_count -1\n', '2: negative count for histogram "h"'],
  ['less in a bucket', '# TYPE h histogram\nh_bucket{le="1"} -1\n', '2: negative bucket population for histogram "h"'],
  ...[
    'a 1',
    'a',
    'a{',
    'a{b',
    'a{b=',
    'a{b="',
    'a{b="c"',
    'a{b="c"}',
    'a 1 2',
    '{"a',
    '"a\\',
    '#',
    '# x',
    '# HELP a x',
  ].map((body) => [`an end too early: ${body}`, `x 1\n${body}`, '2: unexpected end of input stream'] as const),
];

t.test('refused', async (t) => {
  for (const [name, body, message] of REFUSED) t.equal(refusal(body), message, name);
});

const untyped = (name: string, value: number, labels: Record<string, string> = {}): MetricFamily => ({
  name,
  type: 'untyped',
  samples: [{ kind: 'value', labels: Object.entries(labels).map(([name, value]) => ({ name, value })), value }],
});

const TAKEN: readonly (readonly [name: string, body: string, families: readonly MetricFamily[]])[] = [
  ['nothing', '', []],
  ['blank lines, comments and families without samples', '\n \t\n# x\n#\n# HELP\n# HELP a x\n# TYPE b gauge\n ', []],
  ['blanks wherever they may be', '\t a \t{ b\t= "c" ,\td ="e" , } \t1\n', [untyped('a', 1, { b: 'c', d: 'e' })]],
  ['no blank at all', 'a{b="c"}1\n', [untyped('a', 1, { b: 'c' })]],
  ['escapes', 'a{b="\\\\\\"\\n"} 1\n', [untyped('a', 1, { b: '\\"\n' })]],
  ['any text as value of a label', 'a{b="{é} #,="} 1\n', [untyped('a', 1, { b: '{é} #,=' })]],
  ['quotes that are not needed', '{"a","b"="c"} 1\n', [untyped('a', 1, { b: 'c' })]],
  ['the name behind the labels', '{b="c","a"} 1\n', [untyped('a', 1, { b: 'c' })]],
  ['half a name in quotes', 'a"b"{c"d"="e"} 1\n', [untyped('ab', 1, { cd: 'e' })]],
  [
    'le and quantile where they mean nothing',
    'a{le="x",quantile="y"} 1\n',
    [untyped('a', 1, { le: 'x', quantile: 'y' })],
  ],
  [
    'HELP and TYPE, in any case',
    '# TYPE a GAUGE\n#\tHELP  a  x\\\\\\ny \\"z"\na 1\n',
    [{ name: 'a', help: 'x\\\ny "z"', type: 'gauge', samples: [{ kind: 'value', labels: [], value: 1 }] }],
  ],
  [
    'a timestamp',
    'a 1 -5\n',
    [{ name: 'a', type: 'untyped', samples: [{ kind: 'value', labels: [], value: 1, timestampMs: -5 }] }],
  ],
  [
    'a summary',
    '# TYPE s summary\ns{quantile="0.5",a="b"} 2\ns_count{a="b"} 3.9\ns_sum{a="b"} 4\ns_sum 5 6\ns_bucket 7\n',
    [
      {
        name: 's',
        type: 'summary',
        samples: [
          {
            kind: 'summary',
            labels: [{ name: 'a', value: 'b' }],
            quantiles: [{ quantile: 0.5, value: 2 }],
            sum: 4,
            count: 3,
          },
          { kind: 'summary', labels: [], quantiles: [], sum: 5, count: 0, timestampMs: 6 },
        ],
      },
      untyped('s_bucket', 7),
    ],
  ],
  [
    'histograms, whose labels may change places',
    '# TYPE h histogram\nh_bucket{a="1",le="1",b="2"} 2\nh_bucket{b="3"} -1\nh_bucket{b="2",a="1",le="+Inf"} 3\nh_sum{a="1",b="2"} -4\nh_count{b="2",a="1"} 3\n',
    [
      {
        name: 'h',
        type: 'histogram',
        samples: [
          {
            kind: 'histogram',
            labels: [
              { name: 'a', value: '1' },
              { name: 'b', value: '2' },
            ],
            buckets: [
              { upperBound: 1, cumulativeCount: 2 },
              { upperBound: Infinity, cumulativeCount: 3 },
            ],
            sum: -4,
            count: 3,
          },
          { kind: 'histogram', labels: [{ name: 'b', value: '3' }], buckets: [], sum: 0, count: 0 },
        ],
      },
    ],
  ],
  [
    'a gauge histogram with fractions as counts',
    '# TYPE h gaugehistogram\n{"h_bucket",le="1"} 0.5\n{le="2","h_bucket"} 1\n',
    [
      {
        name: 'h',
        type: 'gauge_histogram',
        samples: [
          {
            kind: 'histogram',
            labels: [],
            buckets: [
              { upperBound: 1, cumulativeCount: 0.5 },
              { upperBound: 2, cumulativeCount: 1 },
            ],
            sum: 0,
            count: 0,
            floatCounts: true,
          },
        ],
      },
    ],
  ],
  [
    'parts of a family whose TYPE comes too late are families',
    'h_count 1\n# TYPE h histogram\nh_sum 2\nh_count 3\n',
    [
      {
        name: 'h_count',
        type: 'untyped',
        samples: [
          { kind: 'value', labels: [], value: 1 },
          { kind: 'value', labels: [], value: 3 },
        ],
      },
      { name: 'h', type: 'histogram', samples: [{ kind: 'histogram', labels: [], buckets: [], sum: 2, count: 0 }] },
    ],
  ],
];

t.test('taken', async (t) => {
  for (const [name, body, families] of TAKEN) t.strictSame(parse(body), families, name);
});

t.test('names in UTF-8, where they are allowed', async (t) => {
  const body = '# HELP "é.b" x\n{"é.b","\\"c\\\\"="d"} 1\n"e f"{g="h"} 2\n';
  t.strictSame(parse(body, 'utf-8'), [
    { ...untyped('é.b', 1, { '"c\\': 'd' }), help: 'x' },
    untyped('e f', 2, { g: 'h' }),
  ]);
  t.equal(refusal(Buffer.from('{"\xff"} 1\n', 'latin1'), 'utf-8'), '1: invalid metric name "\\xff"');
  t.equal(refusal(Buffer.from('{"a","\xff"="b"} 1\n', 'latin1'), 'utf-8'), '1: invalid label name "\\xff"');
});

t.test('numbers are the ones that their digits mean', async (t) => {
  const texts = [
    '0',
    '-0',
    '1',
    '-1.5',
    '.5',
    '5.',
    '00.10',
    '123456789012345',
    '1234567890123456',
    '0.1',
    '0.3',
    '1e3',
    '1E-7',
  ];
  const long = [
    '4.35',
    '0.000001',
    '123456.789',
    '99999999999999.9',
    '9007199254740993',
    '2.5e-324',
    '1.7976931348623157e308',
  ];
  for (const text of [...texts, ...long, '-123.456', '0.00000000000001']) {
    const [family] = parse(`a ${text}\n`);
    const [sample] = family?.samples ?? [];
    t.ok(sample?.kind === 'value' && Object.is(sample.value, Number(text)), text);
  }
  for (const [text, value] of Object.entries({ Inf: Infinity, '+inf': Infinity, '-infinity': -Infinity, nan: NaN })) {
    t.strictSame(parse(`a ${text}\n`), [untyped('a', value)], text);
  }
});

t.test('hostile input costs no more than other input', async (t) => {
  const size = 4_000_000;
  const manyLabels = Array.from({ length: 200_000 }, (_unused, index) => `l${index}="x"`).join(',');
  const many = parse(`a{${manyLabels}} 1\n`)[0]?.samples[0]?.labels.length;
  t.equal(many, 200_000);
  t.equal(refusal(`a{${manyLabels},l7="y"} 1\n`), '1: duplicate label names for metric "a"');
  t.match(refusal('{'.repeat(size)), /^1: invalid label name/);
  t.match(refusal('a{'.repeat(size)), /^1: expected '=' after label name, found '\{'/);
  t.match(refusal(`a{b="${'\\\\'.repeat(size)}`), /^1: unexpected end of input stream/);
  t.match(refusal(' '.repeat(size)), undefined);
  for (const body of [`a ${'1'.repeat(size)}x\n`, `a{b="${'\xff'.repeat(size)}\n`, `a 1 ${'9'.repeat(size)}\n`]) {
    t.ok((refusal(body) ?? '').length < 10_000, 'a short error');
  }
  t.equal(parse('a{b="c"} 1\n'.repeat(size / 40))[0]?.samples.length, size / 40);
});
