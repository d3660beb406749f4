import type { TargetRow } from '../hostile-row.js';
import { answerHttp, listenTcp } from '../tcp-target.js';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: ';
/** The most that is held for a check. */
const MOST_BYTES = 16 * 1024 * 1024;

function body(text: string): string {
  return `${HEAD}${Buffer.byteLength(text)}\r\n\r\n${text}`;
}

function list(value: string, bytes = MOST_BYTES): string {
  return `[${`${value},`.repeat(Math.floor((bytes - value.length - 2) / (value.length + 1)))}${value}]`;
}

const CEL = { fail_if_body_json_not_matches_cel: 'size(body) > 0' };
const LOOPS = { fail_if_body_json_matches_cel: 'body.exists(x, body.exists(y, x == y + 0.5))' };
const REGEXPS = { fail_if_body_not_matches_regexp: ['(a|b)*c(d+)+$'], fail_if_body_matches_regexp: ['x[a-z]{20}y'] };

const KINDS: readonly (readonly [name: string, http: object, text: () => string])[] = [
  ['16 MiB of JSON lists', CEL, () => list('{}')],
  ['16 MiB of JSON levels', CEL, () => '['.repeat(MOST_BYTES)],
  ['JSON of 1,000,000 numbers', CEL, () => list('1', 1_999_000)],
  ['one JSON text of 16 MiB', CEL, () => JSON.stringify('é'.repeat(MOST_BYTES / 2 - 1))],
  ['16 MiB of honest JSON', CEL, () => list(`{"name":"${'x'.repeat(190)}","value":1.5,"tags":["a","b"]}`)],
  ['loops over 500 numbers', LOOPS, () => JSON.stringify(Array.from({ length: 500 }, () => 1))],
  ['loops over 100,000 numbers', LOOPS, () => JSON.stringify(Array.from({ length: 100_000 }, (_, index) => index))],
  ['regexps over 16 MiB', REGEXPS, () => 'abcd'.repeat(MOST_BYTES / 4)],
  ['regexps over 16 MiB that is no UTF-8', REGEXPS, () => '\ud800'.repeat(MOST_BYTES / 3)],
];

const BODIES: readonly TargetRow[] = KINDS.map(([name, http, text]) => ({
  kind: 'target',
  name: `check: ${name}`,
  group: 'check',
  module: { prober: 'http', http },
  start: () => answerHttp(body(text())),
}));

/** A line as long as one may be, for patterns with groups. */
const GROUPS: readonly TargetRow[] = [
  ['groups over a line of 64 KiB', '(a*)(a|b)*(x)y$'],
  ['a thousand repeated groups over a line of 64 KiB', '((a|b){1,100}){1,9}(x)y$'],
].map(([name, expect]) => ({
  kind: 'target',
  name: `check: ${name ?? ''}`,
  group: 'check',
  module: {
    prober: 'tcp',
    tcp: { query_response: [{ expect, labels: [{ name: 'a', value: '${1}' }] }] },
  },
  start: () => listenTcp((socket) => socket.end(`${'a'.repeat(65_000)}\n`.repeat(20))),
}));

/** Answers within the limits whose checks cost most. */
export const CHECKS: readonly TargetRow[] = [...BODIES, ...GROUPS];
