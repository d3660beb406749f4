import type { Socket } from 'node:net';
import { gzipSync } from 'node:zlib';

/** Bytes that both programs get on a connection, followed by an ordinary request. */
export interface RawRequest {
  readonly name: string;
  readonly program: 'blackbox' | 'pushgateway';
  /** Latin-1. */
  readonly bytes: string;
  /** What Sonde answers instead, and why. */
  readonly ours?: { readonly answers: readonly string[]; readonly because: string };
}

const HOST = 'Host: h\r\n';
const ask = (line: string, fields = ''): string => `${line} HTTP/1.1\r\n${HOST}${fields}\r\n`;
/** The answer shows how the query was read. */
const ECHO = '/probe?target=x&module=';
const POST = `POST ${ECHO}nope`;
const CHUNKS = '3\r\nabc\r\n0\r\n\r\n';
const HEALTHY = '200 Healthy';
const BAD = '400 400 Bad Request';

/** Why rows depend on what comes in one packet. */
export const BODY_FIRST = 'the parser stops at a bad body, which is not waited for';

type Row = readonly [name: string, bytes: string, ours?: readonly string[], because?: string];

const rows = (program: RawRequest['program'], all: readonly Row[]): readonly RawRequest[] =>
  all.map(([name, bytes, answers, because = '']) => ({
    name,
    program,
    bytes,
    ...(answers && { ours: { answers, because } }),
  }));

const TARGETS = rows('blackbox', [
  ['a plain request', ask('GET /-/healthy')],
  ['UTF-8 in a query', ask(`GET ${ECHO}\xc3\xa9`)],
  [
    'bytes that are no UTF-8 in a query',
    ask(`GET ${ECHO}\xe9x`),
    ['400 Unknown module "\ufffdx"', HEALTHY],
    'texts are UTF-8',
  ],
  ['UTF-8 beside escapes', ask(`GET ${ECHO}%41\xc3\xa9%2B`)],
  ['a number sign in a query', ask(`GET ${ECHO}a#b`)],
  ['odd ASCII in a query', ask(`GET ${ECHO}<>\\^\`{|}[]`)],
  ['a control character in a target', ask(`GET ${ECHO}\x01`)],
  ['DEL in a target', ask(`GET ${ECHO}\x7f`)],
  ['a tab in a target', ask(`GET ${ECHO}a\tb`)],
  ['NUL in a target', ask(`GET ${ECHO}a\0b`)],
  ['a blank in a target', ask(`GET ${ECHO}a b`)],
  ['a bad escape in a path', ask('GET /%zz'), [BAD, HEALTHY], 'nothing is wrong with the connection'],
  ['two blanks before the version', `GET /-/healthy  HTTP/1.1\r\n${HOST}\r\n`],
  ['two blanks after the method', `GET  /-/healthy HTTP/1.1\r\n${HOST}\r\n`],
  ['a blank after the version', `GET /-/healthy HTTP/1.1 \r\n${HOST}\r\n`],
  ['a whole URL', ask('GET http://h/-/healthy')],
  ['a whole URL of another scheme', ask('GET ftp://h/-/healthy')],
  ['a whole URL with a bad port', ask('GET http://h:x/-/healthy')],
  ['a target without a slash', ask('GET h/-/healthy')],
  ['a query alone', ask('GET ?x')],
  ['OPTIONS of everything', ask('OPTIONS *'), ['200 '], 'the connection ends'],
  ['GET of everything', ask('GET *')],
  ['CONNECT', ask('CONNECT h:80'), [BAD], 'no service makes tunnels'],
  ['CONNECT with a path', ask('CONNECT /-/healthy'), [BAD], 'no service makes tunnels'],
]);

const METHODS = rows('blackbox', [
  ['a method that nobody knows', ask(`FOO ${ECHO}nope`)],
  ['a method that nobody knows, of a route that minds', ask('FOO /-/reload')],
  ['a method in small letters', ask('get /-/healthy')],
  ['a method with a dash', ask('X-Y /-/healthy')],
  ['a long method', ask(`${'A'.repeat(300)} /-/healthy`)],
  ['a method that is no token', ask('G@T /-/healthy')],
  ['no method', ask(' /-/healthy')],
  ['PRI', ask('PRI /-/healthy')],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['TRACE', ask('TRACE /-/healthy')],
]);

