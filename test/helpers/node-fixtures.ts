import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import type { Test } from 'tap';
import type { HostPaths } from '../../src/node/host-files.js';
import { NODE_FIXTURES } from './host-tree.js';

/** Where upstream's end-to-end test finds its trees, relative to the folder that it runs in. */
const FIXTURES = 'collector/fixtures';

/** Why tests with upstream's trees are left out; false if the trees are there. */
export const withoutNodeFixtures: string | false = existsSync(join(NODE_FIXTURES, FIXTURES))
  ? false
  : `there is no ${NODE_FIXTURES}/${FIXTURES}`;

/** Upstream's trees, as its end-to-end test has them. */
export interface NodeFixtures {
  /** Holds `collector/fixtures`; paths in the expected output are relative to it. */
  readonly folder: string;
  readonly paths: HostPaths;
  /** What the end-to-end test expects. */
  readonly expected: string;
}

/** Folders that are empty, which a copy of files does not have. */
const EMPTY_FOLDERS = ['sys/class/watchdog/watchdog1'];

/**
 * Copies upstream's trees to the test's own folder, which goes with it. In the copy that is shared symbolic links are files that hold
 * where they lead (`../../devices/platform/coretemp.0`); here they are links again.
 */
export function nodeFixtures(t: Test): NodeFixtures {
  const folder = t.testdir();
  const to = join(folder, FIXTURES);
  copyTree(join(NODE_FIXTURES, FIXTURES), to);
  for (const empty of EMPTY_FOLDERS) mkdirSync(join(to, empty));
  const paths = {
    procfs: join(to, 'proc'),
    sysfs: join(to, 'sys'),
    rootfs: to,
    udevData: join(to, 'udev/data'),
  };
  return { folder, paths, expected: readFileSync(join(to, 'e2e-output.txt'), 'utf8') };
}

function copyTree(from: string, to: string): void {
  mkdirSync(to, { recursive: true });
  for (const entry of readdirSync(from, { withFileTypes: true })) {
    const source = join(from, entry.name);
    const target = join(to, entry.name);
    if (entry.isDirectory()) copyTree(source, target);
    else copyFile(source, target);
  }
}

function copyFile(from: string, to: string): void {
  const content = readFileSync(from);
  const text = content.toString('latin1');
  if (/^\.\.(?:\/[^\n]*)?$/.test(text)) symlinkSync(text, to);
  else writeFileSync(to, content);
}

/** The families whose names match, with HELP and TYPE lines, as they stand in a whole output. */
export function familiesOf(output: string, names: RegExp): string {
  const lines = output.split('\n').filter((line) => {
    const name = /^(?:# (?:HELP|TYPE) )?(\w+)/.exec(line)?.[1];
    return name !== undefined && names.test(name);
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** How many lines are samples. */
export function countSamples(output: string): number {
  return output.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}
