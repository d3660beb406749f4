import { mkdirSync, writeFileSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import t from 'tap';
import { filesystem } from '../../../src/node/collectors/filesystem.js';
import { SlowMounts, TIMED_OUT } from '../../../src/node/collectors/slow-mounts.js';
import { ManualClock } from '../../helpers/manual-clock.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { mountHung, withoutHungMounts } from '../../helpers/node/hung-mount.js';
import { askCollector } from '../../helpers/services/collect.js';

/** Waits for something that is on its way; tap's own timeout is the limit. */
async function until(isDone: () => boolean): Promise<void> {
  while (!isDone()) await setImmediate();
}

t.test(
  'a mount that hangs costs its own series, once its timeout, and no thread',
  { skip: withoutHungMounts },
  async (t) => {
    const { procfs, rootfs } = hostTree(t, {});
    const hung = await mountHung(rootfs);
    if (hung === undefined) {
      t.comment('skipped: this kernel does not let us mount');
      return;
    }
    const mounts = [
      '1 0 8:1 / / rw - ext4 /dev/sda1 rw',
      `2 1 0:1 / ${hung.path} rw - fuse.hung hung rw`,
      '3 1 0:2 / /usr rw - nfs4 server:/usr rw',
    ];
    mkdirSync(join(procfs, '1'));
    writeFileSync(join(procfs, '1/mountinfo'), mounts.map((line) => `${line}\n`).join(''));
    const clock = new ManualClock();
    const flags = { 'filesystem.mount-points-exclude': '' };
    const asked = askCollector(filesystem, { paths: { procfs }, clock, flags });
    t.teardown(asked.close);

    const first = asked.scrape();
    t.equal(clock.pending, 2, 'two that may be slow are asked');
    await until(() => clock.pending === 1);
    clock.advance(5);
    const text = await first;
    t.match(text, /size_bytes\{device="\/dev\/sda1",device_error="",fstype="ext4",mountpoint="\/"\} [1-9]/);
    t.match(text, /size_bytes\{device="server:\/usr",device_error="",fstype="nfs4",mountpoint="\/usr"\} [1-9]/);
    const errorLine =
      /device_error\{device="hung",device_error="mountpoint timeout",fstype="fuse.hung",mountpoint="[^"]+"\} 1/;
    t.match(text, errorLine);
    t.match(
      text,
      /readonly\{device="hung",device_error="mountpoint timeout",fstype="fuse.hung",mountpoint="[^"]+"\} 0/,
    );
    t.notMatch(text, /size_bytes\{device="hung"/);

    const second = asked.scrape();
    t.equal(clock.pending, 1, 'the one that hangs is not asked again');
    t.match(await second, errorLine);
    await Promise.all(Array.from({ length: 8 }, () => stat('/')));

    await hung.release();
    await until(() => asked.logLines.some((line) => line.includes('recovered')));
    const third = await asked.scrape();
    t.match(third, /device_error\{device="hung",device_error="(?!mountpoint timeout)[^"]+"/);
  },
);

t.test('the helper that asks', async (t) => {
  const clock = new ManualClock();
  const log = { debug: () => undefined, warn: () => undefined, error: () => undefined };
  const mounts = new SlowMounts({ timeoutSeconds: 5, clock, log });
  t.equal(mounts.helperPid, undefined, 'it is not there before it is needed');
  const [usr, again, absent] = await Promise.all(['/usr', '/usr', '/no/such'].map((path) => mounts.ask(path)));
  t.equal(usr?.kind, 'stats');
  t.equal(again, usr, 'one question for all who ask at the same time');
  t.same(absent, { kind: 'error', error: 'no such file or directory' });
  const pid = mounts.helperPid ?? 0;
  process.kill(pid, 'SIGKILL');
  await until(() => mounts.helperPid === undefined);
  t.equal((await mounts.ask('/usr')).kind, 'stats', 'it is started again');
  t.not(mounts.helperPid, pid);
  const last = mounts.helperPid ?? 0;
  process.kill(last, 'SIGSTOP');
  const waiting = mounts.ask('/usr');
  clock.advance(5);
  t.equal(await waiting, TIMED_OUT);
  t.equal(await mounts.ask('/usr'), TIMED_OUT, 'at once');
  mounts.close();
  t.equal(clock.pending, 0);
});
