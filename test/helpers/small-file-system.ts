import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/** Mounts a file system of three megabytes until the test ends; undefined where none can be mounted. */
export function mountSmall(t: Test): string | undefined {
  const mount = mkdtempSync(join(tmpdir(), 'sonde-full-'));
  const isMounted = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=3m', 'sonde-test', mount]).status === 0;
  t.teardown(() => {
    if (isMounted) spawnSync('umount', ['-l', mount]);
    rmSync(mount, { recursive: true });
  });
  return isMounted ? mount : undefined;
}
