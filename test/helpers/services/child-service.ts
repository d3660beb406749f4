import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';

export interface ChildServiceOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** What the service writes to stdout or stderr once it listens, in whole lines; its first group is the address. */
  readonly ready: RegExp;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly startSeconds?: number;
}

/** A service that runs in a process of its own. */
export interface ChildService {
  /** `host:port`, from what the service said itself. */
  readonly address: string;
  readonly pid: number;
  /** The last that it wrote; all that it ever will once `stop` has resolved. */
  readonly output: () => string;
  /**
   * Ends it with `signal` (SIGTERM), with SIGKILL after `seconds` (a minute, which a busy machine may need); resolves
   * to its exit code, null after a signal.
   */
  readonly stop: (signal?: NodeJS.Signals, seconds?: number) => Promise<number | null>;
}

const START_SECONDS = 60;
const STOP_SECONDS = 60;
/** How long the rest of its output is waited for: a process of its own may hold the pipe for longer. */
const DRAIN_MS = 5000;
const LONGEST_OUTPUT = 100_000;

/**
 * Starts a service and waits until it says that it listens. Throws with its output if it ends before, or does not get
 * there in time.
 */
export async function startChildService(options: ChildServiceOptions): Promise<ChildService> {
  const { command, args, ready, cwd, env, startSeconds = START_SECONDS } = options;
  const child = spawn(command, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
    ...(env !== undefined && { env: { ...process.env, ...env } }),
  });
  let output = '';
  const address = new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => {
      reject(new Error(`Cannot start "${command}": ${why}\n${output}`));
    };
    const timer = setTimeout(() => {
      fail('it is not ready in time');
    }, startSeconds * 1000);
    const onData = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-LONGEST_OUTPUT);
      const [, found] = ready.exec(output.slice(0, output.lastIndexOf('\n') + 1)) ?? [];
      if (found === undefined) return;
      clearTimeout(timer);
      resolve(found);
    };
    child.stdout.on('data', onData);
    child.stderr.on('data', onData);
    child.on('error', (error) => {
      clearTimeout(timer);
      fail(error.message);
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      fail(`it ended with ${code ?? signal ?? 'an unknown code'}`);
    });
  });
  try {
    return {
      address: await address,
      pid: child.pid ?? 0,
      output: () => output,
      stop: (signal, seconds) => stopChild(child, signal, seconds),
    };
  } catch (error) {
    await stopChild(child, 'SIGKILL');
    throw error;
  }
}

async function stopChild(
  child: ChildProcess,
  signal: NodeJS.Signals = 'SIGTERM',
  seconds = STOP_SECONDS,
): Promise<number | null> {
  if (child.pid === undefined) return null;
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const [ended, closed] = [once(child, 'exit'), once(child, 'close')];
  child.kill(signal);
  const timer = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  await ended;
  clearTimeout(timer);
  const isDrained = new AbortController();
  const drained = sleep(DRAIN_MS, undefined, { signal: isDrained.signal }).catch(() => undefined);
  await Promise.race([closed, drained]);
  isDrained.abort();
  return child.exitCode;
}
