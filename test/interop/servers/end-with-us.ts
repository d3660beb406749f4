import type { ChildProcess } from 'node:child_process';

/** The process groups that are to end with this process, by the id of their first process. */
const groups = new Set<number>();
const killAll = (): void => {
  for (const group of groups) killGroup(group);
  groups.clear();
};

/**
 * Ends a server that leads a process group, and what it started, when this process ends; also if that is by a signal,
 * as by timeout(1).
 */
export function endWithUs({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  if (groups.size === 0 && process.listenerCount('exit', killAll) === 0) {
    process.on('exit', killAll);
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const) {
      process.once(signal, () => {
        killAll();
        process.kill(process.pid, signal);
      });
    }
  }
  groups.add(pid);
}

/** Ends it now: what it left behind, or itself if it is still there. */
export function endNow({ pid }: ChildProcess): void {
  if (pid === undefined) return;
  killGroup(pid);
  groups.delete(pid);
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    // The whole group has ended by itself, which is the rule.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error;
  }
}
