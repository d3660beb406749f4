import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { ProbeAbort } from '../../../src/probe/probe-abort.js';
import { readSecretFile } from '../../../src/probers/http-client/http-secret-file.js';

const signal = new AbortController().signal;
const purpose = 'unable to read basic auth password';

t.test('a secret is what the file holds, without the white space around it', async (t) => {
  const rows = [
    { name: 'a line', text: 's3cret\n', secret: 's3cret' },
    { name: 'white space of all kinds', text: '\u00a0 \t\v\f\u0085\u2003s3 cret\u3000\r\n', secret: 's3 cret' },
    { name: 'a byte order mark is none', text: '\ufeffx', secret: '\ufeffx' },
    { name: 'several lines', text: 'a\nb\n', secret: 'a\nb' },
    { name: 'nothing', text: ' \n', secret: '' },
    { name: 'more than a page', text: 'k'.repeat(10_000), secret: 'k'.repeat(10_000) },
  ];
  for (const { name, text, secret } of rows) {
    const path = join(t.testdir({ file: '' }), 'file');
    writeFileSync(path, text);
    t.equal((await readSecretFile(path, { purpose, signal })).reveal(), secret, name);
  }
});

t.test('a file that cannot be read', async (t) => {
  const dir = t.testdir({ dir: {}, file: 'x', big: 'x'.repeat(1024 * 1024 + 1) });
  execFileSync('mkfifo', [join(dir, 'fifo')]);
  writeFileSync(join(dir, 'latin1'), 'xé', 'latin1');
  const rows = [
    { name: 'missing', path: 'nope', err: (path: string) => `open ${path}: no such file or directory` },
    { name: 'a directory', path: 'dir', err: (path: string) => `read ${path}: is a directory` },
    { name: 'below a file', path: 'file/x', err: (path: string) => `open ${path}: not a directory` },
    {
      name: 'a FIFO without a writer',
      path: 'fifo',
      err: (path: string) => `read ${path}: not a regular file, but a named pipe`,
    },
    { name: 'a device', path: '/dev/zero', err: (path: string) => `read ${path}: not a regular file, but a device` },
    {
      name: 'not UTF-8, which would be another password',
      path: 'latin1',
      err: (path: string) => `${path}:1:2: the file is not UTF-8; save it as UTF-8`,
    },
    { name: 'far too large', path: 'big', err: (path: string) => `read ${path}: larger than 1 MiB` },
  ];
  for (const { name, path, err } of rows) {
    const whole = path.startsWith('/') ? path : join(dir, path);
    await t.rejects(
      readSecretFile(whole, { purpose, signal }),
      {
        phase: 'setup',
        reason: 'file_unreadable',
        message: 'Error for HTTP request',
        fields: { err: `${purpose}: ${err(whole)}` },
      },
      name,
    );
  }
});

t.test('the deadline ends the reading', async (t) => {
  const path = join(t.testdir({ file: 'x' }), 'file');
  await t.rejects(readSecretFile(path, { purpose, signal: AbortSignal.abort(new ProbeAbort('deadline')) }), {
    name: 'ProbeFailure',
    phase: 'setup',
    reason: 'no_time_left',
    fields: { err: 'context deadline exceeded' },
  });
  const later = new AbortController();
  const reading = readSecretFile(path, { purpose, signal: later.signal });
  later.abort(new ProbeAbort('cancelled'));
  await t.rejects(reading, { name: 'ProbeFailure', reason: 'probe_cancelled' }, 'in its midst as well');
});
