import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Debian's Go, unpacked below SONDE_SERVERS (see .ci/servers) or installed. */
export interface Golang {
  readonly go: string;
  /** Where Debian's libraries are. */
  readonly goPath: string;
  /** Builds with Debian's libraries and nothing else. */
  readonly env: Readonly<Record<string, string>>;
}

/** Undefined if there is none. */
export function findGo(): Golang | undefined {
  const roots = [process.env['SONDE_SERVERS'] ?? '/nonexistent', ''];
  const root = roots.find((each) => existsSync(join(each, '/usr/lib/go/bin/go')));
  if (root === undefined) return undefined;
  const goRoot = join(root, '/usr/lib/go');
  const goPath = join(root, '/usr/share/gocode');
  return {
    go: join(goRoot, 'bin/go'),
    goPath,
    env: { GOROOT: goRoot, GOPATH: goPath, GO111MODULE: 'off', GOFLAGS: '', CGO_ENABLED: '0' },
  };
}

/** Builds a program of one file; throws with what the compiler says. Returns where it is. */
export function buildGo({ go, env }: Golang, source: string, folder: string): string {
  const program = join(folder, 'program');
  const { status, stderr, error } = spawnSync(go, ['build', '-o', program, source], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env, GOCACHE: join(folder, 'cache'), HOME: folder },
  });
  if (status !== 0) throw new Error(`Cannot build "${source}": ${error?.message ?? stderr}`);
  return program;
}
