import { readdirSync, readFileSync } from 'node:fs';
import { counter, gauge, type MetricDefinition } from './metric-definition.js';
import type { Gatherer } from './metric-family.js';
import { MetricSet } from './metric-set.js';

const cpuSeconds = counter('process_cpu_seconds_total', 'Total user and system CPU time spent in seconds.');
const maxFds = gauge('process_max_fds', 'Maximum number of open file descriptors.');
const openFds = gauge('process_open_fds', 'Number of open file descriptors.');
const residentBytes = gauge('process_resident_memory_bytes', 'Resident memory size in bytes.');
const virtualBytes = gauge('process_virtual_memory_bytes', 'Virtual memory size in bytes.');
const virtualMaxBytes = gauge(
  'process_virtual_memory_max_bytes',
  'Maximum amount of virtual memory available in bytes.',
);
const startTime = gauge('process_start_time_seconds', 'Start time of the process since unix epoch in seconds.');
const receivedBytes = counter(
  'process_network_receive_bytes_total',
  'Number of bytes received by the process over the network.',
);
const sentBytes = counter(
  'process_network_transmit_bytes_total',
  'Number of bytes sent by the process over the network.',
);

/** USER_HZ: times in /proc are in hundredths of a second on every Linux architecture that Node runs on. */
const TICKS_PER_SECOND = 100;

/** The value that upstream reports for "unlimited". */
const UNLIMITED = 2 ** 64;

/**
 * The `process_*` metrics of every Prometheus client library, read from `procRoot` (/proc). Without /proc (not Linux)
 * there are none.
 */
export function processMetrics(procRoot: string): Gatherer {
  const read = (file: string): string | undefined => readIfThere(`${procRoot}/${file}`);
  // The boot time does not change, and reading /proc/stat is slow on hosts with many CPUs.
  const bootSeconds = Number(/^btime (\d+)$/m.exec(read('stat') ?? '')?.[1] ?? NaN);
  return () => {
    const metrics = new MetricSet();
    const set = (metric: MetricDefinition<never>, value: number | undefined): void => {
      if (value !== undefined && !Number.isNaN(value)) metrics.set(metric, value);
    };
    const stat = statFields(read('self/stat'));
    if (stat !== undefined) {
      set(cpuSeconds, (stat(14) + stat(15)) / TICKS_PER_SECOND);
      set(startTime, bootSeconds + stat(22) / TICKS_PER_SECOND);
      set(virtualBytes, stat(23));
    }
    set(residentBytes, residentOf(read('self/status')));
    const limits = read('self/limits');
    set(maxFds, limitOf(limits, 'Max open files'));
    set(virtualMaxBytes, limitOf(limits, 'Max address space'));
    set(openFds, countOpenFiles(procRoot));
    const netstat = read('self/net/netstat');
    set(receivedBytes, netstatValue(netstat, 'InOctets'));
    set(sentBytes, netstatValue(netstat, 'OutOctets'));
    return metrics.families();
  };
}

/** Reads a file of /proc, or returns undefined: some kernels and sandboxes do not have it. */
function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

function countOpenFiles(procRoot: string): number | undefined {
  try {
    // One of the descriptors belongs to this listing.
    return readdirSync(`${procRoot}/self/fd`).length - 1;
  } catch (error) {
    if (error instanceof Error && 'code' in error) return undefined;
    throw error;
  }
}

/**
 * Returns a function that gives the fields of /proc/self/stat by their numbers in proc(5). Field 2, a name in
 * parentheses, may contain blanks.
 */
function statFields(text: string | undefined): ((number: number) => number) | undefined {
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (number) => Number(fields[number - 3] ?? NaN);
}

/** Reads /proc/self/status, not stat: stat counts in pages, and Node does not tell the page size. */
function residentOf(status: string | undefined): number | undefined {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

function limitOf(text: string | undefined, name: string): number | undefined {
  const line = text?.split('\n').find((each) => each.startsWith(`${name} `));
  const [soft] = line?.slice(name.length).trim().split(' ', 1) ?? [];
  if (soft === undefined) return undefined;
  return soft === 'unlimited' ? UNLIMITED : Number(soft);
}

/**
 * /proc/self/net/netstat has a line of names and a line of values for each group. Like upstream, this reads the group
 * IpExt.
 */
function netstatValue(text: string | undefined, name: string): number | undefined {
  const [names, values] = (text ?? '').split('\n').filter((line) => line.startsWith('IpExt:'));
  const index = names?.split(' ').indexOf(name) ?? -1;
  const value = index < 0 ? undefined : values?.split(' ')[index];
  return value === undefined ? undefined : Number(value);
}
