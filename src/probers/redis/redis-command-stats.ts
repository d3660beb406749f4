import type { MetricFamily, Quantile, Sample } from '../../metrics/metric-family.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { parseFloatText } from '../../metrics/parse-float.js';
import { readPairs } from './redis-info.js';
import { commandsDuration, commandsFailed, commandsRejected, commandsTotal } from './redis-metrics.js';
import type { RespValue } from './resp-reader.js';

/** The most commands that are shown. Redis has about 400 commands and subcommands, and a module adds its own. */
const MOST_COMMANDS = 600;
/** The longest name of a command, in characters. */
const LONGEST_COMMAND = 100;
/** The most buckets of a histogram; those of Redis have 31 at most, of powers of two. */
const MOST_BUCKETS = 64;

interface Calls {
  readonly calls: number;
  readonly usec: number;
}

/** The statistics of each command, from the sections Commandstats and Latencystats, and from LATENCY HISTOGRAM. */
export class CommandStats {
  readonly #metrics: MetricSet;
  readonly #calls = new Map<string, Calls>();
  readonly #percentiles = new Map<string, readonly Quantile[]>();

  constructor(metrics: MetricSet) {
    this.#metrics = metrics;
  }

  /** A line of Commandstats: `cmdstat_get:calls=21,usec=175,usec_per_call=8.33,rejected_calls=0,failed_calls=0`. */
  takeCalls(field: string, value: string): void {
    const cmd = nameIn(field, 'cmdstat_');
    const pairs = readPairs(value);
    const calls = numberIn(pairs, 'calls');
    const usec = numberIn(pairs, 'usec');
    if (cmd === undefined || calls === undefined || usec === undefined || this.#calls.size >= MOST_COMMANDS) return;
    this.#calls.set(cmd, { calls, usec });
    this.#metrics.setWith(commandsTotal, { cmd }, calls);
    this.#metrics.setWith(commandsDuration, { cmd }, usec / 1e6);
    const rejected = numberIn(pairs, 'rejected_calls');
    const failed = numberIn(pairs, 'failed_calls');
    if (rejected === undefined || failed === undefined) return;
    this.#metrics.setWith(commandsRejected, { cmd }, rejected);
    this.#metrics.setWith(commandsFailed, { cmd }, failed);
  }

  /** A line of Latencystats: `latency_percentiles_usec_get:p50=0.001,p99=1.003,p99.9=3.007`. */
  takePercentiles(field: string, value: string): void {
    const cmd = nameIn(field, 'latency_percentiles_usec_');
    const pairs = readPairs(value);
    if (cmd === undefined || pairs === undefined || this.#percentiles.size >= MOST_COMMANDS) return;
    // One quantile may be written in several ways.
    const quantiles = new Map<number, Quantile>();
    for (const [key, text] of pairs) {
      const [quantile, microseconds] = [parseFloatText(key.slice(1)), parseFloatText(text)];
      if (quantile === undefined || microseconds === undefined) return;
      quantiles.set(quantile, { quantile, value: microseconds });
    }
    this.#percentiles.set(
      cmd,
      [...quantiles.values()].sort((a, b) => a.quantile - b.quantile),
    );
  }

  /** Adds the summaries; to be called once, after the last line. */
  reportPercentiles(): void {
    const samples: Sample[] = [];
    for (const [cmd, quantiles] of this.#percentiles) {
      const known = this.#calls.get(cmd);
      if (known === undefined) continue;
      samples.push({ kind: 'summary', labels: labelsOf(cmd), quantiles, sum: known.usec, count: known.calls });
    }
    const help = 'A summary of latency percentile distribution per command';
    this.#add({ name: 'redis_latency_percentiles_usec', help, type: 'summary', samples });
  }

  /** Adds the histograms: the answer is a list of names and details, `calls N histogram_usec [bound count …]`. */
  reportHistograms(answer: RespValue): void {
    if (!Array.isArray(answer)) return;
    const samples = new Map<string, Sample>();
    for (let at = 0; at + 1 < answer.length && samples.size < MOST_COMMANDS; at += 2) {
      const sample = this.#histogram(answer[at] as RespValue, answer[at + 1] as RespValue);
      if (sample !== undefined) samples.set(sample.labels[0]?.value ?? '', sample);
    }
    const help = 'A histogram of latencies per command';
    const family = { name: 'redis_commands_latencies_usec', help, type: 'histogram' } as const;
    this.#add({ ...family, samples: [...samples.values()] });
  }

  #histogram(cmd: RespValue, details: RespValue): Sample | undefined {
    if (typeof cmd !== 'string' || cmd.length > LONGEST_COMMAND || !Array.isArray(details)) return undefined;
    const [, count, , bounds] = details as readonly RespValue[];
    if (typeof count !== 'number' || !Array.isArray(bounds) || bounds.length > 2 * MOST_BUCKETS) return undefined;
    const buckets = [];
    for (let at = 0; at + 1 < bounds.length; at += 2) {
      const [upperBound, cumulativeCount] = bounds.slice(at, at + 2) as readonly RespValue[];
      if (typeof upperBound !== 'number' || typeof cumulativeCount !== 'number') return undefined;
      buckets.push({ upperBound, cumulativeCount });
    }
    buckets.sort((a, b) => a.upperBound - b.upperBound);
    buckets.push({ upperBound: Infinity, cumulativeCount: count });
    return { kind: 'histogram', labels: labelsOf(cmd), buckets, sum: this.#calls.get(cmd)?.usec ?? 0, count };
  }

  #add(family: MetricFamily): void {
    if (family.samples.length === 0) return;
    const byCommand = (a: Sample, b: Sample): number =>
      (a.labels[0]?.value ?? '') < (b.labels[0]?.value ?? '') ? -1 : 1;
    this.#metrics.add({ ...family, samples: family.samples.toSorted(byCommand) });
  }
}

function labelsOf(cmd: string): readonly { readonly name: string; readonly value: string }[] {
  return [{ name: 'cmd', value: cmd }];
}

function nameIn(field: string, prefix: string): string | undefined {
  return field.startsWith(prefix) && field.length <= prefix.length + LONGEST_COMMAND
    ? field.slice(prefix.length)
    : undefined;
}

function numberIn(pairs: ReadonlyMap<string, string> | undefined, key: string): number | undefined {
  const text = pairs?.get(key);
  return text === undefined ? undefined : parseFloatText(text);
}
