import type { Shell } from '../../../src/cli/shell.js';
import type { Prober } from '../../../src/probe/prober.js';
import { systemClock } from '../../../src/values/clock.js';

export interface TestShell extends Shell {
  /** What was written so far. */
  readonly written: { out: string; err: string };
  readonly logLines: string[];
  /** Does what the operating system would do. */
  readonly send: (signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM') => void;
  readonly exits: number[];
}

/** A shell that a test looks into. */
export function testShell(args: readonly string[], probers: readonly Prober[] = []): TestShell {
  const written = { out: '', err: '' };
  const logLines: string[] = [];
  const exits: number[] = [];
  const listeners: { readonly name: string; readonly listener: () => void }[] = [];
  return {
    args,
    isTerminal: false,
    isOutTerminal: false,
    readInput: () => Promise.resolve(''),
    columns: 80,
    written,
    logLines,
    exits,
    out: (text) => {
      written.out += text;
    },
    err: (text) => {
      written.err += text;
    },
    onSignal: (name, listener) => {
      listeners.push({ name, listener });
    },
    endOnHangUp: () => undefined,
    onBug: () => undefined,
    sayStarted: () => undefined,
    exitAtOnce: (code) => {
      exits.push(code);
    },
    send: (signal) => {
      for (const { name, listener } of listeners) if (name === signal) listener();
    },
    build: { version: '1.2.3', revision: 'r', branch: 'b', goos: 'linux', goarch: 'amd64', nodeVersion: 'v20.1.2' },
    hostname: 'me',
    pid: 1,
    env: {},
    clock: systemClock,
    log: { push: (line) => logLines.push(line), dropped: 0 },
    probers,
  };
}

/** Like testShell, for `sonde probe` with the real probers. */
export function realShell(args: readonly string[]): Omit<TestShell, 'probers'> {
  const shell: TestShell & { probers?: unknown } = { ...testShell(['probe', ...args]) };
  delete shell.probers;
  return shell;
}
