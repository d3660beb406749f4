import { statfsSync } from 'node:fs';
import t from 'tap';
import { filesystem } from '../../../src/node/collectors/filesystem.js';
import { findSlowMounts } from '../../../src/node/collectors/local-file-systems.js';
import { statfsProblem } from '../../../src/node/collectors/mount-stats.js';
import { parseMounts } from '../../../src/node/collectors/mount-table.js';
import { hostTree } from '../../helpers/node/host-tree.js';
import { askCollector } from '../../helpers/services/collect.js';

t.test('lines of mountinfo', async (t) => {
  for (const [line, expected] of [
    [
      '36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 shared:7 - ext3 /dev/root rw,errors=continue',
      { device: '/dev/root', fstype: 'ext3', mountpoint: '/mnt2', major: '98', minor: '0', isReadOnly: false },
    ],
    [
      '1 0 0:5 / /a\\040b\\011c ro - nfs4 server:/x\\040y rw',
      { device: 'server:/x\\040y', fstype: 'nfs4', mountpoint: '/a b\tc', major: '0', minor: '5', isReadOnly: true },
    ],
    [
      '1 0 0:5 / / rw - ext4 /dev/sda rw,emergency_ro',
      { device: '/dev/sda', fstype: 'ext4', mountpoint: '/', major: '0', minor: '5', isReadOnly: true },
    ],
    [
      '1 0 0:5 / / rw,errors=remount-ro - ext4 /dev/sda rw,errors=remount-ro',
      { device: '/dev/sda', fstype: 'ext4', mountpoint: '/', major: '0', minor: '5', isReadOnly: false },
    ],
  ] as const) {
    t.same(parseMounts(`${line}\n`), [expected], line);
  }
  const noSource = '2 0 0:6 / /x rw - tmpfs  rw';
  t.match(
    parseMounts(`1 0 0:5 / /\n${noSource}\n`),
    [{ device: '', fstype: 'tmpfs', mountpoint: '/x' }],
    'a short line, and a mount without a source',
  );
  const escaped = parseMounts('1 0 0:5 / /a\\040b rw - cifs //srv/my\\040share rw\n');
  t.match(escaped, [{ device: '//srv/my\\040share', mountpoint: '/a b' }]);
});

t.test('which mounts may hang', async (t) => {
  const slowOf = (...mounts: readonly (readonly [string, string])[]): readonly string[] =>
    [
      ...findSlowMounts(
        mounts.map(([mountpoint, fstype]) => ({
          ...{ mountpoint, fstype, device: 'x', major: '0', minor: '0', isReadOnly: false },
        })),
      ),
    ].sort();
  t.same(slowOf(['/', 'ext4'], ['/run', 'tmpfs']), []);
  t.same(slowOf(['/', 'ext4'], ['/mnt', 'nfs4'], ['/mnt/a/b', 'ext4'], ['/mntx', 'xfs']), ['/mnt', '/mnt/a/b']);
  t.same(slowOf(['/', 'fuse.sshfs'], ['/run', 'tmpfs']), ['/', '/run']);
});

t.test('errors in the words of upstream', async (t) => {
  const systemError = (errno: number, message: string): Error => Object.assign(new Error(message), { errno });
  for (const [error, expected] of [
    [systemError(-13, "EACCES: permission denied, statfs '/x'"), 'permission denied'],
    [systemError(-107, "ENOTCONN: socket is not connected, statfs '/x'"), 'transport endpoint is not connected'],
    [systemError(-116, "Unknown system error -116: Unknown system error -116, statfs '/x'"), 'stale NFS file handle'],
  ] as const) {
    t.equal(statfsProblem(error), expected);
  }
});

t.test('the host’s root is somewhere else', async (t) => {
  // The folder is known once it is there.
  const { rootfs } = hostTree(t, {});
  const line = (mountpoint: string): string => `1 0 8:1 / ${mountpoint} rw - ext4 /dev/sda1 rw\n`;
  const paths = hostTree(t, {
    root: { 'boot/vmlinuz': '' },
    proc: { '1/mountinfo': [rootfs, `${rootfs}/boot`, '/gone', '/boot'].map(line).join('') },
  });
  const asked = askCollector(filesystem, { paths });
  t.teardown(asked.close);
  const text = await asked.scrape();
  t.same(
    [
      ...text.matchAll(/device_error\{device="\/dev\/sda1",device_error="(.*)",fstype="ext4",mountpoint="(.*)"\} (.)/g),
    ].map(([, error, mountpoint, value]) => [mountpoint, error, value]),
    [
      ['/', '', '0'],
      ['/boot', '', '0'],
      ['/gone', 'no such file or directory', '1'],
    ],
  );
});

t.test('sizes are in bytes', async (t) => {
  const { rootfs } = hostTree(t, {});
  const mountinfo = `1 0 8:1 / ${rootfs} rw - ext4 /dev/sda1 rw\n`;
  const asked = askCollector(filesystem, { paths: hostTree(t, { root: {}, proc: { '1/mountinfo': mountinfo } }) });
  t.teardown(asked.close);
  const text = await asked.scrape();
  const shown = (name: string): number =>
    Number(new RegExp(`^node_filesystem_${name}_bytes\\{.*\\} (.*)$`, 'm').exec(text)?.[1]);
  const { blocks, bsize, bfree, bavail } = statfsSync(rootfs);
  t.equal(shown('size'), blocks * bsize);
  // Others write meanwhile.
  const isAbout = (value: number, expected: number): boolean => value <= 2 * expected && value >= expected / 2;
  t.ok(isAbout(shown('free'), bfree * bsize), 'free');
  t.ok(isAbout(shown('avail'), bavail * bsize), 'avail');
});
