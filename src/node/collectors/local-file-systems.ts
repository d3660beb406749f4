import type { Mount } from './mount-table.js';

/**
 * File systems whose statfs(2) is answered from memory, or from a disk of this machine. All others (NFS, CIFS, FUSE,
 * Ceph, 9p …) ask somebody, who may never answer.
 */
const LOCAL: ReadonlySet<string> = new Set([
  ...['ext2', 'ext3', 'ext4', 'xfs', 'btrfs', 'bcachefs', 'zfs', 'f2fs', 'jfs', 'nilfs2', 'reiserfs', 'minix', 'ufs'],
  ...['vfat', 'msdos', 'exfat', 'ntfs', 'ntfs3', 'hfs', 'hfsplus', 'iso9660', 'udf'],
  ...['squashfs', 'erofs', 'cramfs', 'romfs', 'jffs2', 'ubifs'],
  ...['tmpfs', 'ramfs', 'devtmpfs', 'hugetlbfs', 'overlay', 'rootfs'],
  ...['proc', 'sysfs', 'cgroup', 'cgroup2', 'devpts', 'mqueue', 'debugfs', 'tracefs', 'securityfs', 'pstore', 'bpf'],
  ...['configfs', 'efivarfs', 'binfmt_misc', 'selinuxfs', 'fusectl', 'rpc_pipefs', 'nsfs', 'resctrl'],
]);

/**
 * The mounts that may take for ever: those that ask somebody, and those that are reached through one of them. `all` are
 * those of the host.
 */
export function findSlowMounts(all: readonly Mount[]): ReadonlySet<string> {
  const slow = new Set(all.filter(({ fstype }) => !LOCAL.has(fstype)).map(({ mountpoint }) => mountpoint));
  if (slow.size === 0) return slow;
  for (const { mountpoint } of all) if (isBelow(mountpoint, slow)) slow.add(mountpoint);
  return slow;
}

function isBelow(path: string, folders: ReadonlySet<string>): boolean {
  for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
    if (folders.has(path.slice(0, at))) return true;
  }
  return folders.has('/');
}
