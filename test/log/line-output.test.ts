import t from 'tap';
import { type AsyncWrite, LineOutput } from '../../src/log/line-output.js';

type Done = Parameters<AsyncWrite>[1];

/** A file descriptor whose writes end when the test says so. */
function slowWriter() {
  const writes: { readonly text: string; readonly done: Done }[] = [];
  const write: AsyncWrite = (bytes, done) => {
    writes.push({ text: bytes.toString(), done });
  };
  return { writes, write };
}

t.test('one write at a time; what came meanwhile goes out together', async (t) => {
  const { writes, write } = slowWriter();
  const output = new LineOutput(write);
  output.push('a\n');
  output.push('b\n');
  output.push('c\n');
  t.equal(writes.length, 1);
  writes[0]?.done(null, 2);
  t.equal(writes[1]?.text, 'b\nc\n');
  const drained = output.drained();
  writes[1]?.done(null, 4);
  await drained;
});

t.test('a short write goes on where it stopped', async (t) => {
  const { writes, write } = slowWriter();
  const output = new LineOutput(write);
  output.push('abc\n');
  writes[0]?.done(null, 1);
  t.equal(writes[1]?.text, 'bc\n');
});

t.test('a reader that stalls costs lines, not memory', async (t) => {
  const { writes, write } = slowWriter();
  const output = new LineOutput(write);
  const line = `${'x'.repeat(99_999)}\n`;
  for (let count = 0; count < 20; count++) output.push(line);
  t.equal(writes.length, 1);
  t.equal(output.dropped, 9);
});

t.test('after EPIPE all is dropped, and nobody waits', async (t) => {
  const { writes, write } = slowWriter();
  const output = new LineOutput(write);
  output.push('a\n');
  output.push('b\n');
  const drained = output.drained();
  writes[0]?.done(Object.assign(new Error('EPIPE'), { code: 'EPIPE' }), 0);
  await drained;
  output.push('c\n');
  t.equal(writes.length, 1);
  t.equal(output.dropped, 1);
});

t.test('a full pipe is tried again', async (t) => {
  let tries = 0;
  const output = new LineOutput((bytes, done) => {
    tries += 1;
    if (tries === 1) done(Object.assign(new Error('EAGAIN'), { code: 'EAGAIN' }), 0);
    else done(null, bytes.length);
  });
  output.push('a\n');
  await output.drained();
  t.equal(tries, 2);
});
