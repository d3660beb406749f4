import { seededRandom } from '../../helpers/hostile/seeded-random.js';

/** Bodies that are right, one feature each: what is changed at random begins with them. */
const RIGHT: readonly string[] = [
  'a 1\n',
  'a{b="c"} 1\na{b="d"} 2.5\n',
  'a { b = "c" , d="e", }\t1e3\n',
  '# HELP a Some \\\\ help\\n here.\n# TYPE a counter\na{b="c"} 1\n',
  '# TYPE a gauge\na -1.5e-7\n# TYPE b untyped\nb +Inf\n',
  '# TYPE s summary\ns{quantile="0.5",x="1"} 3\ns{quantile="0.9",x="1"} NaN\ns_sum{x="1"} 7\ns_count{x="1"} 2\n',
  '# TYPE h histogram\nh_bucket{le="0.1"} 1\nh_bucket{le="+Inf"} 3\nh_sum 4.5\nh_count 3\n',
  '# TYPE h gauge_histogram\nh_bucket{x="y",le="0.1"} 0.5\nh_sum{x="y"} -4.5\nh_count{x="y"} 3\n',
  'a{b="\\\\ \\" \\n ä"} 1\n',
  '{"a",b="c"} 1\n',
  '{"a b","c d"="e"} 1\n',
  '"a" 1\n"b c"{d="e"} 2\n',
  '# TYPE "a b" gauge\n{"a b"} 1\n',
  '\n\n# a comment\n  a 1 \n',
  'a 1 1700000000000\n',
];

/** What goes wrong by itself. */
const WRONG: readonly string[] = [
  ...[
    'a',
    'a 1',
    'a{',
    'a{b',
    'a{b=',
    'a{b="',
    'a{b="c',
    'a{b="c"',
    'a{b="c"}',
    '#',
    '# ',
    '# HELP',
    '# HELP a',
    '# TYPE a gauge',
  ],
  ...['{', '{a', '{"a', '{"a"', '"a', '"a\\', 'a 1 2', 'a 1\n '],
  ...[
    'a b\n',
    'a.b 1\n',
    '1a 1\n',
    '\r\n',
    'a 1\r\n',
    'a\n',
    'a \n',
    'a 1 \n',
    'a 1 x\n',
    'a 1 1.5\n',
    'a 1 2 3\n',
    'a 1 +5\n',
  ],
  ...[
    'a 1 9223372036854775807\n',
    'a 1 9223372036854775808\n',
    'a 1 -9223372036854775808\n',
    'a 1 -9223372036854775809\n',
  ],
  ...[
    'a 0x10\n',
    'a 0x1p4\n',
    'a 1_0\n',
    'a 1e400\n',
    'a 1e-400\n',
    'a .5\n',
    'a 5.\n',
    'a .\n',
    'a -\n',
    'a +NaN\n',
    'a nan\n',
  ],
  ...[
    'a -infinity\n',
    'a iNf\n',
    'a in\n',
    'a 1e\n',
    'a e1\n',
    'a --1\n',
    'a 1.1.1\n',
    'a 00012.50\n',
    'a -0\n',
    'a 1e5000000000\n',
  ],
  ...['a 9007199254740993\n', 'a 123456789.123456789\n', 'a 0.1e1\n', 'a 4.9e-324\n', 'a 1.7976931348623157e308\n'],
  ...[
    'a{b=c} 1\n',
    "a{b='c'} 1\n",
    'a{b} 1\n',
    'a{b:c="d"} 1\n',
    'a{1="b"} 1\n',
    'a{,} 1\n',
    'a{b="c",,} 1\n',
    'a{b="c"d="e"} 1\n',
  ],
  ...[
    'a{b="c"d} 1\n',
    'a{b="\\t"} 1\n',
    'a{b="c\nd"} 1\n',
    'a{__name__="b"} 1\n',
    'a{b="1",b="2"} 1\n',
    'a{b="1",c="2",b="3"} 1\n',
  ],
  ...[
    'a{""="b"} 1\n',
    'a{"b"x="c"} 1\n',
    'a{"b" ="c"} 1\n',
    'a{"b\\"c"="d"} 1\n',
    'a{"b\\xc"="d"} 1\n',
    'a{"b\nc"="d"} 1\n',
  ],
  ...[
    '{""} 1\n',
    '{"a","b"} 1\n',
    '{"a",b} 1\n',
    '{"a":1} 1\n',
    '{"a" 1\n',
    '{"a"\n',
    '{"a\n',
    '"a\nb" 1\n',
    '"a" "b" 1\n',
    'a"b"c 1\n',
  ],
  ...[
    '"" 1\n',
    'a"" 1\n',
    '"a"b 1\n',
    'a\\nb 1\n',
    '{a} 1\n',
    '{a,b="c"} 1\n',
    '{"a",__name__="b"} 1\n',
    '{"a\\qb"} 1\n',
  ],
  ...[
    '# HELP\n',
    '# HELP \n',
    '# HELP a\n',
    '# HELP a \n',
    '# HELP 1 x\n',
    '# HELP a-b x\n',
    '# HELP a{} x\n',
    '# HELP a x\\q\n',
  ],
  ...[
    '# HELP a x\n# HELP a y\n',
    '# HELP a x\n# HELP a\na 1\n',
    '# HELP a x\\"y\na 1\n',
    '#HELP a x\na 1\n',
    '# HELPa x\na 1\n',
  ],
  ...[
    '# TYPE a\n',
    '# TYPE a \n',
    '# TYPE a info\n',
    '# TYPE a gauge \n',
    '# TYPE a gauge\r\n',
    '# TYPE a GaugeHistogram\na_sum 1\n',
  ],
  ...[
    '# TYPE a gauge\n# TYPE a gauge\n',
    'a 1\n# TYPE a gauge\n',
    '# TYPE a SUMMARY\na_sum 1\n',
    '# TYPE a ſummary\na_sum 1\n',
  ],
  ...[
    '# TYPE s summary\ns{quantile="x"} 1\n',
    '# TYPE s summary\ns{quantile=""} 1\n',
    '# TYPE s summary\ns 1\n',
    '# TYPE s summary\ns_bucket 1\n',
  ],
  ...[
    '# TYPE h histogram\nh_bucket{le="x"} 1\n',
    '# TYPE h histogram\nh_bucket{le="NaN"} 1\n',
    '# TYPE h histogram\nh_bucket 1\n',
  ],
  ...[
    '# TYPE h histogram\nh_count -1\n',
    '# TYPE h histogram\nh_bucket{le="1"} -1\n',
    '# TYPE h histogram\nh_bucket -1\n',
  ],
  ...[
    '# TYPE h histogram\nh_count NaN\n',
    '# TYPE h histogram\nh_count Inf\n',
    '# TYPE h histogram\nh_count 1e300\n',
    '# TYPE h histogram\nh 1\n',
  ],
  ...[
    '# TYPE h histogram\nh_count{le="1",le="2"} 1\n',
    '# TYPE h histogram\nh_sum -1\n',
    '# TYPE h histogram\nh_count 1.5\n',
  ],
  ...[
    'h_count 1\n# TYPE h histogram\nh_sum 1\n',
    '# HELP h_sum x\n# TYPE h histogram\nh_count 1\n',
    '# TYPE h histogram\n# HELP h_count x\nh_count 1\n',
  ],
  ...[
    '# TYPE h histogram\n# TYPE h_count counter\nh_count 1\n',
    '# TYPE _count histogram\n_count 1\n',
    '# TYPE h histogram\n_count 1\n',
  ],
  ...['# TYPE h histogram\nh_bucket{b="1",le="1",a="2"} 1\nh_bucket{a="2",b="1",le="2"} 2\nh_count{b="1",a="2"} 3\n'],
  ...[
    '# TYPE h histogram\nh_bucket{le="2"} 2\nh_bucket{le="1"} 1\nh_bucket{le="2"} 3\n',
    '# TYPE h histogram\nh_bucket{le="-0"} 1\n',
  ],
];

