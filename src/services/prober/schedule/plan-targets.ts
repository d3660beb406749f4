import { mapKey } from '../../../values/codec/map-key.js';
import { parsePrometheusDuration } from '../../../values/duration.js';
import { type KnownTarget, targetKey } from '../discovery/known-target.js';
import { isInterval } from '../discovery/read-schedule.js';
import { isInShard, type Shard } from '../discovery/shard.js';
import type { TargetPlan } from './scheduled-target.js';
import { seriesLabels } from './series-labels.js';
import { offsetSeconds } from './start-times.js';

/** The schedule's options of the command line. */
export interface ScheduleOptions {
  /** The interval of targets whose group does not set one; 0 if these are not probed. */
  readonly intervalSeconds: number;
  /** The part of all targets that is probed here. */
  readonly shard?: Shard;
}

/** The targets to probe. */
export interface PlannedTargets {
  /** Key: the key of the target. */
  readonly plans: ReadonlyMap<string, TargetPlan>;
  /** Targets that are left out because others have the same labels. */
  readonly alike: readonly KnownTarget[];
}

/** The share of its interval that a probe may take, so that it ends before the next one of its target begins. */
const SHARE_OF_INTERVAL = 0.9;

/** Chooses the targets that are probed here, in steps of one. */
export function* planTargets(
  targets: readonly KnownTarget[],
  options: ScheduleOptions,
): Generator<undefined, PlannedTargets> {
  const plans = new Map<string, TargetPlan>();
  const alike: KnownTarget[] = [];
  const seen = new Set<string>();
  for (const target of targets) {
    yield;
    const times = timesOf(target, options.intervalSeconds);
    if (times === undefined) continue;
    const key = targetKey(target);
    if (options.shard !== undefined && !isInShard(key, options.shard)) continue;
    const labels = seriesLabels(target);
    // Targets with the same labels would write to the same series.
    const series = mapKey(JSON.stringify(labels.map(({ name, value }) => [name, value])));
    if (seen.has(series)) {
      alike.push(target);
      continue;
    }
    seen.add(series);
    const { intervalSeconds, timeoutSeconds } = times;
    const beat = { intervalSeconds, offsetSeconds: offsetSeconds(key, intervalSeconds) };
    plans.set(mapKey(key), { key: mapKey(key), target, labels, beat, timeoutSeconds });
  }
  return { plans, alike };
}

/**
 * The interval and timeout of a target: from its group, else from the labels that Prometheus has for them, else from
 * the command line.
 */
function timesOf({ schedule, labels }: KnownTarget, fallback: number): Times | undefined {
  if (schedule === 'off' || (schedule === undefined && fallback === 0)) return undefined;
  const labelled = secondsOf(labels.get('__scrape_interval__'));
  const ofLabel = labelled !== undefined && isInterval(labelled) ? labelled : undefined;
  const intervalSeconds = schedule?.intervalSeconds ?? ofLabel ?? fallback;
  const timeout = schedule?.timeoutSeconds ?? secondsOf(labels.get('__scrape_timeout__'));
  return {
    intervalSeconds,
    timeoutSeconds: Math.min(timeout ?? Infinity, SHARE_OF_INTERVAL * intervalSeconds),
  };
}

interface Times {
  readonly intervalSeconds: number;
  readonly timeoutSeconds: number;
}

function secondsOf(text: string | undefined): number | undefined {
  return text === undefined ? undefined : parsePrometheusDuration(text);
}