const LINES = rows('blackbox', [
  ['line feeds alone', 'GET /-/healthy HTTP/1.1\nHost: h\n\n'],
  ['line ends of both kinds', 'GET /-/healthy HTTP/1.1\r\nHost: h\nA: b\r\n\n'],
  ['a carriage return alone', 'GET /-/healthy HTTP/1.1\rHost: h\r\r'],
  ['two carriage returns', 'GET /-/healthy HTTP/1.1\r\r\nHost: h\r\n\r\n'],
  ['a carriage return within a value', ask('GET /-/healthy', 'A: b\rc\r\n')],
  ['a carriage return at the end of a value', ask('GET /-/healthy', 'A: b\r\r\n')],
  ['a folded field', ask('GET /-/healthy', 'A: b\r\n c\r\n')],
  ['a field folded by a tab', 'GET /-/healthy HTTP/1.1\nHost: h\nA: b\n\tc\n\n'],
  ['a folded Host', 'GET /-/healthy HTTP/1.1\r\nHost:\r\n h\r\n\r\n'],
  ['a folded first field', 'GET /-/healthy HTTP/1.1\r\n Host: h\r\n\r\n'],
  ['a field folded by blanks alone', ask('GET /-/healthy', 'A: b\r\n \r\n')],
  ['an empty line in front', `\r\n${ask('GET /-/healthy')}`, [HEALTHY, HEALTHY], 'RFC 9112, 2.2: passed over'],
  ['an empty line behind a body', `${ask(POST, 'Content-Length: 3\r\n')}abc\r\n`],
  ['a line without a colon', ask('GET /-/healthy', 'abc\r\n')],
  ['what is no request', 'hello\r\n\r\n'],
  ['the beginning of TLS', `\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03${'x'.repeat(200)}`],
]);

const FIELDS = rows('blackbox', [
  ['no Host', 'GET /-/healthy HTTP/1.1\r\nA: b\r\n\r\n'],
  ['an empty Host', 'GET /-/healthy HTTP/1.1\r\nHost:\r\n\r\n'],
  ['two Hosts', 'GET /-/healthy HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n'],
  ['two equal Hosts', 'GET /-/healthy HTTP/1.1\r\nHost: a\r\nhost: a\r\n\r\n'],
  ['a Host with a blank', 'GET /-/healthy HTTP/1.1\r\nHost: a b\r\n\r\n'],
  ['a Host with a slash', 'GET /-/healthy HTTP/1.1\r\nHost: a/b\r\n\r\n'],
  ['an odd Host', "GET /-/healthy HTTP/1.1\r\nHost: a!$%&()*+,-.:;=[]_~'\r\n\r\n"],
  ['a Host beyond ASCII', 'GET /-/healthy HTTP/1.1\r\nHost: \xc3\xa9\r\n\r\n'],
  ['an empty name', ask('GET /-/healthy', ': b\r\n')],
  ['a blank before the colon', ask('GET /-/healthy', 'A : b\r\n')],
  ['a blank in a name', ask('GET /-/healthy', 'A B: b\r\n')],
  ['a tab before the colon', ask('GET /-/healthy', 'A\t: b\r\n')],
  ['a name that is no token', ask('GET /-/healthy', 'A(: b\r\n')],
  ['a name beyond ASCII', ask('GET /-/healthy', '\xc3\xa9: b\r\n')],
  ['a value beyond ASCII', ask('GET /-/healthy', 'A: \xc3\xa9\r\n')],
  ['a control character in a value', ask('GET /-/healthy', 'A: \x01\r\n')],
  ['NUL in a value', ask('GET /-/healthy', 'A: a\0b\r\n')],
  ['DEL in a value', ask('GET /-/healthy', 'A: \x7f\r\n')],
  ['tabs in a value', ask('GET /-/healthy', 'A: \tb\tc\t\r\n')],
  ['a bad name and no Host', 'GET /-/healthy HTTP/1.1\r\nA : b\r\n\r\n'],
  ['an expectation that nobody knows', ask(POST, 'Expect: x\r\nContent-Length: 0\r\n')],
  [
    'an upgrade',
    ask('GET /-/healthy', 'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n'),
  ],
  ['fields of 100 KB', ask('GET /-/healthy', `A: ${'a'.repeat(100_000)}\r\n`)],
  ['a target of 100 KB', ask(`GET /-/healthy?${'a'.repeat(100_000)}`)],
  ['2,500 fields', ask('GET /-/healthy', 'A: b\r\n'.repeat(2500))],
  [
    'fields of 200 KB',
    ask('GET /-/healthy', `A: ${'a'.repeat(200_000)}\r\n`),
    ['431 431 Request Header Fields Too Large'],
    'a head has 128 KiB at most',
  ],
]);

