import { writeFamilies } from '../../../src/metrics/write-text.js';
import type { Collector, CollectorSpec } from '../../../src/node/collector.js';
import { CollectorOptions } from '../../../src/node/collector-options.js';
import { HostFiles, type HostPaths } from '../../../src/node/host-files.js';
import { type LoadedCalls, loadKernelCalls } from '../../../src/node/kernel/kernel-calls.js';
import { mergeCollected } from '../../../src/node/merge-collected.js';
import { CollectedMetrics } from '../../../src/node/metric-sink.js';
import { type Clock, systemClock } from '../../../src/values/clock.js';

export interface CollectOptions {
  /** Flags by their names behind `--collector.`, as on the command line; a switch has `true` or `false`. */
  readonly flags?: Readonly<Record<string, string | readonly string[]>>;
  readonly paths?: Partial<HostPaths>;
  /** What the collector reads by, instead of the files of `paths`. */
  readonly files?: HostFiles;
  readonly clock?: Clock;
  readonly enabled?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Instead of the addon of this build. */
  readonly kernel?: LoadedCalls;
  /** Aborts the scrape. */
  readonly signal?: AbortSignal;
}

/** A collector that is asked by hand. */
export interface AskedCollector {
  /** What it gives in one scrape, in the text format; rejects with what it throws. */
  readonly scrape: () => Promise<string>;
  /** What it said, such as `warn: message {"field":1}`. */
  readonly logLines: readonly string[];
  readonly close: () => Promise<void>;
}

/** Makes a collector on some flags and trees, without a service around it; throws what its options are refused with. */
export function askCollector(spec: CollectorSpec, options: CollectOptions = {}): AskedCollector {
  const { flags = {}, paths, clock = systemClock, enabled = [spec.name], env = {}, signal } = options;
  const logLines: string[] = [];
  const say =
    (level: string) =>
    (message: string, fields = {}): void => {
      logLines.push(`${level}: ${message} ${JSON.stringify(fields)}`);
    };
  const given = new Map(Object.entries(flags).map(([name, value]) => [name, [value].flat()]));
  const collector: Collector = spec.create(new CollectorOptions(spec.flags, given), {
    clock,
    log: { debug: say('debug'), warn: say('warn'), error: say('error') },
    enabled: new Set(enabled),
    env,
    kernel: () => options.kernel ?? loadKernelCalls(),
  });
  return {
    logLines,
    scrape: async () => {
      const metrics = new CollectedMetrics();
      const host = { procfs: '/proc', sysfs: '/sys', rootfs: '/', udevData: '/run/udev/data', ...paths };
      const files = options.files ?? new HostFiles(host);
      await collector.collect({ metrics, files, signal: signal ?? new AbortController().signal });
      metrics.assertNotAllOdd();
      return writeFamilies(mergeCollected([metrics]).families);
    },
    close: async () => {
      await collector.close?.();
    },
  };
}
