import { answer, type HttpCase, type OriginSpec } from './http-cases.js';
import type { Reply } from './origin.js';

function one(reply: Reply): readonly OriginSpec[] {
  return [{ reply }];
}

/** Sends the text, and resets the connection once it is out. */
function reset(text: string): Reply {
  return (socket) => {
    if (text === '') socket.resetAndDestroy();
    else socket.write(text, () => setTimeout(() => socket.resetAndDestroy(), 50));
  };
}

/** Sends the text and keeps the connection open. */
function hold(text: string): Reply {
  return (socket) => {
    socket.write(text);
  };
}

const CHUNKED = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n';

/** A whole header of gzip, without a name (RFC 1952 §2.3). */
const GZIP_HEADER = Buffer.from([0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff]);

/** What the server says, and how well it says it. */
export const ANSWER_CASES: readonly HttpCase[] = [
  { name: 'status 404', origins: one(answer('404 Not Found', 'nothing here')) },
  { name: 'status 404, wanted', http: { valid_status_codes: [200, 404] }, origins: one(answer('404 Not Found')) },
  { name: 'status 200, not wanted', http: { valid_status_codes: [301, 404] } },
  { name: 'status 204', origins: one('HTTP/1.1 204 No Content\r\n\r\n') },
  { name: 'status 204 with a length and a body', origins: one(answer('204 No Content', 'body')) },
  { name: 'status 299', origins: one(answer('299 Odd', 'x')) },
  {
    name: 'status 304',
    http: { valid_status_codes: [304] },
    origins: one('HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'),
  },
  { name: 'status 503', origins: one(answer('503 Service Unavailable', 'down')) },
  { name: 'status 999', origins: one(answer('999 What', 'x')) },
  { name: 'status 42', origins: one(answer('042 Low', 'x')) },
  { name: 'a status of two digits', origins: one(answer('20 OK', 'x')) },
  { name: 'a status of four digits', origins: one(answer('2000 OK', 'x')) },
  {
    name: 'a status with a sign',
    http: { valid_status_codes: [20] },
    origins: one(answer('+20 OK', 'x')),
  },
  { name: 'no reason phrase', origins: one('HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi') },
  { name: 'status 100 first', origins: one(`HTTP/1.1 100 Continue\r\n\r\n${answer('200 OK', 'hi')}`) },
  {
    name: 'status 103 first, thrice',
    origins: one(`${'HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n'.repeat(3)}${answer('200 OK', 'hi')}`),
  },
  {
    name: 'six answers 1xx first',
    origins: one(`${'HTTP/1.1 102 Processing\r\n\r\n'.repeat(6)}${answer('200 OK', 'hi')}`),
  },
  {
    name: 'status 101 unasked',
    origins: one('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n'),
  },
  ...['0.0', '0.9', '1.0', '1.2', '9.9'].map((version) => ({
    name: `HTTP/${version} with chunks`,
    origins: one(`HTTP/${version} 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n`),
  })),
  {
    name: 'a folded line that brings the colon',
    origins: one('HTTP/1.1 200 OK\r\nA b\r\n c: d\r\nContent-Length: 2\r\n\r\nhi'),
  },
  ...['Sun, 06 Nov 1994 8:49:37.5 GMT', 'SUN,  06 nov 1994 08:49:37 GMT', 'Sunday, 06-Nov-94 08:49:37 GMT+3'].map(
    (date) => ({
      name: `last modified: ${date}`,
      origins: one(`HTTP/1.1 200 OK\r\nLast-Modified: ${date}\r\nContent-Length: 2\r\n\r\nhi`),
    }),
  ),
  ...[0, 3, 10].map((bytes) => ({
    name: `gzip that ends behind ${bytes} bytes, with a pattern`,
    http: { compression: 'gzip', headers: { 'Accept-Encoding': 'gzip' }, fail_if_body_not_matches_regexp: ['x'] },
    origins: one(
      Buffer.concat([Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n'), GZIP_HEADER.subarray(0, bytes)]),
    ),
  })),
  { name: 'HTTP/1.0 until the end', origins: one('HTTP/1.0 200 OK\r\n\r\nhello') },
  { name: 'HTTP/1.0 with a length', origins: one('HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello') },
  { name: 'HTTP/1.1 until the end', origins: one('HTTP/1.1 200 OK\r\n\r\nhello') },
  {
    name: 'HTTP/1.0, wanted 1.1',
    http: { valid_http_versions: ['HTTP/1.1'] },
    origins: one('HTTP/1.0 200 OK\r\n\r\n'),
  },
  { name: 'HTTP/1.0, wanted', http: { valid_http_versions: ['HTTP/1.0'] }, origins: one('HTTP/1.0 200 OK\r\n\r\n') },
  { name: 'HTTP/1.1, wanted 2.0', http: { valid_http_versions: ['HTTP/2.0'] } },
  { name: 'HTTP/1.2', origins: one(answer('200 OK', 'x').replace('HTTP/1.1', 'HTTP/1.2')) },
  { name: 'HTTP/2.0 in text', origins: one(answer('200 OK', 'x').replace('HTTP/1.1', 'HTTP/2.0')) },
  { name: 'HTTP/0.9', origins: one('<html>hello</html>\n') },
  { name: 'an SSH greeting', origins: one('SSH-2.0-OpenSSH_9.2\r\n') },
  { name: 'garbage', origins: one(Buffer.from([0, 1, 2, 3, 255, 13, 10, 13, 10])) },
  { name: 'nothing', origins: one('') },
  { name: 'half a head', origins: one('HTTP/1.1 200 OK\r\nContent-Le') },
  { name: 'lines that end with LF alone', origins: one('HTTP/1.1 200 OK\nContent-Length: 2\nX-A: b\n\nhi') },
  { name: 'a header without a colon', origins: one('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nnonsense\r\n\r\n') },
  {
    name: 'a header with a blank before the colon',
    origins: one('HTTP/1.1 200 OK\r\nX-A : b\r\nContent-Length: 0\r\n\r\n'),
  },
  { name: 'a header with an empty name', origins: one('HTTP/1.1 200 OK\r\n: b\r\nContent-Length: 0\r\n\r\n') },
  {
    name: 'a folded header',
    http: { fail_if_header_not_matches: [{ header: 'X-A', regexp: '^b c$' }] },
    origins: one('HTTP/1.1 200 OK\r\nX-A: b\r\n  c\r\nContent-Length: 0\r\n\r\n'),
  },
  {
    name: 'a header value with a zero byte',
    origins: one('HTTP/1.1 200 OK\r\nX-A: b\0c\r\nContent-Length: 0\r\n\r\n'),
  },
  {
    name: 'a header value that is no UTF-8',
    http: { fail_if_header_not_matches: [{ header: 'X-A', regexp: '^\uFFFDx$' }] },
    origins: one('HTTP/1.1 200 OK\r\nX-A: \xe4x\r\nContent-Length: 0\r\n\r\n'),
  },
  ...['^..$', '^.$'].map((regexp) => ({
    name: `a body that ends within a character, against ${regexp}`,
    http: { fail_if_body_matches_regexp: [regexp] },
    origins: one('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xe2\x82'),
  })),
  { name: 'a length that is no number', origins: one('HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nhello') },
  { name: 'a negative length', origins: one('HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nhello') },
  { name: 'a length with a plus', origins: one('HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello') },
  { name: 'two equal lengths', origins: one('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello') },
  {
    name: 'two different lengths',
    origins: one('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 4\r\n\r\nhello'),
  },
  {
    name: 'a length and chunks',
    origins: one('HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n'),
  },
  {
    name: 'a length of 20 digits',
    origins: one('HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\nhello'),
  },
  {
    name: 'an unknown transfer coding',
    origins: one('HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n'),
  },
  { name: 'chunks', origins: one(`${CHUNKED}5\r\nhello\r\n6;ext=1\r\n world\r\n0\r\n\r\n`) },
  { name: 'chunks with a trailer', origins: one(`${CHUNKED}5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n`) },
  { name: 'a chunk size that ends with LF', origins: one(`${CHUNKED}5\nhello\r\n0\r\n\r\n`) },
  { name: 'a carriage return in an extension', origins: one(`${CHUNKED}5;a\rb\r\nhello\r\n0\r\n\r\n`) },
  { name: 'chunk data that end with LF', origins: one(`${CHUNKED}5\r\nhello\n0\r\n\r\n`) },
  { name: 'a last chunk that ends with LF', origins: one(`${CHUNKED}5\r\nhello\r\n0\r\n\n`) },
  { name: 'trailers that end with LF', origins: one(`${CHUNKED}5\r\nhello\r\n0\r\nX-Sum: 1\n\n`) },
  { name: 'a trailer that ends with LF', origins: one(`${CHUNKED}0\r\nX-Sum: 1\nX-B: 2\r\n\r\n`) },
  { name: 'trailers of 5 KB', origins: one(`${CHUNKED}0\r\n${'X-Sum: 1\r\n'.repeat(500)}\r\n`) },
  ...['Content-Length', 'X-A, transfer-encoding', 'trailer ,'].map((names) => ({
    name: `the trailers ${names} announced`,
    origins: one(`HTTP/1.1 200 OK\r\nTrailer: ${names}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
  })),
  { name: 'such trailers without chunks', origins: one(answer('200 OK', 'hello', ['Trailer: Content-Length'])) },
  ...['Content-Length: x', 'Content-Length: 3\r\nContent-Length: 4', 'Content-Length: 5'].flatMap((lengths) =>
    ['GET', 'HEAD'].map((method) => ({
      name: `${method}, chunks beside ${lengths.replaceAll('\r\n', ', ')}`,
      http: { method },
      origins: one(`HTTP/1.1 200 OK\r\n${lengths}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`),
    })),
  ),
  ...['9007199254740993', '9223372036854775807', '9223372036854775808', '000000000000000000000005'].map((length) => ({
    name: `a length of ${length}`,
    origins: one(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\nhello`),
  })),
  { name: 'a chunk of 16 digits that is cut', origins: one(`${CHUNKED}FFFFFFFFFFFFFFFF\r\nhello`) },
  { name: 'a chunk size that is no number', origins: one(`${CHUNKED}5\r\nhello\r\nxyz\r\n`) },
  { name: 'a chunk that is longer than it says', origins: one(`${CHUNKED}3\r\nhello\r\n0\r\n\r\n`) },
  { name: 'chunks without the last one', origins: one(`${CHUNKED}5\r\nhello\r\n`) },
  { name: 'a body that is cut', origins: one('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello') },
  {
    name: 'a body that is cut, with an expectation',
    http: { fail_if_body_not_matches_regexp: ['hello'] },
    origins: one('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello'),
  },
  { name: 'a body that is longer than announced', origins: one('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello') },
  {
    name: 'HEAD with a length',
    http: { method: 'HEAD' },
    origins: one('HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n'),
  },
  { name: 'HEAD with chunks announced', http: { method: 'HEAD' }, origins: one(CHUNKED) },
  { name: 'an empty body', origins: one(answer('200 OK')) },
  { name: 'a reset instead of an answer', origins: one(reset('')) },
  { name: 'a reset in the head', origins: one(reset('HTTP/1.1 200 OK\r\nContent-')) },
  { name: 'a reset in the body', origins: one(reset('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello')) },
  {
    name: 'a reset together with a body that the end ends',
    origins: one((socket) => {
      socket.write('HTTP/1.1 200 OK\r\n\r\nhello');
      socket.resetAndDestroy();
    }),
  },
  { name: 'closes before the request', origins: [{ options: { onConnect: (socket) => socket.destroy() } }] },
  { name: 'nothing listens', target: 'http://127.0.0.1:@dead/' },
  { name: 'silence instead of an answer', origins: one(hold('')), scrapeTimeoutSeconds: 1 },
  { name: 'silence in the head', origins: one(hold('HTTP/1.1 200 OK\r\nX-A')), scrapeTimeoutSeconds: 1 },
  {
    name: 'silence in the body',
    origins: one(hold('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello')),
    scrapeTimeoutSeconds: 1,
  },
  {
    name: 'silence in the body, with an expectation',
    http: { fail_if_body_matches_regexp: ['x'] },
    origins: one(hold('HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello')),
    scrapeTimeoutSeconds: 1,
  },
  { name: 'a server that keeps the connection open', origins: one(hold(answer('200 OK', 'hello'))) },
  {
    name: 'Last-Modified as RFC 1123',
    origins: one(answer('200 OK', '', ['Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT'])),
  },
  {
    name: 'Last-Modified as RFC 850',
    origins: one(answer('200 OK', '', ['Last-Modified: Tuesday, 15-Nov-94 12:45:26 GMT'])),
  },
  { name: 'Last-Modified as asctime', origins: one(answer('200 OK', '', ['Last-Modified: Tue Nov 15 12:45:26 1994'])) },
  {
    name: 'Last-Modified before 1970',
    origins: one(answer('200 OK', '', ['Last-Modified: Tue, 15 Nov 1960 12:45:26 GMT'])),
  },
  {
    name: 'Last-Modified in another zone',
    origins: one(answer('200 OK', '', ['Last-Modified: Tue, 15 Nov 1994 12:45:26 +0100'])),
  },
  { name: 'Last-Modified that is no date', origins: one(answer('200 OK', '', ['Last-Modified: yesterday'])) },
  {
    name: 'Last-Modified twice',
    origins: one(answer('200 OK', '', ['Last-Modified: x', 'Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT'])),
  },
];
