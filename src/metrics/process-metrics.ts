import { type Filler, gathererOf } from './gather-all.js';
import { counter, gauge, type MetricDefinition } from './metric-definition.js';
import type { Gatherer } from './metric-family.js';
import type { MetricSet } from './metric-set.js';
import { countEntries, procFiles, readIfThere } from './proc-files.js';

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

/** A line of /proc/self/limits. */
const MOST_DESCRIPTORS = 'Max open files';

/** The value that upstream reports for "unlimited". */
const UNLIMITED = 2 ** 64;

/** The resources of further processes of the service, summed. */
export interface MoreProcesses {
  readonly cpuSeconds: number;
  readonly residentBytes: number;
  readonly virtualBytes: number;
  readonly openFds: number;
}

function noMore(): MoreProcesses {
  return { cpuSeconds: 0, residentBytes: 0, virtualBytes: 0, openFds: 0 };
}

/** The resources of one process, from /proc; undefined if the process has ended or there is no /proc. */
export function readProcess(procRoot: string, pid: number): MoreProcesses | undefined {
  const stat = statFields(readIfThere(`${procRoot}/${pid}/stat`));
  if (stat === undefined) return undefined;
  return {
    cpuSeconds: (stat(14) + stat(15)) / TICKS_PER_SECOND,
    residentBytes: residentOf(readIfThere(`${procRoot}/${pid}/status`)) ?? 0,
    virtualBytes: stat(23),
    openFds: countEntries(`${procRoot}/${pid}/fd`) ?? 0,
  };
}

/**
 * The `process_*` metrics of every Prometheus client library, read from `procRoot` (/proc). Without /proc (not Linux)
 * there are none. What `more` processes take is added where a sum has a meaning: CPU, memory and descriptors; limits,
 * the start and the network's counters, which are the host's, stay those of this process.
 */
export function processMetrics(procRoot: string, more?: () => MoreProcesses): Gatherer {
  return gathererOf(processFiller(procRoot, more));
}

/** The same, put into a set. */
export function processFiller(procRoot: string, more: () => MoreProcesses = noMore): Filler {
  const { read, countDescriptors } = procFiles(procRoot);
  // The boot time does not change, and reading /proc/stat is slow on hosts with many CPUs.
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readIfThere(`${procRoot}/stat`) ?? '')?.[1] ?? NaN);
  const resident = residentOf(readIfThere(`${procRoot}/self/status`));
  const pageBytes = pageSizeOf(resident, statFields(read('self/stat'))?.(RESIDENT_PAGES));
  return (metrics: MetricSet) => {
    const others = more();
    const set = (metric: MetricDefinition<never>, value: number | undefined): void => {
      if (value !== undefined && !Number.isNaN(value)) metrics.set(metric, value);
    };
    const stat = statFields(read('self/stat')) ?? (() => NaN);
    const limits = read('self/limits');
    const netstat = netstatOf(read('self/net/netstat'));
    const resident = pageBytes === undefined ? residentOf(read('self/status')) : stat(RESIDENT_PAGES) * pageBytes;
    // By name, so that nothing has to be sorted.
    set(cpuSeconds, (stat(14) + stat(15)) / TICKS_PER_SECOND + others.cpuSeconds);
    set(maxFds, limitOf(limits, MOST_DESCRIPTORS));
    set(receivedBytes, netstat('InOctets'));
    set(sentBytes, netstat('OutOctets'));
    set(openFds, plus(countDescriptors(), others.openFds));
    set(residentBytes, plus(resident, others.residentBytes));
    set(startTime, bootSeconds + stat(22) / TICKS_PER_SECOND);
    set(virtualBytes, stat(23) + others.virtualBytes);
    set(virtualMaxBytes, limitOf(limits, 'Max address space'));
  };
}

/** The descriptors that the process may have open, from /proc; undefined where that does not say. */
export function mostDescriptors(): number | undefined {
  const most = limitOf(readIfThere('/proc/self/limits'), MOST_DESCRIPTORS);
  return most === undefined || Number.isNaN(most) ? undefined : most;
}

function plus(own: number | undefined, others: number): number | undefined {
  return own === undefined ? undefined : own + others;
}

/**
 * Returns a function that gives the fields of /proc/self/stat by their numbers in proc(5). Field 2, a name in
 * parentheses, may contain blanks.
 */
function statFields(text: string | undefined): ((number: number) => number) | undefined {
  if (text === undefined) return undefined;
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ', LAST_FIELD - 2);
  return (number) => Number(fields[number - 3] ?? NaN);
}

/** The field of /proc/self/stat that has the resident memory, in pages. */
const RESIDENT_PAGES = 24;
/** The last field that is of interest here; there are twice as many. */
const LAST_FIELD = RESIDENT_PAGES;
const SMALLEST_PAGE = 4096;
/** The two are read one after the other, and memory moves between. */
const MOST_APART = 0.2;

/**
 * Node does not tell the size of a page. It is the power of two that both files agree on; undefined if they do not.
 * With it one file less is read each time: /proc/self/status is dear.
 */
function pageSizeOf(residentBytes: number | undefined, pages: number | undefined): number | undefined {
  if (residentBytes === undefined || pages === undefined || !(pages > 0)) return undefined;
  const size = 2 ** Math.round(Math.log2(residentBytes / pages));
  const isNear = Math.abs(residentBytes / pages / size - 1) < MOST_APART;
  return isNear && size >= SMALLEST_PAGE ? size : undefined;
}

/** The resident memory in /proc/self/status, in bytes. */
function residentOf(status: string | undefined): number | undefined {
  const kibibytes = /^VmRSS:\s+(\d+) kB$/m.exec(status ?? '')?.[1];
  return kibibytes === undefined ? undefined : Number(kibibytes) * 1024;
}

function limitOf(text: string | undefined, name: string): number | undefined {
  const at = text?.indexOf(`\n${name} `) ?? -1;
  if (text === undefined || at === -1) return undefined;
  // The columns are padded with blanks.
  const end = text.indexOf('\n', at + 1);
  const [soft] = text
    .slice(at + 1 + name.length, end === -1 ? undefined : end)
    .trim()
    .split(' ', 1);
  return soft === 'unlimited' ? UNLIMITED : Number(soft);
}

const IP_EXT = 'IpExt:';

/**
 * /proc/self/net/netstat has a line of names and a line of values for each group. Like upstream, this reads the group
 * IpExt.
 */
function netstatOf(text = ''): (name: string) => number | undefined {
  const at = text.startsWith(IP_EXT) ? 0 : text.indexOf(`\n${IP_EXT}`) + 1;
  const [names = [], values = []] = text.startsWith(IP_EXT, at)
    ? text
        .slice(at)
        .split('\n', 2)
        .map((line) => line.split(' '))
    : [];
  return (name) => {
    const value = values[names.indexOf(name)];
    return value === undefined ? undefined : Number(value);
  };
}
