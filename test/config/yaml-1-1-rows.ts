import type { AcceptRow } from './accept-table.js';

const LONG = 'k'.repeat(1024);
const named = (key: string): string => `modules:\n  ${key}:\n    prober: tcp\n`;
const flow = (key: string): string => `modules: {${key}: {prober: tcp}}\n`;
const explicit = (key: string): string => `modules:\n  ? ${key}\n  :\n    prober: tcp\n`;
const after = (lines: string): string => `${lines}---\nmodules: {}\n`;

const ACCEPTED: Readonly<Record<string, string>> = {
  'a key of 1,024 characters': named(LONG),
  'a key of 1,024 bytes and more, but not of characters': named('é'.repeat(1000)),
  'a quoted key of 1,024 characters with its quotes': named(`"${'k'.repeat(1022)}"`),
  'a key of 1,025 characters behind a question mark': explicit(`${LONG}k`),
  'a long key behind a question mark within braces': `modules: {? ${LONG}k : {prober: tcp}}\n`,
  'a key of two lines behind a question mark': 'modules: {? a\n b : {prober: tcp}}\n',
  'a long value that is no key': `modules: {a: {prober: http, http: {body: ${LONG}k}}}\n`,
  'an item of two lines before another':
    'modules: {a: {prober: http, http: {valid_http_versions: [HTTP/1.1\n, HTTP/2.0]}}}\n',
  'a TAG directive': after('%TAG ! tag:example.com,2000:\n'),
  'two TAG directives': after('%TAG !a! tag:example.com,2000:\n%TAG !b! tag:example.com,2000:\n'),
  'comments and blanks before a directive': after('# c\n\n%YAML 1.1 # c\n'),
  'a percent sign in a text': 'modules: {a%: {prober: tcp}}\n',
  'NEL and a no-break space': '# a\u0085# b\u00a0\nmodules: {}\n',
  'characters beyond the BMP': named('"\u{1f600}\u{10ffff}"'),
  'an escape of DEL': named(String.raw`"a\x7f"`),
};

const REFUSED: Readonly<Record<string, string>> = {
  'a key of 1,025 characters': named(`${LONG}k`),
  'a key of 1,024 characters and a blank before its colon': named(`${LONG} `),
  'a quoted key of 1,023 characters, with its quotes': named(`"${'k'.repeat(1023)}"`),
  'a key of 1,025 characters within braces': flow(`${LONG}k`),
  'a key of 200,000 characters': named('k'.repeat(200_000)),
  'a long key with an anchor': named(`&a ${'k'.repeat(1022)}`),
  'a key of two lines within braces': flow('"a\n b"'),
  'a colon on the next line': flow('a\n '),
  'DEL in a name': named('a\u007f'),
  'DEL in quotes': named('"a\u007f"'),
  'DEL in single quotes': named("'a\u007f'"),
  'DEL in a comment': '# \u007f\nmodules: {}\n',
  'BEL in a comment': '# \u0007\nmodules: {}\n',
  'a control character of C1 in a comment': '# \u0080\nmodules: {}\n',
  'a control character of C1 in quotes': named('"a\u009f"'),
  'U+FFFE in a comment': '# \ufffe\nmodules: {}\n',
  'U+FFFF in quotes': named('"a\uffff"'),
  'YAML 1.0': after('%YAML 1.0\n'),
  'YAML 1.2': after('%YAML 1.2\n'),
  'YAML 1.2 behind a comment': after('# c\n%YAML 1.2\n'),
  'YAML 2.0': after('%YAML 2.0\n'),
  'YAML without a version': after('%YAML\n'),
  'YAML with letters': after('%YAML x\n'),
  'two YAML directives': after('%YAML 1.1\n%YAML 1.1\n'),
  'one TAG twice': after('%TAG !a! tag:a,2000:\n%TAG !a! tag:b,2000:\n'),
  'an unknown directive': after('%FOO bar\n'),
  'a directive without a document': '%YAML 1.1\nmodules: {}\n',
};

function rows(accepted: boolean, cases: Readonly<Record<string, string>>): readonly AcceptRow[] {
  return Object.entries(cases).map(([name, yaml]) => ({ name, yaml, accepted }));
}

/** What YAML 1.1, as yaml.v3 reads it, has and YAML 1.2 has not. */
export const YAML_1_1_ROWS: readonly AcceptRow[] = [...rows(true, ACCEPTED), ...rows(false, REFUSED)];