/** What is put in at random: what means something, and what does not. */
const PIECES: readonly string[] = [
  ...[
    '{',
    '}',
    '"',
    '\\',
    ',',
    '=',
    ' ',
    '\t',
    '\n',
    '\r',
    '#',
    ':',
    '_',
    '.',
    '-',
    '+',
    '1',
    'a',
    'e',
    'é',
    '\0',
    '\xff',
    '\\n',
    '\\"',
  ],
  ...['NaN', 'Inf', '# TYPE ', '# HELP ', 'le="1"', 'quantile="1"', '_count', '_sum', '_bucket', '__name__', ' 5'],
];

/** Bodies in bytes: those that are written down, and `count` more that are changed at random. */
export function textBodies({ seed, count }: { readonly seed: number; readonly count: number }): readonly Buffer[] {
  const random = seededRandom(seed);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)]!;
  const changed = Array.from({ length: count }, () => {
    let body: Buffer = Buffer.from(pick(RIGHT) + (random() < 0.3 ? pick(RIGHT) : ''));
    for (let changes = 1 + Math.floor(random() * 3); changes > 0; changes--) body = change(body, { random, pick });
    return body;
  });
  return [...[...RIGHT, ...WRONG].map((text) => Buffer.from(text)), ...changed];
}

interface Chance {
  readonly random: () => number;
  readonly pick: <T>(items: readonly T[]) => T;
}

function change(body: Buffer, { random, pick }: Chance): Buffer {
  const at = Math.floor(random() * (body.length + 1));
  const kind = random();
  // One byte a character, so that halves of characters come in as well.
  const piece = Buffer.from(pick(PIECES), random() < 0.5 ? 'latin1' : 'utf8');
  if (kind < 0.5) return Buffer.concat([body.subarray(0, at), piece, body.subarray(at)]);
  if (kind < 0.9) return Buffer.concat([body.subarray(0, at), body.subarray(at + 1 + Math.floor(random() * 3))]);
  return body.subarray(0, at);
}
