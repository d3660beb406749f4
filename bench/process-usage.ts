import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** What the kernel says of a process and those that it has started, all their threads together. */
export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly residentMib: number;
  /** The most that was ever resident. */
  readonly peakMib: number;
}

/** Linux reports CPU time in hundredths of a second (USER_HZ), whatever the kernel's own tick. */
const TICKS_PER_SECOND = 100;

/**
 * Reads /proc of a running process and of its children. Memory that they share, such as the program's own code, counts
 * for each.
 */
export function processUsage(pid: number): ProcessUsage {
  const all = [pid, ...childrenOf(pid)].map(usageOfOne);
  const sum = (what: (usage: ProcessUsage) => number): number => all.reduce((total, each) => total + what(each), 0);
  return {
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    residentMib: sum(({ residentMib }) => residentMib),
    peakMib: sum(({ peakMib }) => peakMib),
  };
}

/**
 * The CPU milliseconds of all threads of a process, to the nanosecond: for processes whose threads do not end, since
 * those that have ended are not counted.
 */
export function threadCpuMs(pid: number): number {
  return readdirSync(`/proc/${pid}/task`)
    .map((thread) => Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]))
    .reduce((sum, nanoseconds) => sum + nanoseconds / 1e6, 0);
}

/** None where the kernel does not list them. */
function childrenOf(pid: number): readonly number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  return existsSync(file) ? (readFileSync(file, 'utf8').match(/\d+/g) ?? []).map(Number) : [];
}

function usageOfOne(pid: number): ProcessUsage {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name in parentheses may hold blanks; the fields that count begin behind it, with field 3.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return {
    cpuSeconds: (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND,
    residentMib: kibibytes(status, 'VmRSS') / 1024,
    peakMib: kibibytes(status, 'VmHWM') / 1024,
  };
}

function kibibytes(status: string, key: string): number {
  const [, text] = new RegExp(`^${key}:\\s+(\\d+) kB`, 'm').exec(status) ?? [];
  if (text === undefined) throw new Error(`Cannot find ${key} in the status of a process`);
  return Number(text);
}
