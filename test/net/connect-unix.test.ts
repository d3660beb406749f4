import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { connectUnix, type PathPolicy } from '../../src/net/connect-unix.js';
import { textOf } from '../../src/probe/error-text.js';
import { TargetPolicy } from '../../src/probe/policy/target-policy.js';
import { until } from '../helpers/until.js';

const NEVER = new AbortController().signal;

function folderOf(t: Test): string {
  // A path of a socket has at most 107 bytes.
  const folder = mkdtempSync(join(tmpdir(), 'sonde-unix-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true });
  });
  return folder;
}

/** A server that says its name. */
async function serve(t: Test, path: string, name: string): Promise<void> {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.end(name);
  });
  server.listen(path);
  await once(server, 'listening');
  t.teardown(() => server.close());
}

async function whoAnswers(path: string, policy: PathPolicy): Promise<string> {
  const socket = await connectUnix(path, { policy, signal: NEVER });
  let said = '';
  for await (const chunk of socket) said += String(chunk);
  return said;
}

const deny = (...paths: string[]): TargetPolicy => TargetPolicy.compile({ deny: [{ paths }], trust_proxies: false });

t.test('what was judged is what is dialled, whatever its names lead to by then', async (t) => {
  const rows: Readonly<Record<string, (folder: string) => void>> = {
    'the socket is replaced by a link': (folder) => {
      renameSync(join(folder, 'own/open.sock'), join(folder, 'own/away.sock'));
      symlinkSync(join(folder, 'secret/sock'), join(folder, 'own/open.sock'));
    },
    'its folder is replaced by a link': (folder) => {
      renameSync(join(folder, 'own'), join(folder, 'away'));
      mkdirSync(join(folder, 'other'));
      symlinkSync(join(folder, 'secret/sock'), join(folder, 'other/open.sock'));
      symlinkSync(join(folder, 'other'), join(folder, 'own'));
    },
    'the link leads elsewhere': (folder) => {
      rmSync(join(folder, 'link'));
      symlinkSync(join(folder, 'secret/sock'), join(folder, 'link'));
    },
  };
  for (const [name, swap] of Object.entries(rows)) {
    const folder = folderOf(t);
    for (const each of ['own', 'secret']) mkdirSync(join(folder, each));
    await serve(t, join(folder, 'own/open.sock'), 'open');
    await serve(t, join(folder, 'secret/sock'), 'secret');
    symlinkSync(join(folder, 'own/open.sock'), join(folder, 'link'));
    const policy = deny(join(folder, 'secret/*'));
    const swapping: PathPolicy = {
      judgesPaths: true,
      assertMayOpen: (path: string, real: string) => {
        policy.assertMayOpen(path, real);
        swap(folder);
      },
    };
    t.equal(await whoAnswers(join(folder, 'link'), swapping), 'open', name);
    const now = await whoAnswers(join(folder, 'link'), policy).catch(textOf);
    t.equal(now, 'The target is denied by target_policy', `${name}: and it is judged anew`);
  }
});

t.test('a policy of paths changes neither what is reached nor what is said of failures', async (t) => {
  const folder = folderOf(t);
  await serve(t, join(folder, 'open.sock'), 'open');
  await serve(t, `\0${folder}`, 'abstract');
  writeFileSync(join(folder, 'file'), '');
  symlinkSync('round', join(folder, 'round'));
  symlinkSync('open.sock', join(folder, 'link'));
  const policy = deny('/nowhere');
  const outcome = (path: string, by: TargetPolicy): Promise<string> => whoAnswers(path, by).catch(textOf);
  const rows = [
    ...['open.sock', 'link', 'file', 'none', 'file/none', 'round', 'no/such/folder', '.'].map((name) =>
      join(folder, name),
    ),
    `\0${folder}`,
    `\0${folder}-none`,
  ];
  for (const path of rows)
    t.equal(await outcome(path, policy), await outcome(path, TargetPolicy.ALLOW_ALL), JSON.stringify(path));
  t.equal(await outcome(join(folder, 'none'), policy), `dial unix ${folder}/none: connect: no such file or directory`);
});

t.test('nothing stays open, and an aborted probe ends', async (t) => {
  const folder = folderOf(t);
  await serve(t, join(folder, 'open.sock'), 'open');
  const policy = deny('/nowhere');
  const attempt = async (): Promise<void> => {
    await whoAnswers(join(folder, 'open.sock'), policy);
    await whoAnswers(join(folder, 'none'), policy).catch(() => undefined);
    await whoAnswers(join(folder, 'open.sock'), deny(join(folder, '*'))).catch(() => undefined);
    const ended = AbortSignal.abort(new Error('over'));
    await t.rejects(connectUnix(join(folder, 'open.sock'), { policy, signal: ended }), { message: 'over' });
  };
  await attempt();
  const { length } = readdirSync('/proc/self/fd');
  for (let round = 0; round < 10; round++) await attempt();
  await until(() => readdirSync('/proc/self/fd').length <= length, 'all is closed');
});
