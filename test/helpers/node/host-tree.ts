import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Test } from 'tap';
import type { HostPaths } from '../../../src/node/host-files.js';

/**
 * Files by their paths. A value that begins with `-> ` makes a symbolic link, a path that ends with `/` an empty
 * folder.
 */
export type Files = Readonly<Record<string, string>>;

export interface HostTree {
  readonly proc?: Files;
  readonly sys?: Files;
  readonly udev?: Files;
  readonly root?: Files;
}

/** Writes a small host into the test's own folder, which goes with it. */
export function hostTree(t: Test, { proc, sys, udev, root }: HostTree): HostPaths {
  const folder = t.testdir();
  const paths = {
    procfs: join(folder, 'proc'),
    sysfs: join(folder, 'sys'),
    rootfs: join(folder, 'root'),
    udevData: join(folder, 'udev'),
  };
  writeTree(paths.procfs, proc);
  writeTree(paths.sysfs, sys);
  writeTree(paths.udevData, udev);
  writeTree(paths.rootfs, root);
  return paths;
}

/** Writes `files` below `folder`, which is made where it is missing. */
export function writeTree(folder: string, files: Files = {}): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(name.endsWith('/') ? path : dirname(path), { recursive: true });
    if (name.endsWith('/')) continue;
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), path);
    else writeFileSync(path, content);
  }
}
