import { Duplex } from 'node:stream';
import t from 'tap';
import { SocketReader } from '../../../src/net/socket-reader.js';
import { LARGEST_LINE_BYTES, ReceiveBuffer, TooLongError } from '../../../src/probers/query-response/receive-buffer.js';

/** A peer that says `pieces`, one read each, and ends. */
function buffer(pieces: readonly string[]): ReceiveBuffer {
  const rest = [...pieces];
  const duplex = new Duplex({
    read() {
      const piece = rest.shift();
      setImmediate(() => this.push(piece === undefined ? null : Buffer.from(piece, 'latin1')));
    },
    write: (_chunk, _encoding, done) => {
      done();
    },
  });
  return new ReceiveBuffer(new SocketReader(duplex, new AbortController().signal));
}

async function linesOf(pieces: readonly string[]): Promise<string[]> {
  const received = buffer(pieces);
  const lines: string[] = [];
  for (;;) {
    const line = await received.readLine();
    if (line === undefined) return lines;
    lines.push(line.toString('latin1'));
  }
}

t.test('lines, however they arrive', async (t) => {
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['nothing', [], []],
    ['one line', ['a\n'], ['a']],
    ['carriage returns', ['a\r\n\r\nb\rc\r\r\n'], ['a', '', 'b\rc\r']],
    ['without an end', ['a\nb'], ['a', 'b']],
    ['a carriage return at the end', ['a\nb\r'], ['a', 'b']],
    ['byte by byte', ['a', 'b', '\r', '\n', 'c', '\n', '\n'], ['ab', 'c', '']],
    ['across pieces', ['ab\ncd', 'ef\ngh', 'i\n'], ['ab', 'cdef', 'ghi']],
    ['empty lines', ['\n\n', '\n'], ['', '', '']],
  ];
  for (const [name, pieces, lines] of rows) t.strictSame(await linesOf(pieces), lines, name);
});

t.test('lines that are too long', async (t) => {
  const most = 'x'.repeat(LARGEST_LINE_BYTES - 1);
  t.strictSame(await linesOf([`${most}\nb\n`]), [most, 'b'], 'the longest line there is');
  t.strictSame(await linesOf([most]), [most], 'the longest line without an end');
  await t.rejects(linesOf([`${most}x\n`]), TooLongError, 'one byte more');
  await t.rejects(linesOf([`${most}x`]), TooLongError, 'one byte more without an end');
  await t.rejects(linesOf(Array<string>(70).fill('x'.repeat(1000))), TooLongError, 'in pieces');
});

t.test('lines and bytes come from one store', async (t) => {
  const received = buffer(['line\nab', 'cd', 'ef\nlast']);
  t.equal((await received.readLine())?.toString(), 'line');
  while (received.content.length < 5) t.ok(await received.receive());
  t.equal(received.content.subarray(0, 3).toString(), 'abc');
  received.consume(3);
  t.equal((await received.readLine())?.toString(), 'def');
  t.equal(received.receivedBytes, 16);
  t.equal(received.release().toString(), 'last');
});
