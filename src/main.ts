import { readFileSync, write } from 'node:fs';
import { arch, hostname } from 'node:os';
import process from 'node:process';
import { isatty } from 'node:tty';
import type { Shell } from './cli/shell.js';
import { versionText } from './cli/version-text.js';
import { PACKAGE_ROOT } from './files/package-root.js';
import { areFilesUnderWay, filesIdle } from './files/regular-file.js';
import { LineOutput } from './log/line-output.js';
import { systemClock } from './values/clock.js';

/** How long the process waits at its end for a slow reader of its output, and for files, in milliseconds. */
const DRAIN_MS = 1000;

/** Go's names, which the build metric keeps, where Node's are others. */
const GO_ARCHITECTURES: ReadonlyMap<string, string> = new Map(Object.entries<string>({ x64: 'amd64', ia32: '386' }));

function outputTo(fileDescriptor: number): LineOutput {
  return new LineOutput((bytes, done) => {
    write(fileDescriptor, bytes, done);
  });
}

function packageVersion(): string {
  const text = readFileSync(new URL('package.json', PACKAGE_ROOT), 'utf8');
  // The file is ours.
  return (JSON.parse(text) as { readonly version: string }).version;
}

/** The stamp of the build (scripts/stamp-build.mjs); `unknown` if it is missing or damaged. */
function buildStamp(): { readonly revision: string; readonly branch: string } {
  try {
    const stamp: unknown = JSON.parse(readFileSync(new URL('dist/build.json', PACKAGE_ROOT), 'utf8'));
    // Our build wrote the file, so its values are texts.
    const { revision = 'unknown', branch = 'unknown' } = stamp as {
      readonly revision?: string;
      readonly branch?: string;
    };
    return { revision, branch };
  } catch {
    return { revision: 'unknown', branch: 'unknown' };
  }
}

try {
  // Node keeps the answer: modules that ask for it when they are loaded may be loaded after the folder is gone.
  process.cwd();
} catch {
  // The folder is gone already.
}

const out = outputTo(1);
const err = outputTo(2);

let isHangUpKept = false;

/**
 * SIGHUP does not end a process that starts: whoever sends it wants a service to read its files again, and cannot know
 * how far the start is. One that comes before anything listens to it is kept.
 */
function keepHangUp(): void {
  isHangUpKept = true;
}

process.on('SIGHUP', keepHangUp);

/** Somebody else deals with SIGHUP from now on; returns whether one was kept. */
function releaseHangUp(): boolean {
  process.off('SIGHUP', keepHangUp);
  const wasKept = isHangUpKept;
  isHangUpKept = false;
  return wasKept;
}

/**
 * Ends the process. Node's exit waits for the threads of its pool, so with a call that hangs (a mount without a server,
 * a pipe that nobody reads) it would never come: then the process ends by the signal, which needs no thread, and which
 * service managers take for a clean end.
 */
function exitAtOnce(code: number): void {
  if (!areFilesUnderWay() && !out.isBusy && !err.isBusy) process.exit(code);
  process.removeAllListeners('SIGTERM');
  process.kill(process.pid, 'SIGTERM');
  // Still here: the first process of a container, which signals from within do not end.
  process.abort();
}

async function readInput(mostBytes: number): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of process.stdin as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > mostBytes) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

/** The version alone needs no commands, which take most of the time of a start. */
async function run(shell: Shell): Promise<number> {
  const [only, ...others] = shell.args;
  if (others.length === 0 && (only === '--version' || only === 'version')) {
    shell.out(versionText(shell.build));
    return 0;
  }
  const { runCommand } = await import('./cli/run-command.js');
  return runCommand(shell);
}

let sayStarted: () => void = () => undefined;

/**
 * Resolves once services have started and are warm. bin/sonde waits for it, since it tunes the process for the start.
 */
export const started: Promise<void> = new Promise((resolve) => {
  sayStarted = resolve;
});

const shell: Shell = {
  args: process.argv.slice(2),
  isTerminal: isatty(2),
  isOutTerminal: isatty(1),
  readInput,
  columns: Number(process.env['COLUMNS'] ?? process.stdout.columns) || 80,
  out: (text) => {
    out.push(text);
  },
  err: (text) => {
    err.push(text);
  },
  onSignal: (name, listener) => {
    process.on(name, listener);
    if (name === 'SIGHUP' && releaseHangUp()) listener();
  },
  endOnHangUp: () => {
    if (releaseHangUp()) process.kill(process.pid, 'SIGHUP');
  },
  onBug: (listener) => {
    process.on('uncaughtException', listener);
    process.on('unhandledRejection', listener);
  },
  exitAtOnce,
  sayStarted,
  build: {
    version: packageVersion(),
    ...buildStamp(),
    goos: process.platform,
    goarch: GO_ARCHITECTURES.get(arch()) ?? arch(),
    nodeVersion: process.version,
  },
  hostname: hostname(),
  pid: process.pid,
  env: process.env,
  clock: systemClock,
  log: err,
};

async function runToTheEnd(): Promise<void> {
  const code = await run(shell);
  const timer = setTimeout(() => {
    exitAtOnce(code);
  }, DRAIN_MS);
  // What waits for one of them may go on with another: a service that reads its files again reads several.
  while (out.isBusy || err.isBusy || areFilesUnderWay()) {
    await Promise.all([out.drained(), err.drained(), filesIdle()]);
  }
  clearTimeout(timer);
  exitAtOnce(code);
}

/** Rejects where something is missing of what is loaded; otherwise the process ends. */
export const ended: Promise<void> = runToTheEnd();
