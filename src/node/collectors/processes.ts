import { readdirSync, readFileSync } from 'node:fs';
import { gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorSpec } from '../collector.js';
import { parseWhole } from '../numbers.js';

const threads = gauge('node_processes_threads', 'Allocated threads in system');
const maxThreads = gauge('node_processes_max_threads', 'Limit of threads in the system');
const states = gauge('node_processes_state', 'Number of processes in each state.', ['state']);
const threadStates = gauge('node_processes_threads_state', 'Number of threads in each state.', ['thread_state']);
const pids = gauge('node_processes_pids', 'Number of PIDs');
const maxPids = gauge('node_processes_max_processes', 'Number of max PIDs limit');

/** /proc/<pid>/stat and /proc/<pid>/task/<tid>/stat: the most work of all collectors on a host with many threads. */
export const processes: CollectorSpec = {
  name: 'processes',
  isDefault: false,
  flags: [],
  create: () => ({
    collect: ({ metrics, files: { proc } }) => {
      const census = takeCensus(proc.root, proc.names(''));
      metrics.set(threads, census.threads);
      for (const [state, count] of census.states) metrics.setWith(states, { state }, count);
      for (const [state, count] of census.threadStates) metrics.setWith(threadStates, { thread_state: state }, count);
      metrics.set(pids, census.pids);
      apart(metrics, () => {
        metrics.set(maxThreads, parseWhole(proc.text('sys/kernel/threads-max').trim()));
      });
      apart(metrics, () => {
        metrics.set(maxPids, parseWhole(proc.text('sys/kernel/pid_max').trim()));
      });
    },
  }),
};

interface Census {
  pids: number;
  threads: number;
  readonly states: Map<string, number>;
  readonly threadStates: Map<string, number>;
}

/**
 * Counts processes and threads. It reads their files directly: nobody else reads them, so that keeping their contents
 * for the scrape would waste memory.
 */
function takeCensus(root: string, names: readonly string[]): Census {
  const census: Census = { pids: 0, threads: 0, states: new Map(), threadStates: new Map() };
  for (const pid of names) {
    const stat = /^\d/.test(pid) ? readStat(`${root}/${pid}/stat`) : undefined;
    if (stat === undefined) continue;
    census.pids += 1;
    census.threads += stat.threads;
    count(census.states, stat.state);
    for (const thread of threadsOf(`${root}/${pid}/task`)) {
      // The first thread has the number and the state of its process.
      const state = thread === pid ? stat.state : readStat(`${root}/${pid}/task/${thread}/stat`)?.state;
      if (state !== undefined) count(census.threadStates, state);
    }
  }
  return census;
}

function count(counts: Map<string, number>, state: string): void {
  counts.set(state, (counts.get(state) ?? 0) + 1);
}

/**
 * proc(5): the state is the third field, the number of threads the twentieth; the second, in parentheses, may hold
 * anything. Undefined for a process that is gone or has no such fields.
 */
function readStat(path: string): { readonly state: string; readonly threads: number } | undefined {
  const text = readIfAlive(() => readFileSync(path, 'utf8'));
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', 18);
  const [state = ''] = fields;
  const threads = parseWhole(fields[17] ?? '');
  return state === '' || Number.isNaN(threads) ? undefined : { state, threads };
}

function threadsOf(folder: string): readonly string[] {
  return readIfAlive(() => readdirSync(folder)) ?? [];
}

/** Processes and threads end while they are being counted, and with hidepid= some are none of our business. */
function readIfAlive<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}
