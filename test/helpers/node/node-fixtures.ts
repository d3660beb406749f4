import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Test } from 'tap';
import type { HostPaths } from '../../../src/node/host-files.js';
import { REPOSITORY } from '../peer.js';
import { type Files, writeTree } from './host-tree.js';

const STORED = join(REPOSITORY, 'test/fixtures/node');

/** Where node_exporter's end-to-end test finds its trees, relative to the folder that it runs in. */
const FIXTURES = 'collector/fixtures';

/** The trees of node_exporter's end-to-end test. */
export interface NodeFixtures {
  /** Holds `collector/fixtures`; paths in the expected output are relative to it. */
  readonly folder: string;
  readonly paths: HostPaths;
  /** What the end-to-end test expects. */
  readonly expected: string;
}

/** Unpacks the trees into the test's own folder, which goes with it. */
export function nodeFixtures(t: Test): NodeFixtures {
  const folder = t.testdir();
  const to = join(folder, FIXTURES);
  // The file's shape is that of `Files`; see its README.
  writeTree(to, JSON.parse(readFileSync(join(STORED, 'tree.json'), 'utf8')) as Files);
  const paths = {
    procfs: join(to, 'proc'),
    sysfs: join(to, 'sys'),
    rootfs: to,
    udevData: join(to, 'udev/data'),
  };
  return { folder, paths, expected: readFileSync(join(STORED, 'e2e-output.txt'), 'utf8') };
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
