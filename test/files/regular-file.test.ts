import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import t from 'tap';
import { factsOfFile, namesInFolder, openRegularFile, readRegularFile } from '../../src/files/regular-file.js';

t.test('what is in a file', async (t) => {
  const folder = t.testdir({ empty: '', small: 'x', large: 'y'.repeat(100_000) });
  const rows = [
    { name: 'nothing', path: join(folder, 'empty'), text: /^$/ },
    { name: 'exactly as much as may be', path: join(folder, 'large'), text: /^y{100000}$/ },
    { name: 'a file that does not know its size', path: '/proc/self/status', text: /^Name:/ },
    { name: '/dev/null, to which images link what is to be empty', path: '/dev/null', text: /^$/ },
  ];
  for (const { name, path, text } of rows) {
    t.match((await readRegularFile(path, 100_000)).bytes.toString(), text, name);
    await (await openRegularFile(path)).handle.close();
  }
});

t.test('what is refused, at once', async (t) => {
  const folder = t.testdir({ dir: {}, file: '12345', closed: '' });
  execFileSync('mkfifo', [join(folder, 'fifo')]);
  chmodSync(join(folder, 'closed'), 0);
  const socket = createServer().listen(join(folder, 'socket'));
  await once(socket, 'listening');
  t.teardown(() => socket.close());
  const rows = [
    { path: 'nope', message: 'open %: no such file or directory' },
    { path: 'file/x', message: 'open %: not a directory' },
    { path: 'dir', message: 'read %: is a directory' },
    { path: 'fifo', message: 'read %: not a regular file, but a named pipe' },
    { path: 'socket', message: 'read %: not a regular file, but a socket' },
    { path: '/dev/zero', message: 'read %: not a regular file, but a device' },
    { path: '/dev/tty', message: 'read %: not a regular file, but a device' },
    { path: 'file', message: 'read %: larger than 4 bytes' },
    { path: '/proc/self/status', message: 'read %: larger than 4 bytes' },
    { path: 'a\0b', message: /^open / },
    ...(process.getuid?.() === 0 ? [] : [{ path: 'closed', message: 'open %: permission denied' }]),
  ];
  for (const { path, message } of rows) {
    const whole = path.startsWith('/') ? path : join(folder, path);
    const expected = typeof message === 'string' ? message.replace('%', whole) : message;
    await t.rejects(readRegularFile(whole, 4), { name: 'FileProblem', message: expected }, path);
  }
  await t.rejects(openRegularFile(join(folder, 'fifo')), { message: /named pipe/ });
  await t.rejects(factsOfFile(join(folder, 'nope')), { message: /^open .*nope: no such file/ });
  await t.rejects(namesInFolder(join(folder, 'file')), { message: /^open .*file: not a directory/ });
});