const VERSIONS = rows('blackbox', [
  ['HTTP/0.9', 'GET /-/healthy\r\n\r\n'],
  ['HTTP/1.0', 'GET /-/healthy HTTP/1.0\r\n\r\n'],
  ['HTTP/1.0 that goes on', 'GET /-/healthy HTTP/1.0\r\nConnection: keep-alive\r\n\r\n'],
  ['HTTP/1.0 with two Hosts', 'GET /-/healthy HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n'],
  ...['HTTP/1.2', 'HTTP/1.10', 'HTTP/2.0', 'HTTP/0.9', 'HTTP/3.0', 'HTTP/1', 'http/1.1', 'ICY/1.1'].map(
    (version): Row => [`the version ${version}`, `GET /-/healthy ${version}\r\n${HOST}\r\n`],
  ),
]);

const BODIES = rows('blackbox', [
  ['a length', `${ask(POST, 'Content-Length: 3\r\n')}abc`],
  ['a folded length', `${ask(POST, 'Content-Length:\r\n 3\r\n')}abc`],
  ['a length twice', `${ask(POST, 'Content-Length: 3\r\ncontent-length: 3\r\n')}abc`],
  ['a length twice in two forms', `${ask(POST, 'Content-Length: 3\r\nContent-Length: 03\r\n')}abc`],
  ['a list of lengths', `${ask(POST, 'Content-Length: 3, 3\r\n')}abc`],
  ['two lengths', `${ask(POST, 'Content-Length: 3\r\nContent-Length: 4\r\n')}abc`],
  ['an empty length', ask(POST, 'Content-Length:\r\n')],
  ...['+3', '-3', '0x3', '3a', '99999999999999999999999'].map((length): Row => [
    `a length of ${length}`,
    `${ask(POST, `Content-Length: ${length}\r\n`)}abc`,
  ]),
  ['a length with zeros in front', `${ask(POST, 'Content-Length: 003\r\n')}abc`],
  ['a length with a blank before the colon', `${ask(POST, 'Content-Length : 3\r\n')}abc`],
  ['chunks', ask(POST, 'Transfer-Encoding: chunked\r\n') + CHUNKS],
  ['chunks in capitals, folded', ask(POST, 'Transfer-Encoding:\r\n CHUNKED\r\n') + CHUNKS],
  [
    'chunks with an extension and a trailer',
    `${ask(POST, 'Transfer-Encoding: chunked\r\n')}3;a=b\r\nabc\r\n0\r\nA: b\r\n\r\n`,
  ],
  [
    'chunks beside a length',
    ask(POST, 'Content-Length: 3\r\nTransfer-Encoding: chunked\r\n') + CHUNKS,
    [BAD],
    'could be read in two ways',
  ],
  [
    'chunks in HTTP/1.0',
    `${POST} HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n${CHUNKS}`,
    [BAD],
    'could be read in two ways',
  ],
  ['chunks with line feeds alone', `${ask(POST, 'Transfer-Encoding: chunked\r\n')}3\nabc\n0\n\n`, [BAD], BODY_FIRST],
  ['a chunk without a size', `${ask(POST, 'Transfer-Encoding: chunked\r\n')}z\r\nabc\r\n0\r\n\r\n`, [BAD], BODY_FIRST],
  ['a vertical tab before chunked', ask(POST, 'Transfer-Encoding: \x0bchunked\r\n') + CHUNKS],
  ...['gzip', 'gzip, chunked', 'chunked, chunked', 'identity', ''].map((coding): Row => [
    `the coding "${coding}"`,
    ask(POST, `Transfer-Encoding: ${coding}\r\n`),
  ]),
  ['two codings', ask(POST, 'Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n')],
]);

