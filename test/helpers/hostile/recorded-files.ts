import { existsSync, realpathSync, statSync } from 'node:fs';
import { type FileTree, HostFiles, type HostPaths } from '../../../src/node/host-files.js';

/** A host whose files are noted down when they are asked for. */
export interface RecordedFiles {
  readonly files: HostFiles;
  /** Those that were there, by their real paths, each once. */
  readonly read: () => readonly string[];
}

export function recordFiles(paths: HostPaths): RecordedFiles {
  const host = new HostFiles(paths);
  const asked = new Set<string>();
  const recorded = (tree: FileTree): FileTree =>
    new Proxy(tree, {
      get: (_, name) => {
        const member = Reflect.get(tree, name) as unknown;
        if (typeof member !== 'function') return member;
        return (path: string): unknown => {
          asked.add(`${tree.root}/${path}`);
          return (member as (path: string) => unknown).call(tree, path);
        };
      },
    });
  const { proc, sys, udev, root } = host;
  const files = Object.assign(host, {
    proc: recorded(proc),
    sys: recorded(sys),
    udev: recorded(udev),
    root: recorded(root),
  });
  return { files, read: () => [...new Set([...asked].flatMap(realFile))] };
}

function realFile(path: string): readonly string[] {
  return existsSync(path) && statSync(path).isFile() ? [realpathSync(path)] : [];
}
