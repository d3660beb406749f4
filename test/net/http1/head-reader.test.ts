import { PassThrough } from 'node:stream';
import t from 'tap';
import { HeadReader, type ResponseHead } from '../../../src/net/http1/head-reader.js';
import { SocketReader } from '../../../src/net/socket-reader.js';

const OK = 'HTTP/1.1 200 OK\r\n';

async function read(wire: string, pieceBytes = wire.length): Promise<ResponseHead> {
  const socket = new PassThrough();
  const reader = new SocketReader(socket, new AbortController().signal);
  for (let at = 0; at < wire.length; at += pieceBytes) socket.write(wire.slice(at, at + pieceBytes), 'latin1');
  socket.end();
  return new HeadReader(reader).read();
}

function shownOf({ status, reason, headers }: ResponseHead) {
  return { status, reason, headers: Object.fromEntries(headers) };
}

const HEADS: readonly { readonly name: string; readonly head: string; readonly headers: object }[] = [
  { name: 'bare line feeds', head: 'HTTP/1.1 200 OK\nA: b\n\n', headers: { A: ['b'] } },
  { name: 'folded lines', head: `${OK}A: b \r\n  c\r\n\td \r\nE: f\r\n\r\n`, headers: { A: ['b c d'], E: ['f'] } },
  { name: 'a folded line of blanks', head: `${OK}A: b\r\n \r\nE: f\r\n\r\n`, headers: { A: ['b'], E: ['f'] } },
  { name: 'the same name twice', head: `${OK}a: b\r\nA: c\r\n\r\n`, headers: { A: ['b', 'c'] } },
  {
    name: 'a name of Object',
    head: `${OK}__proto__: b\r\nconstructor: c\r\n\r\n`,
    headers: Object.fromEntries([
      ['__proto__', ['b']],
      ['Constructor', ['c']],
    ]),
  },
];

t.test('heads, in any pieces of the wire', async (t) => {
  for (const { name, head, headers } of HEADS) {
    for (const pieceBytes of [1, 2, 3, head.length]) {
      t.same(shownOf(await read(head, pieceBytes)), { status: 200, reason: 'OK', headers }, `${name}: ${pieceBytes}`);
    }
  }
});

const REFUSED: readonly { readonly name: string; readonly head: string; readonly error: RegExp }[] = [
  { name: 'lines', head: `${OK}${'a:\r\n'.repeat(10_001)}\r\n`, error: /exceeded 10000 lines; aborted$/ },
  { name: 'folded lines', head: `${OK}a: b\r\n${' a\n'.repeat(10_001)}\r\n`, error: /exceeded 10000 lines; aborted$/ },
  { name: 'bytes', head: `${OK}a: ${'b'.repeat(1024 * 1024)}`, error: /exceeded 1048576 bytes; aborted$/ },
  { name: 'a name', head: `${OK}${'a-'.repeat(5000)}: b\r\n\r\n`, error: /exceeded 8192 bytes in a name; aborted$/ },
  { name: 'a vertical tab before the status', head: 'HTTP/1.1 \v200 OK\r\n\r\n', error: /^malformed HTTP status code/ },
  { name: 'no status line', head: 'a'.repeat(70_000), error: /^no HTTP status line in the first 65536 bytes$/ },
];

t.test('what is too much', async (t) => {
  for (const { name, head, error } of REFUSED) {
    await t.rejects(read(head), { message: error }, name);
  }
});

t.test('a fold beyond every size is put together once', async (t) => {
  const lines = 9000;
  const { headers } = await read(`${OK}A: b\r\n${` ${'c'.repeat(100)}\r\n`.repeat(lines)}\r\n`);
  t.equal(headers.get('A')?.[0]?.length, 1 + lines * 101);
});

t.test('what a broken line shows is bounded', async (t) => {
  for (const head of [
    `${'\x01'.repeat(60_000)}\r\n`,
    `HTTP/1.1 ${'"'.repeat(60_000)}\r\n`,
    `${OK}${'\x01'.repeat(1_000_000)}\r\n`,
  ]) {
    const error = await read(`${head}\r\n`).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    t.ok(error instanceof Error && error.message.length < 10_000, head.slice(0, 20));
  }
});