const SEVERAL = rows('blackbox', [
  ['an odd request behind a plain one', ask('GET /-/healthy') + ask(`GET ${ECHO}\xc3\xa9`)],
  ['a bad request behind plain ones', ask('GET /-/healthy').repeat(3) + ask('GET /-/healthy', 'A B: b\r\n')],
  ['an odd request behind a body', `${ask(POST, 'Content-Length: 3\r\n')}abc${ask(`GET ${ECHO}\xc3\xa9`)}`],
  ['an odd request behind chunks', ask(POST, 'Transfer-Encoding: chunked\r\n') + CHUNKS + ask(`GET ${ECHO}\xc3\xa9`)],
  ['a request in the body of another', `${ask(POST, 'Content-Length: 44\r\n')}${ask('GET /-/healthy', 'A: \x01\r\n')}`],
  ['a request behind the last one', ask('GET /-/healthy', 'Connection: close\r\n') + ask('GET /-/healthy')],
]);

const PUSH = 'PUT /metrics/job/j';
const PACKED = gzipSync('a 1\n').toString('latin1');
const coded = (first: string, second: string, body: string): string =>
  `${ask(PUSH, `Content-Encoding: ${first}\r\ncontent-encoding: ${second}\r\nContent-Length: ${body.length}\r\n`)}${body}`;
const PUSHES = rows('pushgateway', [
  ['a push', `${ask(PUSH, 'Content-Length: 4\r\n')}a 1\n`],
  ['a push with its length twice and folded', `${ask(PUSH, 'Content-Length: 4\r\nContent-Length:\r\n 4\r\n')}a 1\n`],
  ['a push with two codings, packed by the first', coded('gzip', 'identity', PACKED)],
  ['a push with two codings, packed by neither', coded('identity', 'gzip', 'a 1\n')],
  ['a push with line feeds alone', `${PUSH} HTTP/1.1\nHost: h\nContent-Length: 4\n\na 1\n`],
  [
    'a push in chunks behind a folded field',
    `${ask(PUSH, 'A: b\r\n c\r\nTransfer-Encoding: chunked\r\n')}4\r\na 1\n\r\n0\r\n\r\n`,
  ],
  ['a push to a path beyond ASCII', `${ask(`${PUSH}/l/\xc3\xa9`, 'Content-Length: 4\r\n')}a 1\n`],
  ['a method that nobody knows of a group', ask('FOO /metrics/job/j')],
  ['a method that nobody knows of the pages', ask('FOO /-/healthy')],
  ['a bad name', ask('GET /-/healthy', 'A B: b\r\n')],
  ['no Host', 'GET /-/healthy HTTP/1.1\r\n\r\n'],
]);

export const RAW_REQUESTS: readonly RawRequest[] = [
  ...TARGETS,
  ...METHODS,
  ...LINES,
  ...FIELDS,
  ...VERSIONS,
  ...BODIES,
  ...SEVERAL,
  ...PUSHES,
];

const LAST = 'GET /-/healthy HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n';

/**
 * All answers to the bytes and to an ordinary request behind them: `status text`, each. `pieces` cuts the bytes into so
 * many packets.
 */
export async function askRaw(socket: Socket, bytes: string, pieces = 1): Promise<readonly string[]> {
  const received: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => received.push(chunk));
  // A server that ends the connection while more comes.
  socket.on('error', () => undefined);
  const ended = new Promise<void>((resolve) => {
    socket.once('end', resolve);
    socket.once('close', () => {
      resolve();
    });
  });
  const all = Buffer.from(bytes + LAST, 'latin1');
  const size = Math.ceil(all.length / pieces);
  for (let at = 0; at < all.length && socket.writable; at += size) {
    socket.write(all.subarray(at, at + size));
    if (pieces > 1) await new Promise((resolve) => setImmediate(resolve));
  }
  await ended;
  socket.destroy();
  return readAnswers(Buffer.concat(received).toString('latin1'));
}

function readAnswers(text: string): readonly string[] {
  const answers: string[] = [];
  for (let rest = text; rest !== '';) {
    const [head, status] = /^HTTP\/1\.[01] (\d+)[^\r]*\r\n[\s\S]*?\r\n\r\n/.exec(rest) ?? [];
    if (head === undefined || status === undefined) return [...answers, `unreadable: ${rest.slice(0, 200)}`];
    const [, length] = /^content-length: (\d+)/im.exec(head) ?? [];
    const end = head.length + Number(length ?? rest.length);
    answers.push(`${status} ${Buffer.from(rest.slice(head.length, end).trim(), 'latin1').toString()}`);
    rest = rest.slice(end);
  }
  return answers;
}
