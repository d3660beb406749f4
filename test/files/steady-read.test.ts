import { writeFileSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readSteadily } from '../../src/files/steady-read.js';

const OLD = `old: ${'a'.repeat(10_000)}\n`;
const NEW = `new: ${'b'.repeat(20_000)}\n`;

interface WrittenFile {
  /** What the reader gets of the file. */
  readonly handle: Pick<FileHandle, 'read' | 'stat'>;
  readonly real: FileHandle;
  readonly path: string;
}

/** A file that `write` changes whenever something of it has been read. */
async function writtenFile(t: Test, write: (path: string, reads: number) => void): Promise<WrittenFile> {
  const path = join(t.testdir({ 'a.yml': OLD }), 'a.yml');
  const real = await open(path);
  t.teardown(() => real.close());
  let reads = 0;
  const read = async (buffer: Buffer, offset: number, length: number, position: number) => {
    // As a small piece, so that there is something between two of them.
    const result = await real.read(buffer, offset, Math.min(length, 4000), position);
    write(path, ++reads);
    return result;
  };
  return { path, real, handle: { read, stat: () => real.stat() } as unknown as WrittenFile['handle'] };
}

async function readIt({ path, real, handle }: WrittenFile, limit = 1_000_000, pauses: number[] = []): Promise<string> {
  const pause = async (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  const { bytes, stats } = await readSteadily(handle, { path, limit, stats: await real.stat(), pause });
  t.equal(bytes.length, stats.size);
  return bytes.toString();
}

t.test('a file that nobody writes is read once', async (t) => {
  const pauses: number[] = [];
  t.equal(await readIt(await writtenFile(t, () => undefined), undefined, pauses), OLD);
  t.same(pauses, []);
});

t.test('a file that is rewritten in place while it is read is read again, as a whole', async (t) => {
  for (const at of [1, 2, 3]) {
    const pauses: number[] = [];
    const file = await writtenFile(t, (path, reads) => {
      if (reads === at) writeFileSync(path, NEW);
    });
    t.equal(await readIt(file, undefined, pauses), NEW, `at piece ${at}`);
    t.equal(pauses.length, 1);
  }
});

t.test('one that is cut off and written in two steps is read when it is whole', async (t) => {
  const file = await writtenFile(t, (path, reads) => {
    if (reads === 1) writeFileSync(path, NEW.slice(0, 9000));
    if (reads === 4) writeFileSync(path, NEW);
  });
  t.equal(await readIt(file), NEW);
});

t.test('one that never comes to rest is an error, after some attempts', async (t) => {
  const pauses: number[] = [];
  const file = await writtenFile(t, (path, reads) => {
    if (reads % 3 === 1) writeFileSync(path, OLD + 'x'.repeat(reads));
  });
  await t.rejects(readIt(file, undefined, pauses), { message: `read ${file.path}: the file is being written` });
  t.equal(pauses.length, 4);
});

t.test('one that grows beyond the limit is too large', async (t) => {
  const file = await writtenFile(t, (path, reads) => {
    if (reads === 1) writeFileSync(path, NEW);
  });
  await t.rejects(readIt(file, 12_000), { message: `read ${file.path}: larger than 12000 bytes` });
});
