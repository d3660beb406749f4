import { counter, gauge } from '../../metrics/metric-definition.js';
import { apart } from '../apart.js';
import type { CollectorLog, CollectorSpec } from '../collector.js';
import type { FileTree } from '../host-files.js';
import type { MetricSink } from '../metric-sink.js';
import { compileFilter } from '../name-filter.js';
import { wholeIfAny } from '../sysfs-values.js';
import { cpuInfoSetter } from './cpu-info.js';
import { CpuTimes, GUEST_MODES, MODES } from './cpu-times.js';

const seconds = counter('node_cpu_seconds_total', 'Seconds the CPUs spent in each mode.', ['cpu', 'mode']);
const guestSeconds = counter('node_cpu_guest_seconds_total', 'Seconds the CPUs spent in guests (VMs) for each mode.', [
  'cpu',
  'mode',
]);
const coreThrottles = counter('node_cpu_core_throttles_total', 'Number of times this CPU core has been throttled.', [
  'package',
  'core',
]);
const packageThrottles = counter(
  'node_cpu_package_throttles_total',
  'Number of times this CPU package has been throttled.',
  ['package'],
);
const isolated = gauge(
  'node_cpu_isolated',
  'Whether each core is isolated, information from /sys/devices/system/cpu/isolated.',
  ['cpu'],
);
const online = gauge('node_cpu_online', 'CPUs that are online and being scheduled.', ['cpu']);

const FOLDER = 'devices/system/cpu';

/** /proc/stat (the `cpu` lines), /proc/cpuinfo where it is asked for, and /sys/devices/system/cpu. */
export const cpu: CollectorSpec = {
  name: 'cpu',
  isDefault: true,
  flags: [
    { name: 'cpu.guest', kind: 'switch', default: true, help: 'Report the time spent in guests.' },
    { name: 'cpu.info', kind: 'switch', default: false, help: 'Report what /proc/cpuinfo says of each CPU.' },
    {
      name: 'cpu.info.flags-include',
      kind: 'value',
      default: '',
      help: 'Regular expression of the flags to report, those of the first CPU. Implies --collector.cpu.info.',
    },
    {
      name: 'cpu.info.bugs-include',
      kind: 'value',
      default: '',
      help: 'Regular expression of the bugs to report, those of the first CPU. Implies --collector.cpu.info.',
    },
  ],
  create: (options, { log, enabled }) => {
    const isFlagWanted = compileFilter('cpu.info.flags-include', options.text('cpu.info.flags-include'));
    const isBugWanted = compileFilter('cpu.info.bugs-include', options.text('cpu.info.bugs-include'));
    const withInfo = options.isOn('cpu.info') || isFlagWanted !== undefined || isBugWanted !== undefined;
    const setInfo = cpuInfoSetter({ isFlagWanted, isBugWanted, withFrequency: enabled.has('cpufreq') });
    const withGuest = options.isOn('cpu.guest');
    const times = new CpuTimes(log);
    return {
      collect: ({ metrics, files }) => {
        apart(metrics, () => {
          if (withInfo) setInfo(metrics, files.proc.text('cpuinfo'));
        });
        apart(metrics, () => {
          times.update(files.proc.text('stat'));
          setTimes(metrics, times, withGuest);
        });
        setIsolated(metrics, files.sys);
        const folders = files.sys.namesIfAny(FOLDER).filter((name) => /^cpu\d+$/.test(name));
        setThrottles(metrics, files.sys, { folders, log });
        setOnline(metrics, files.sys, folders);
      },
    };
  },
};

function setTimes(metrics: MetricSink, times: CpuTimes, withGuest: boolean): void {
  for (const [cpu, modes] of times.byCpu) {
    for (const [index, mode] of MODES.entries()) metrics.setWith(seconds, { cpu, mode }, modes[index] ?? 0);
    if (!withGuest) continue;
    for (const [index, mode] of GUEST_MODES.entries()) {
      metrics.setWith(guestSeconds, { cpu, mode }, modes[MODES.length + index] ?? 0);
    }
  }
}

/** More CPUs than any kernel supports (NR_CPUS). The limit keeps a malformed range from using all memory. */
const MOST_CPUS = 16_384;

/** `isolated` holds ranges: `1,3-5,9`; it is empty on most hosts. */
function setIsolated(metrics: MetricSink, sys: FileTree): void {
  const ranges = sys.value(`${FOLDER}/isolated`) ?? '';
  for (const [, first = '', last = first] of ranges.matchAll(/(\d+)(?:-(\d+))?/g)) {
    const end = Math.min(Number(last), MOST_CPUS - 1);
    for (let cpu = Number(first); cpu <= end; cpu++) metrics.setWith(isolated, { cpu: String(cpu) }, 1);
  }
}

/** The number of a package, a core or a CPU. */
const WHOLE = /^\d{1,9}$/;

/**
 * Threads of one core, and cores of one package, share a counter, which is read from the first of them that has one.
 */
function setThrottles(
  metrics: MetricSink,
  sys: FileTree,
  { folders, log }: { folders: readonly string[]; log: CollectorLog },
): void {
  const seen = new Set<string>();
  for (const folder of folders) {
    const packageId = sys.value(`${FOLDER}/${folder}/topology/physical_package_id`) ?? '';
    const core = sys.value(`${FOLDER}/${folder}/topology/core_id`) ?? '';
    if (!WHOLE.test(packageId) || !WHOLE.test(core)) {
      log.debug('CPU is missing its topology', { cpu: folder });
      continue;
    }
    const set = (key: string, file: string, put: (count: number) => void): void => {
      const count = seen.has(key) ? undefined : wholeIfAny(sys, `${FOLDER}/${folder}/thermal_throttle/${file}`);
      if (count === undefined) return;
      put(count);
      if (!Number.isNaN(count)) seen.add(key);
    };
    set(`${packageId}/${core}`, 'core_throttle_count', (count) => {
      metrics.setWith(coreThrottles, { package: packageId, core }, count);
    });
    set(packageId, 'package_throttle_count', (count) => {
      metrics.setWith(packageThrottles, { package: packageId }, count);
    });
  }
}

/** A kernel that cannot take CPUs off line has no such file, nor has one that cannot take off the first. */
function setOnline(metrics: MetricSink, sys: FileTree, folders: readonly string[]): void {
  const [first] = folders;
  if (first === undefined || sys.value(`${FOLDER}/${first}/online`) === undefined) return;
  for (const folder of folders) {
    const isOnline = sys.value(`${FOLDER}/${folder}/online`) === '1';
    metrics.setWith(online, { cpu: folder.slice('cpu'.length) }, isOnline ? 1 : 0);
  }
}
