import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Test } from 'tap';

/**
 * A folder for unix sockets, which goes with the test. The test's own is no place for them: the system cuts paths off
 * after 107 bytes.
 */
export function socketFolder(t: Test): string {
  const folder = mkdtempSync(join(tmpdir(), 'sonde-'));
  t.teardown(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}
