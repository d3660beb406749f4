import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

import type { Test } from 'tap';
import type { HostPaths } from '../../src/node/host-files.js';
import { REPOSITORY } from './peer.js';

/** Upstream's trees of files to collect from; tests that need them skip where they are absent. */
export const NODE_FIXTURES = join(REPOSITORY, '../shared/node-fixtures');

/** Files by their paths; what begins with `-> ` is a symbolic link. */
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

function writeTree(folder: string, files: Files = {}): void {
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    if (content.startsWith('-> ')) symlinkSync(content.slice(3), path);
    else writeFileSync(path, content);
  }
}
