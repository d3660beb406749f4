import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import type { DifferenceId } from '../expected-differences.js';
import { answer, type HttpCase, type OriginSpec } from './http-cases.js';
import type { Reply } from './origin.js';

type Options = Readonly<Record<string, unknown>>;

function one(reply: Reply): readonly OriginSpec[] {
  return [{ reply }];
}

function bytes(body: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n`), body]);
}

const HELLO = Buffer.from('hello world '.repeat(20));
const GZIP = gzipSync(HELLO);

function withByte(source: Buffer, fromEnd: number): Buffer {
  const copy = Buffer.from(source);
  const at = copy.length - fromEnd;
  copy[at] = (copy[at] ?? 0) ^ 1;
  return copy;
}

const COMPRESSIONS: readonly { readonly name: string; readonly compression: string; readonly body: Buffer }[] = [
  { name: 'gzip', compression: 'gzip', body: GZIP },
  { name: 'gzip in capitals', compression: 'GZIP', body: GZIP },
  { name: 'gzip of two members', compression: 'gzip', body: Buffer.concat([GZIP, GZIP]) },
  { name: 'gzip with a bad checksum', compression: 'gzip', body: withByte(GZIP, 6) },
  { name: 'gzip, cut', compression: 'gzip', body: GZIP.subarray(0, -12) },
  { name: 'gzip with garbage after it', compression: 'gzip', body: Buffer.concat([GZIP, Buffer.from('garbage')]) },
  { name: 'gzip that is none', compression: 'gzip', body: HELLO },
  { name: 'gzip that is empty', compression: 'gzip', body: Buffer.alloc(0) },
  { name: 'brotli', compression: 'br', body: brotliCompressSync(HELLO) },
  { name: 'brotli, cut', compression: 'br', body: brotliCompressSync(HELLO).subarray(0, -3) },
  { name: 'deflate', compression: 'deflate', body: deflateRawSync(HELLO) },
  { name: 'deflate in a zlib wrapper', compression: 'deflate', body: deflateSync(HELLO) },
  { name: 'identity', compression: 'identity', body: HELLO },
  { name: 'a compression nobody knows', compression: 'zstd', body: HELLO },
];

const PAGE = answer('200 OK', '<html><title>Welcome</title>\n<p>build 42</p></html>');
const JSON_BODY = answer('200 OK', '{"status":"up","load":0.5,"checks":[{"ok":true},{"ok":false}]}');

function header(name: string, rule: Options, headers: readonly string[]): HttpCase {
  return { name: `header: ${name}`, http: rule, origins: one(answer('200 OK', 'x', headers)) };
}

function body(name: string, http: Options, reply: Reply = PAGE): HttpCase {
  return { name: `body: ${name}`, http, origins: one(reply) };
}

function cel(name: string, http: Options, reply: Reply = JSON_BODY, differs: readonly DifferenceId[] = []): HttpCase {
  return { name: `CEL: ${name}`, http, origins: one(reply), differs };
}

const matches = (rule: object): Options => ({ fail_if_header_matches: [rule] });
const lacks = (rule: object): Options => ({ fail_if_header_not_matches: [rule] });
const SERVER = { header: 'Server', regexp: '^nginx' };

/** Decompression, limits, and what is expected of headers and bodies. */
export const BODY_CASES: readonly HttpCase[] = [
  ...COMPRESSIONS.map(({ name, compression, body }) => ({
    name: `compression: ${name}`,
    http: { compression },
    origins: one(bytes(body)),
  })),
  body(
    'a compressed one is matched as it was meant',
    { compression: 'gzip', fail_if_body_not_matches_regexp: ['^hello'] },
    bytes(GZIP),
  ),
  body('one that cannot be decompressed is not matched', {
    compression: 'gzip',
    fail_if_body_not_matches_regexp: ['x'],
  }),
  body('longer than the limit', { body_size_limit: '10B' }),
  body('as long as the limit', { body_size_limit: '11B' }, answer('200 OK', 'hello world')),
  body('longer than the limit once decompressed', { body_size_limit: '50B', compression: 'gzip' }, bytes(GZIP)),
  body('longer than the limit, with an expectation', { body_size_limit: '10B', fail_if_body_matches_regexp: ['x'] }),
  body('matches what it should not', { fail_if_body_matches_regexp: ['down', 'build \\d+'] }),
  body('does not match what it should not', { fail_if_body_matches_regexp: ['down'] }),
  body('matches what it should', { fail_if_body_not_matches_regexp: ['(?i)WELCOME', '(?m)^<p>'] }),
  body('does not match one that it should', { fail_if_body_not_matches_regexp: ['Welcome', 'Goodbye'] }),
  body('both kinds', { fail_if_body_matches_regexp: ['down'], fail_if_body_not_matches_regexp: ['build'] }),
  body('expectations after a bad status', { fail_if_body_matches_regexp: ['x'] }, answer('500 Oops', 'x')),
  body('bytes that are no UTF-8', { fail_if_body_not_matches_regexp: ['a.b'] }, bytes(Buffer.from([97, 0xff, 98]))),
  body('expectations of an empty one', { fail_if_body_not_matches_regexp: ['^$'] }, answer('200 OK')),
  header('matches what it should not', matches(SERVER), ['Server: nginx/1']),
  header('does not match what it should not', matches(SERVER), ['Server: apache']),
  header('is missing where it must not match', matches(SERVER), []),
  header('may be missing where it must not match', matches({ ...SERVER, allow_missing: true }), []),
  header('matches what it should', lacks(SERVER), ['Server: nginx/1']),
  header('does not match what it should', lacks(SERVER), ['Server: apache']),
  header('is missing where it must match', lacks(SERVER), []),
  header('may be missing where it must match', lacks({ ...SERVER, allow_missing: true }), []),
  header('one of several values matches what it should not', matches(SERVER), ['Server: apache', 'Server: nginx']),
  header('one of several values matches what it should', lacks(SERVER), ['Server: apache', 'Server: nginx']),
  header('the name in any letter case', lacks({ ...SERVER, header: 'sErVeR' }), ['SERVER: nginx']),
  header('two rules', { fail_if_header_not_matches: [SERVER, { header: 'X-A', regexp: '1' }] }, [
    'Server: nginx',
    'X-A: 2',
  ]),
  header('Content-Length can be asked for', lacks({ header: 'Content-Length', regexp: '^1$' }), []),
  cel('is true where it must not', { fail_if_body_json_matches_cel: "body.status == 'up'" }),
  cel('is false where it must not be true', { fail_if_body_json_matches_cel: "body.status == 'down'" }),
  cel('is true where it must', { fail_if_body_json_not_matches_cel: "body.status == 'up'" }),
  cel('is false where it must be true', { fail_if_body_json_not_matches_cel: 'body.load > 1.0' }),
  ...['{"a": null}', '[1]', '{"a": {"constructor": 1}}', '{"$typeName": "google.protobuf.StringValue"}'].map((json) =>
    cel(`has, of ${json}`, { fail_if_body_json_matches_cel: 'has(body.a)' }, answer('200 OK', json)),
  ),
  ...['double(body.a) > 1.0', 'int(body.a) > 1', 'duration(body.a) > duration("1s")'].map((expression) =>
    cel(`${expression}, of no number`, { fail_if_body_json_matches_cel: expression }, answer('200 OK', '{"a": ""}')),
  ),
  cel('both kinds', {
    fail_if_body_json_matches_cel: 'body.load > 1.0',
    fail_if_body_json_not_matches_cel: 'body.checks[0].ok',
  }),
  cel('macros', { fail_if_body_json_not_matches_cel: 'body.checks.exists(c, !c.ok) && size(body.checks) == 2' }),
  cel(
    'a number beyond a double',
    { fail_if_body_json_matches_cel: 'body.ok' },
    answer('200 OK', '{"ok":false,"n":1e400}'),
  ),
  cel('a field that is not there', { fail_if_body_json_matches_cel: "body.nothing == 'x'" }),
  cel('a field that is asked for first', { fail_if_body_json_matches_cel: 'has(body.nothing)' }),
  cel('no boolean', { fail_if_body_json_matches_cel: 'body.status' }),
  cel('no JSON', { fail_if_body_json_matches_cel: 'true' }, PAGE),
  cel('an empty body', { fail_if_body_json_matches_cel: 'true' }, answer('200 OK')),
  cel('after a bad status', { fail_if_body_json_matches_cel: 'true' }, answer('500 Oops', '{}')),
];
