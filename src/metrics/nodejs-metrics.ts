import { type IntervalHistogram, monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { getHeapSpaceStatistics, getHeapStatistics } from 'node:v8';
import { remembered } from '../values/remembered.js';
import { type Filler, gathererOf } from './gather-all.js';
import { Histogram } from './histogram.js';
import { gauge } from './metric-definition.js';
import type { Gatherer } from './metric-family.js';
import type { MetricSet } from './metric-set.js';

const version = gauge('nodejs_version_info', 'Node.js version info.', ['version', 'major', 'minor', 'patch']);
const heapTotal = gauge('nodejs_heap_size_total_bytes', 'Process heap size from Node.js in bytes.');
const heapUsed = gauge('nodejs_heap_size_used_bytes', 'Process heap size used from Node.js in bytes.');
const heapLimit = gauge('nodejs_heap_size_limit_bytes', 'Heap size that V8 will not exceed, in bytes.');
const external = gauge('nodejs_external_memory_bytes', 'Node.js external memory size in bytes.');
const spaceTotal = gauge('nodejs_heap_space_size_total_bytes', 'Process heap space size total from Node.js in bytes.', [
  'space',
]);
const spaceUsed = gauge('nodejs_heap_space_size_used_bytes', 'Process heap space size used from Node.js in bytes.', [
  'space',
]);
const lag = {
  min: gauge('nodejs_eventloop_lag_min_seconds', 'The minimum event loop delay since the last scrape.'),
  max: gauge('nodejs_eventloop_lag_max_seconds', 'The maximum event loop delay since the last scrape.'),
  mean: gauge('nodejs_eventloop_lag_mean_seconds', 'The mean event loop delay since the last scrape.'),
  p50: gauge('nodejs_eventloop_lag_p50_seconds', 'The 50th percentile of the event loop delay since the last scrape.'),
  p90: gauge('nodejs_eventloop_lag_p90_seconds', 'The 90th percentile of the event loop delay since the last scrape.'),
  p99: gauge('nodejs_eventloop_lag_p99_seconds', 'The 99th percentile of the event loop delay since the last scrape.'),
};

const GC_BUCKETS_SECONDS = [0.001, 0.01, 0.1, 1, 2, 5];

/** V8's kinds of garbage collection; the keys are the numbers of `perf_hooks.constants`. */
const GC_KINDS: Readonly<Record<number, string>> = { 1: 'minor', 4: 'major', 8: 'incremental', 16: 'weakcb' };

/** How often the event loop is sampled. A shorter delay can go unseen. */
const DELAY_RESOLUTION_MS = 20;

/** The metrics of this Node process, and how to stop collecting them. */
export interface NodejsMetrics {
  readonly gather: Gatherer;
  /** The same, put into a set. */
  readonly fill: Filler;
  /** Stops the observers. */
  readonly close: () => void;
}

/**
 * Collects the `nodejs_*` metrics, with the names that dashboards for Node services expect, until `close` is called.
 */
export function watchNodejs(nodeVersion: string): NodejsMetrics {
  const delay = monitorEventLoopDelay({ resolution: DELAY_RESOLUTION_MS });
  delay.enable();
  const gc = new Histogram({
    name: 'nodejs_gc_duration_seconds',
    help: 'Garbage collection duration by kind, one of major, minor, incremental or weakcb.',
    labelNames: ['kind'],
    upperBounds: GC_BUCKETS_SECONDS,
  });
  const observer = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) gc.observe({ kind: gcKind(entry) }, entry.duration / 1000);
  });
  observer.observe({ entryTypes: ['gc'] });
  const fill: Filler = (metrics) => {
    setHeap(metrics);
    setVersion(metrics, nodeVersion);
    // These are not always there: behind the others, whose places stay the same.
    setDelay(metrics, delay);
    metrics.add(gc.family());
  };
  return {
    fill,
    gather: gathererOf(fill),
    close: () => {
      delay.disable();
      observer.disconnect();
    },
  };
}

/** The kind is in the entry's detail, which the type of entries does not declare. */
function gcKind(entry: object): string {
  const detail = 'detail' in entry ? entry.detail : undefined;
  const hasKind = typeof detail === 'object' && detail !== null && 'kind' in detail;
  return (hasKind && typeof detail.kind === 'number' ? GC_KINDS[detail.kind] : undefined) ?? 'other';
}

function setVersion(metrics: MetricSet, nodeVersion: string): void {
  const [major = '', minor = '', patch = ''] = nodeVersion.replace(/^v/, '').split('.');
  metrics.setWith(version, { version: nodeVersion, major, minor, patch }, 1);
}

function setHeap(metrics: MetricSet): void {
  const heap = getHeapStatistics();
  metrics.set(external, heap.external_memory);
  metrics.set(heapLimit, heap.heap_size_limit);
  metrics.set(heapTotal, heap.total_heap_size);
  metrics.set(heapUsed, heap.used_heap_size);
  const spaces = getHeapSpaceStatistics().sort((a, b) => (a.space_name < b.space_name ? -1 : 1));
  for (const { space_name, space_size } of spaces)
    metrics.setWith(spaceTotal, { space: shortName(space_name) }, space_size);
  for (const { space_name, space_used_size } of spaces) {
    metrics.setWith(spaceUsed, { space: shortName(space_name) }, space_used_size);
  }
}

/** `new` for `new_space`. */
const shortName = remembered((space: string) => space.replace(/_space$/, ''));

/**
 * The histogram has the time between two samples, so the resolution is subtracted: the rest is the delay. Without a
 * sample since the last scrape the delay is unknown, and the gauges are left out.
 */
function setDelay(metrics: MetricSet, delay: IntervalHistogram): void {
  if (delay.count === 0) return;
  const seconds = (nanoseconds: number): number => Math.max(0, nanoseconds / 1e9 - DELAY_RESOLUTION_MS / 1000);
  metrics.set(lag.max, seconds(delay.max));
  metrics.set(lag.mean, seconds(delay.mean));
  metrics.set(lag.min, seconds(delay.min));
  metrics.set(lag.p50, seconds(delay.percentile(50)));
  metrics.set(lag.p90, seconds(delay.percentile(90)));
  metrics.set(lag.p99, seconds(delay.percentile(99)));
  delay.reset();
}
