import t from 'tap';
import { ChunkDecoder } from '../../../src/net/http1/http1-chunks.js';

interface Case {
  readonly name: string;
  readonly wire: string;
  readonly body: string;
  readonly failure?: string;
  readonly open?: true;
}

const BARE_LF = 'chunked line ends with bare LF';
const LONG_TRAILER = 'http: suspiciously long trailer after chunked body';

const long = 'a'.repeat(4000);

const CASES: readonly Case[] = [
  { name: 'two chunks', wire: '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', body: 'abcde' },
  { name: 'a size that ends with LF', wire: '3\nabc\r\n', body: '', failure: BARE_LF },
  { name: 'an extension that ends with LF', wire: '3;a\nabc\r\n', body: '', failure: BARE_LF },
  { name: 'a carriage return within', wire: '3;a\rb\r\n', body: '', failure: 'invalid CR in chunked line' },
  { name: 'data that end with LF', wire: '3\r\nabc\n0', body: 'abc', failure: 'malformed chunked encoding' },
  { name: 'a last size that ends with LF', wire: '3\r\nabc\r\n0\n', body: 'abc', failure: BARE_LF },
  { name: 'an empty line that ends with LF', wire: '0\r\n\n', body: '', failure: LONG_TRAILER },
  { name: 'an end with LF alone behind trailers', wire: '0\r\nA: b\r\n\n', body: '', failure: LONG_TRAILER },
  { name: 'a last trailer that ends with LF', wire: '0\r\nA: b\n\r\n', body: '', failure: LONG_TRAILER },
  { name: 'a trailer before it that ends with LF', wire: '0\r\nA: b\nC: d\r\n\r\n', body: '' },
  { name: 'an extension', wire: '3;a=b\r\nabc\r\n0\r\n\r\n', body: 'abc' },
  { name: 'trailers', wire: '3\r\nabc\r\n0\r\nA: b\r\n\r\n', body: 'abc' },
  { name: 'sixteen digits, most of them zeros', wire: '0000000000000003\r\nabc\r\n000\r\n\r\n', body: 'abc' },
  { name: 'seventeen digits', wire: '00000000000000003\r\nabc\r\n', body: '', failure: 'http chunk length too large' },
  { name: 'a size beyond a double', wire: 'ffffffffffffffff\r\nab', body: 'ab', open: true },
  { name: 'no size', wire: '3\r\nabc\r\n\r\n', body: 'abc', failure: 'invalid byte in chunk length' },
  { name: 'data longer than their size', wire: '3\r\nabcd\r\n', body: 'abc', failure: 'malformed chunked encoding' },
  { name: 'a line of 4,097 bytes', wire: `3;${long.padEnd(4095, 'a')}`, body: '', failure: 'header line too long' },
  {
    name: 'extensions without end',
    wire: `1;${long}\r\nx\r\n`.repeat(8),
    body: 'xxxx',
    failure: 'chunked encoding contains too much non-data',
  },
  {
    name: 'trailers without end',
    wire: `0\r\n${'a: b\r\n'.repeat(683)}`,
    body: '',
    failure: LONG_TRAILER,
  },
  {
    name: 'trailers that are none',
    wire: '3\r\nabc\r\n0\r\nA b\r\n\r\n',
    body: 'abc',
    failure: 'malformed MIME header: missing colon: "A b"',
  },
  {
    name: 'a trailer with a control character',
    wire: '0\r\nA: b\u0001\r\n\r\n',
    body: '',
    failure: 'malformed MIME header line: A: b\u0001',
  },
  { name: 'a folded trailer', wire: '0\r\nA: b\r\n c\r\n\r\n', body: '' },
  { name: 'blanks behind a size', wire: '3 \t\r\nabc\r\n0\r\n\r\n', body: 'abc' },
  { name: 'a blank before a size', wire: ' 3\r\nabc\r\n', body: '', failure: 'invalid byte in chunk length' },
  { name: 'a vertical tab behind a size', wire: '3\v\r\nabc\r\n', body: '', failure: 'invalid byte in chunk length' },
  { name: 'a blank before an extension', wire: '3 ;a\r\nabc\r\n', body: '', failure: 'invalid byte in chunk length' },
  { name: 'cut off', wire: '5\r\nabc', body: 'abc', open: true },
];

t.test('chunks, in any pieces of the wire', async (t) => {
  for (const { name, wire, body, failure, open } of CASES) {
    for (const pieceBytes of [1, 2, 7, wire.length]) {
      const decoder = new ChunkDecoder();
      let decoded = '';
      for (let at = 0; at < wire.length && decoder.failure === undefined; at += pieceBytes) {
        let piece = Buffer.from(wire.slice(at, at + pieceBytes));
        do {
          decoded += decoder.take(piece).toString();
          piece = piece.subarray(decoder.taken);
        } while (piece.length > 0 && !decoder.done && decoder.taken > 0);
      }
      const wanted = { body, failure, done: failure === undefined && open === undefined };
      t.same(
        { body: decoded, failure: decoder.failure?.message, done: decoder.done },
        wanted,
        `${name}: ${pieceBytes}`,
      );
    }
  }
});

t.test('tiny chunks are taken a bounded number at a time', async (t) => {
  const decoder = new ChunkDecoder();
  let wire = Buffer.from('1\r\nx\r\n'.repeat(10_000));
  let steps = 0;
  let bodyBytes = 0;
  while (wire.length > 0) {
    bodyBytes += decoder.take(wire).length;
    wire = wire.subarray(decoder.taken);
    steps++;
  }
  t.equal(bodyBytes, 10_000);
  t.ok(steps > 100 && steps < 1000, `${steps} steps`);
});
