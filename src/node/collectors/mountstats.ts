import { apart } from '../apart.js';
import { type CollectorSpec, NoData } from '../collector.js';
import type { MetricSink } from '../metric-sink.js';
import { parseWhole } from '../numbers.js';
import { takeTurns } from '../take-turns.js';
import { age, BYTES, EVENTS, mountpointInfo, OPERATIONS, TRANSPORT_METRICS } from './mountstats-metrics.js';
import { MountAddresses } from './nfs-mount-addresses.js';
import { type NfsMount, nfsMounts } from './nfs-mounts.js';
import { transportFields } from './nfs-transport.js';

/** /proc/self/mountstats: the operations of the NFS client for each mount. */
export const mountstats: CollectorSpec = {
  name: 'mountstats',
  isDefault: false,
  flags: [],
  create: (_options, { clock }) => ({
    collect: async ({ metrics, files: { proc } }) => {
      const text = proc.textIfAny('self/mountstats');
      if (text === undefined) throw new NoData(`there is no ${proc.root}/self/mountstats`);
      const addresses = new MountAddresses(proc.textIfAny('self/mountinfo') ?? '');
      const report = new Report(metrics);
      await takeTurns(nfsMounts(text), clock, (mount) => {
        apart(metrics, () => {
          report.add(mount, addresses.of(mount));
        });
      });
    },
  }),
};

/** The labels of a mount by one of its transports. */
interface MountLabels {
  readonly export: string;
  readonly protocol: string;
  readonly mountaddr: string;
}

/** One scrape. The same export may be mounted in several places, and has the same numbers everywhere. */
class Report {
  readonly #metrics: MetricSink;
  readonly #mountpoints = new Set<string>();
  readonly #exports = new Set<string>();

  constructor(metrics: MetricSink) {
    this.#metrics = metrics;
  }

  add(mount: NfsMount, mountaddr: string): void {
    for (const { protocol } of mount.transports) {
      const labels = { export: mount.device, protocol, mountaddr };
      const key = Object.values(labels).join('\0');
      const placed = `${key}\0${mount.mountpoint}`;
      if (!this.#mountpoints.has(placed)) {
        this.#mountpoints.add(placed);
        this.#metrics.setWith(mountpointInfo, { ...labels, mountpoint: mount.mountpoint }, 1);
      }
      if (this.#exports.has(key)) break;
      this.#exports.add(key);
      this.#setMount(mount, labels);
    }
  }

  #setMount(mount: NfsMount, labels: MountLabels): void {
    const metrics = this.#metrics;
    if (mount.age !== undefined) metrics.setWith(age, labels, parseWhole(mount.age));
    for (const [index, number] of mount.bytes.entries()) {
      const metric = BYTES[index];
      if (metric !== undefined) metrics.setWith(metric, labels, parseWhole(number));
    }
    for (const [index, number] of mount.events.entries()) {
      const metric = EVENTS[index];
      if (metric !== undefined) metrics.setWith(metric, labels, parseWhole(number));
    }
    for (const [index, transport] of mount.transports.entries()) {
      for (const [field, value] of transportFields(transport)) {
        metrics.setWith(TRANSPORT_METRICS[field], { ...labels, transport: String(index) }, value);
      }
    }
    for (const { operation, numbers } of mount.operations) this.#setOperation({ ...labels, operation }, numbers);
  }

  #setOperation(labels: MountLabels & { readonly operation: string }, numbers: readonly string[]): void {
    for (const [index, [metric, divisor]] of OPERATIONS.entries()) {
      const number = numbers[index] ?? '';
      const value = divisor === 1 ? parseWhole(number) : wrapped(number);
      this.#metrics.setWith(metric, labels, value / divisor);
    }
  }
}

/** Milliseconds may be negative, which the kernel writes as almost 2^64; upstream takes them modulo 2^53. */
function wrapped(text: string): number {
  const value = parseWhole(text);
  return Number.isNaN(value) || Number.isSafeInteger(value) ? value : Number(BigInt(text) % 2n ** 53n);
}
