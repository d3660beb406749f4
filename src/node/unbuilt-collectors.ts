import type { CollectorFlag } from './collector-options.js';

/** A collector of upstream's that is not in this build. */
export interface UnbuiltCollector {
  readonly name: string;
  /** The reason why it is missing, for the error when it is enabled. */
  readonly reason: string;
  /** Whether upstream runs it by default. */
  readonly isDefault: boolean;
  /** The flags of the collector, without `--collector.` before them: understood, but without effect. */
  readonly flags: readonly UnbuiltFlag[];
}

type UnbuiltFlag = Pick<CollectorFlag, 'name' | 'kind'>;

const NATIVE = 'it needs a system call that Node.js does not have';

const onDemand = (name: string, reason: string, ...flags: readonly UnbuiltFlag[]): UnbuiltCollector => ({
  name,
  reason,
  isDefault: false,
  flags,
});
const flag = (kind: CollectorFlag['kind'], name: string): UnbuiltFlag => ({ kind, name });

/** Upstream's collectors for Linux that are not in ALL_COLLECTORS. */
export const UNBUILT_COLLECTORS: readonly UnbuiltCollector[] = [
  onDemand(
    'perf',
    NATIVE,
    flag('value', 'perf.cpus'),
    flag('repeatable', 'perf.tracepoint'),
    flag('switch', 'perf.disable-hardware-profilers'),
    flag('repeatable', 'perf.hardware-profilers'),
    flag('switch', 'perf.disable-software-profilers'),
    flag('repeatable', 'perf.software-profilers'),
    flag('switch', 'perf.disable-cache-profilers'),
    flag('repeatable', 'perf.cache-profilers'),
  ),
];
