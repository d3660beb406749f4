import { AutoReload } from '../../../config/auto-reload.js';
import type { ServiceLog } from '../../../log/service-log.js';
import type { Gatherer } from '../../../metrics/metric-family.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import { TargetStore } from '../discovery/target-store.js';
import type { RunOptions } from '../run-request.js';
import type { PackedMetrics } from './packed-metrics.js';
import type { ScheduleOptions } from './plan-targets.js';
import { scheduledProbe, scheduledTimeoutSeconds } from './scheduled-probe.js';
import type { ScheduledTarget } from './scheduled-target.js';
import { Scheduler } from './scheduler.js';

/** The dependencies of targets files and the schedule. */
export interface ScheduleParts extends RunOptions {
  /** Files, folders and patterns of targets files. */
  readonly targetFiles: readonly string[];
  readonly options: ScheduleOptions;
  readonly modules: () => ReadonlyMap<string, ProbeModule>;
  readonly log: ServiceLog;
  readonly onError: (error: unknown) => void;
  /** A receiver of results beside /metrics/targets. */
  readonly sink?: ResultSink | undefined;
}

/** Takes results of the schedule. */
export interface ResultSink {
  /** `before` is what the target's probe before gave. */
  readonly onResult: (target: ScheduledTarget, before: PackedMetrics | undefined) => void;
  /** The series of the target are about to go. */
  readonly onGone: (target: ScheduledTarget) => void;
  readonly gatherers: readonly Gatherer[];
  readonly start: () => void;
  /** Reads its file again, if it has one; resolves to what is wrong with it. */
  readonly reload: () => Promise<string | undefined>;
  readonly stop: () => Promise<void>;
}

/** The targets of files, and the probes of those that have a schedule. */
export interface ScheduleService {
  readonly store: TargetStore;
  readonly targets: () => ReadonlyMap<string, ScheduledTarget>;
  readonly gatherers: readonly Gatherer[];
  /** Begins to watch the files and to probe. */
  readonly start: () => void;
  /** Reads targets files, and the file of remote write, again; resolves to what is wrong with them. */
  readonly reload: () => Promise<string | undefined>;
  /** Ends the probes that run; resolves when the results before have been kept. */
  readonly stop: () => Promise<void>;
}

const NOWHERE: ResultSink = {
  onResult: () => undefined,
  onGone: () => undefined,
  gatherers: [],
  start: () => undefined,
  reload: () => Promise.resolve(undefined),
  stop: () => Promise.resolve(),
};

const NOTHING_TO_SEND =
  'Remote write has nothing to send: no target of --targets.file has a schedule, and there is no --schedule.interval';

/** How often targets files are looked at. */
const LOOK_SECONDS = 5;

/** Builds the targets files and the schedule; nothing is read or probed yet. */
export function buildSchedule(parts: ScheduleParts): ScheduleService {
  const { clock, log, modules, onError, sink = NOWHERE } = parts;
  const store = new TargetStore({
    ...{ paths: parts.targetFiles, clock, log },
    hasModule: (name) => modules().has(name),
    onChange: (known) => scheduler.update(known),
  });
  const probe = scheduledProbe({ ...parts, schedule: () => scheduler.metrics, onResult: sink.onResult });
  const scheduler: Scheduler = new Scheduler(parts.options, {
    ...{ clock, log, probe, onError },
    timeoutSeconds: (target) => scheduledTimeoutSeconds(target, modules()),
    onGone: sink.onGone,
  });
  const looks = new AutoReload({
    ...{ intervalSeconds: store.isUsed ? LOOK_SECONDS : 0, clock, onError },
    reload: () => store.lookPatiently(),
  });
  return {
    store,
    targets: () => scheduler.targets,
    gatherers: [...(store.isUsed ? [scheduler.metrics.gather] : []), ...sink.gatherers],
    start: () => {
      if (parts.sink !== undefined && scheduler.targets.size === 0) log.warn(NOTHING_TO_SEND);
      looks.start();
      scheduler.start();
      sink.start();
    },
    reload: async () => {
      const problems = [await sink.reload(), await store.look()].filter((problem) => problem !== undefined);
      return problems.length === 0 ? undefined : problems.join('\n');
    },
    stop: async () => {
      looks.stop();
      await scheduler.stop();
      await sink.stop();
    },
  };
}
