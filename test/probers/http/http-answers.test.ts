import t from 'tap';
import { answer, startRawServer } from '../../helpers/servers/raw-server.js';
import { probe } from '../../helpers/services/probe.js';

interface Case {
  readonly name: string;
  /** Keys of the `http:` block. */
  readonly http?: string;
  readonly answer: string;
  readonly verdict: string;
  readonly metrics?: Readonly<Record<string, number | undefined>>;
}

const OK = 'HTTP/1.1 200 OK\r\n';
const STATUS = 'probe_http_status_code';
const LENGTH = 'probe_http_content_length';
const BODY = 'probe_http_uncompressed_body_length';
const VERSION = 'probe_http_version';
const REGEX = 'probe_failed_due_to_regex';
const CEL = 'probe_failed_due_to_cel';
const MODIFIED = 'probe_http_last_modified_timestamp_seconds';

const FRAMING: readonly Case[] = [
  {
    name: 'content-length',
    answer: `${OK}Content-Length: 5\r\n\r\nhello`,
    verdict: 'ok',
    metrics: { [STATUS]: 200, [LENGTH]: 5, [BODY]: 5, [VERSION]: 1.1, probe_http_ssl: 0, probe_http_redirects: 0 },
  },
  {
    name: 'bytes after the announced end are not the body',
    answer: `${OK}Content-Length: 5\r\n\r\nhello, world`,
    verdict: 'ok',
    metrics: { [BODY]: 5 },
  },
  {
    name: 'the same content-length twice',
    answer: `${OK}Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello`,
    verdict: 'ok',
    metrics: { [LENGTH]: 5 },
  },
  {
    name: 'until the connection closes',
    answer: `${OK}\r\nhello`,
    verdict: 'ok',
    metrics: { [LENGTH]: -1, [BODY]: 5 },
  },
  {
    name: 'chunked',
    answer: `${OK}Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\nA\r\n0123456789\r\n0\r\nTrailer: x\r\n\r\n`,
    verdict: 'ok',
    metrics: { [LENGTH]: -1, [BODY]: 15 },
  },
  {
    name: 'chunked wins over content-length',
    answer: `${OK}Content-Length: 99\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n`,
    verdict: 'ok',
    metrics: { [LENGTH]: -1, [BODY]: 5 },
  },
  { name: 'HTTP/1.0', answer: 'HTTP/1.0 200 OK\r\n\r\nhello', verdict: 'ok', metrics: { [VERSION]: 1, [BODY]: 5 } },
  {
    name: 'HEAD has no body, whatever its content-length',
    http: 'method: HEAD',
    answer: `${OK}Content-Length: 5\r\n\r\n`,
    verdict: 'ok',
    metrics: { [LENGTH]: 5, [BODY]: 0 },
  },
  {
    name: '204 has no body',
    answer: 'HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n',
    verdict: 'ok',
    metrics: { [LENGTH]: 0, [BODY]: 0 },
  },
  {
    name: 'interim answers are passed over',
    answer: `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${OK}Content-Length: 2\r\n\r\nok`,
    verdict: 'ok',
    metrics: { [STATUS]: 200, [BODY]: 2 },
  },
  {
    name: 'bare line feeds',
    answer: 'HTTP/1.1 200 OK\nContent-Length: 2\n\nok',
    verdict: 'ok',
    metrics: { [BODY]: 2 },
  },
  { name: 'no reason phrase', answer: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', verdict: 'ok' },
  { name: 'folded header line', answer: `${OK}X: a\r\n b\r\nContent-Length: 0\r\n\r\n`, verdict: 'ok' },
];

const MALFORMED: readonly Case[] = [
  {
    name: 'nothing at all',
    answer: '',
    verdict: 'processing/connection_closed',
    metrics: { [STATUS]: 0, [VERSION]: 0 },
  },
  { name: 'not HTTP', answer: 'SSH-2.0-OpenSSH_9.2\r\n\r\n', verdict: 'processing/response_malformed' },
  { name: 'half a head', answer: `${OK}Content-`, verdict: 'processing/connection_closed', metrics: { [STATUS]: 0 } },
  { name: 'odd version', answer: 'HTTP/x 200 OK\r\n\r\n', verdict: 'processing/response_malformed' },
  { name: 'odd status', answer: 'HTTP/1.1 2x0 OK\r\n\r\n', verdict: 'processing/response_malformed' },
  { name: 'four digits of status', answer: 'HTTP/1.1 2000 OK\r\n\r\n', verdict: 'processing/response_malformed' },
  { name: 'header without colon', answer: `${OK}nonsense\r\n\r\n`, verdict: 'processing/response_malformed' },
  { name: 'blank in a header name, which Go takes', answer: `${OK}A B: c\r\n\r\n`, verdict: 'ok' },
  {
    name: 'control character in a header name',
    answer: `${OK}A\x01B: c\r\n\r\n`,
    verdict: 'processing/response_malformed',
  },
  { name: 'NUL in a header value', answer: `${OK}A: \0\r\n\r\n`, verdict: 'processing/response_malformed' },
  {
    name: 'two content-lengths',
    answer: `${OK}Content-Length: 1\r\nContent-Length: 2\r\n\r\nab`,
    verdict: 'processing/response_malformed',
  },
  {
    name: 'negative content-length',
    answer: `${OK}Content-Length: -1\r\n\r\n`,
    verdict: 'processing/response_malformed',
  },
  {
    name: 'unknown encoding',
    answer: `${OK}Transfer-Encoding: gzip\r\n\r\n`,
    verdict: 'processing/response_malformed',
  },
  {
    name: 'truncated body',
    answer: `${OK}Content-Length: 9\r\n\r\nhello`,
    verdict: 'transfer/body_truncated',
    metrics: { [STATUS]: 200, [LENGTH]: 9, [BODY]: 5 },
  },
  {
    name: 'chunk without end',
    answer: `${OK}Transfer-Encoding: chunked\r\n\r\n5\r\nhel`,
    verdict: 'transfer/body_truncated',
    metrics: { [BODY]: 3 },
  },
  {
    name: 'chunk size that is no number',
    answer: `${OK}Transfer-Encoding: chunked\r\n\r\nxyz\r\n`,
    verdict: 'transfer/response_malformed',
    metrics: { [STATUS]: 200, [BODY]: 0 },
  },
  {
    name: 'chunk longer than it says',
    answer: `${OK}Transfer-Encoding: chunked\r\n\r\n2\r\nhello\r\n0\r\n\r\n`,
    verdict: 'transfer/response_malformed',
  },
];

const JSON_ANSWER = `${OK}\r\n{"foo":"bar","n":1}`;

const JUDGED: readonly Case[] = [
  {
    name: 'status outside 2xx',
    answer: 'HTTP/1.1 404 Not Found\r\n\r\nx',
    verdict: 'check/status_code_mismatch',
    metrics: { [STATUS]: 404, [BODY]: 1 },
  },
  { name: 'listed status', http: 'valid_status_codes: [404]', answer: 'HTTP/1.1 404 Not Found\r\n\r\n', verdict: 'ok' },
  {
    name: 'status not listed',
    http: 'valid_status_codes: [404]',
    answer: `${OK}\r\n`,
    verdict: 'check/status_code_mismatch',
  },
  { name: 'valid version', http: 'valid_http_versions: [HTTP/1.0]', answer: 'HTTP/1.0 200 OK\r\n\r\n', verdict: 'ok' },
  {
    name: 'invalid version',
    http: 'valid_http_versions: [HTTP/2.0]',
    answer: `${OK}\r\n`,
    verdict: 'check/http_version_mismatch',
  },
  { name: 'TLS is missing', http: 'fail_if_not_ssl: true', answer: `${OK}\r\n`, verdict: 'check/tls_missing' },
  {
    name: 'header matches unwanted',
    http: 'fail_if_header_matches: [{header: x-a, regexp: "^b$"}]',
    answer: `${OK}X-A: a\r\nX-A: b\r\n\r\n`,
    verdict: 'check/header_mismatch',
    metrics: { [REGEX]: 1 },
  },
  {
    name: 'header does not match unwanted',
    http: 'fail_if_header_matches: [{header: x-a, regexp: "^b$"}]',
    answer: `${OK}X-A: a\r\n\r\n`,
    verdict: 'ok',
    metrics: { [REGEX]: 0 },
  },
  {
    name: 'unwanted header missing',
    http: 'fail_if_header_matches: [{header: x-a, regexp: "b"}]',
    answer: `${OK}\r\n`,
    verdict: 'check/header_mismatch',
    metrics: { [REGEX]: 1 },
  },
  {
    name: 'unwanted header missing and allowed',
    http: 'fail_if_header_matches: [{header: x-a, regexp: "b", allow_missing: true}]',
    answer: `${OK}\r\n`,
    verdict: 'ok',
  },
  {
    name: 'wanted header matches in one value',
    http: 'fail_if_header_not_matches: [{header: X-A, regexp: "b"}]',
    answer: `${OK}x-a: a\r\nx-a: b\r\n\r\n`,
    verdict: 'ok',
  },
  {
    name: 'wanted header does not match',
    http: 'fail_if_header_not_matches: [{header: X-A, regexp: "b"}]',
    answer: `${OK}X-A: a\r\n\r\n`,
    verdict: 'check/header_mismatch',
    metrics: { [REGEX]: 1 },
  },
  {
    name: 'body matches unwanted',
    http: 'fail_if_body_matches_regexp: ["(?i)ERROR"]',
    answer: `${OK}\r\nan error`,
    verdict: 'check/body_mismatch',
    metrics: { [REGEX]: 1 },
  },
  {
    name: 'body lacks wanted',
    http: 'fail_if_body_not_matches_regexp: [a, z]',
    answer: `${OK}\r\nabc`,
    verdict: 'check/body_mismatch',
    metrics: { [REGEX]: 1 },
  },
  {
    name: 'body has all wanted',
    http: 'fail_if_body_not_matches_regexp: [a, "c$"]',
    answer: `${OK}\r\nabc`,
    verdict: 'ok',
    metrics: { [REGEX]: 0 },
  },
  {
    name: 'body is not matched when the status is wrong',
    http: 'fail_if_body_matches_regexp: [a]',
    answer: 'HTTP/1.1 500 No\r\n\r\nabc',
    verdict: 'check/status_code_mismatch',
    metrics: { [REGEX]: 0, [BODY]: 3 },
  },
  {
    name: 'CEL wanted is true',
    http: `fail_if_body_json_not_matches_cel: "body.foo == 'bar'"`,
    answer: JSON_ANSWER,
    verdict: 'ok',
    metrics: { [CEL]: 0 },
  },
  {
    name: 'CEL wanted is false',
    http: `fail_if_body_json_not_matches_cel: "body.foo == 'x'"`,
    answer: JSON_ANSWER,
    verdict: 'check/cel_mismatch',
    metrics: { [CEL]: 1 },
  },
  {
    name: 'CEL unwanted is true',
    http: `fail_if_body_json_matches_cel: "body.foo == 'bar'"`,
    answer: JSON_ANSWER,
    verdict: 'check/cel_mismatch',
    metrics: { [CEL]: 1 },
  },
  {
    name: 'CEL on a missing field',
    http: 'fail_if_body_json_matches_cel: "body.nope == 1"',
    answer: JSON_ANSWER,
    verdict: 'check/cel_error',
    metrics: { [CEL]: 1 },
  },
  {
    name: 'CEL without boolean',
    http: 'fail_if_body_json_matches_cel: "body.foo"',
    answer: JSON_ANSWER,
    verdict: 'check/cel_error',
    metrics: { [CEL]: 1 },
  },
  {
    name: 'CEL on what is no JSON',
    http: 'fail_if_body_json_matches_cel: "body.foo == 1"',
    answer: `${OK}\r\n{`,
    verdict: 'check/body_not_json',
    metrics: { [CEL]: 1 },
  },
  {
    name: 'body regexp and CEL together can pass',
    http: `fail_if_body_not_matches_regexp: [bar]\nfail_if_body_json_not_matches_cel: "body.n == 1.0"`,
    answer: JSON_ANSWER,
    verdict: 'ok',
  },
  {
    name: 'CEL too long to be compiled on the event loop',
    http: `fail_if_body_json_matches_cel: "${'body.n == 2.0 || '.repeat(60)}body.n == 1.0"`,
    answer: JSON_ANSWER,
    verdict: 'check/cel_mismatch',
    metrics: { [CEL]: 1 },
  },
  {
    name: 'a regexp and CEL that are long, and hold',
    http: `fail_if_body_not_matches_regexp: ["bar${'x?'.repeat(2000)}"]
fail_if_body_json_not_matches_cel: "${'body.n == 2.0 || '.repeat(60)}body.n == 1.0"`,
    answer: JSON_ANSWER,
    verdict: 'ok',
  },
  { name: 'no CEL, no gauge', answer: JSON_ANSWER, verdict: 'ok', metrics: { [CEL]: undefined } },
  {
    name: 'last-modified',
    answer: `${OK}Last-Modified: Sun, 06 Nov 1994 08:49:37 GMT\r\n\r\n`,
    verdict: 'ok',
    metrics: { [MODIFIED]: 784111777 },
  },
  {
    name: 'last-modified that is no date',
    answer: `${OK}Last-Modified: yesterday\r\n\r\n`,
    verdict: 'ok',
    metrics: { [MODIFIED]: undefined },
  },
  {
    name: 'body within the limit',
    http: 'body_size_limit: 5B',
    answer: `${OK}\r\nhello`,
    verdict: 'ok',
    metrics: { [BODY]: 5 },
  },
  {
    name: 'body over the limit',
    http: 'body_size_limit: 4B',
    answer: `${OK}\r\nhello`,
    verdict: 'transfer/body_too_large',
    metrics: { [BODY]: 4 },
  },
  {
    name: 'unknown compression',
    http: 'compression: snappy',
    answer: `${OK}\r\nhello`,
    verdict: 'transfer/body_decompression_failed',
  },
];

for (const [group, cases] of Object.entries({ FRAMING, MALFORMED, JUDGED })) {
  t.test(group.toLowerCase(), async (t) => {
    for (const { name, http = '', answer: text, verdict, metrics = {} } of cases) {
      const server = await startRawServer(t, answer(text));
      const module = `prober: http\nhttp:\n${http.replace(/^/gm, '  ')}\n  preferred_ip_protocol: ip4`;
      const probed = await probe(module, `127.0.0.1:${server.port}/`);
      t.equal(probed.verdict, verdict, `${name}: verdict`);
      for (const [series, value] of Object.entries(metrics))
        t.equal(probed.metrics[series], value, `${name}: ${series}`);
      t.equal(probed.metrics['probe_success'], verdict === 'ok' ? 1 : 0, `${name}: probe_success`);
    }
  });
}
