import type { ServiceLog } from '../../../log/service-log.js';
import { ProbeEnd } from '../../../probe/probe-abort.js';
import type { CancelTimer, Clock } from '../../../values/clock.js';
import { inSlices } from '../../../values/in-slices.js';
import { loopTurns } from '../../../values/loop-turns.js';
import type { KnownTarget } from '../discovery/known-target.js';
import { DueHeap } from './due-heap.js';
import { type PlannedTargets, planTargets, type ScheduleOptions } from './plan-targets.js';
import { ScheduleMetrics } from './schedule-metrics.js';
import { sameLabels, ScheduledTarget, type TargetPlan } from './scheduled-target.js';
import { firstStart, nextStart } from './start-times.js';

/** The dependencies of the scheduler. */
export interface SchedulerDeps {
  readonly clock: Clock;
  readonly log: ServiceLog;
  /** Runs one probe of a target; resolves when it has ended. A rejection is a bug of ours. */
  readonly probe: (target: ScheduledTarget, end: ProbeEnd) => Promise<void>;
  /** How long a probe of the target may take, in seconds. */
  readonly timeoutSeconds: (target: ScheduledTarget) => number;
  /** Called before the series of a target end, because it has left the files or has other labels now. */
  readonly onGone: (target: ScheduledTarget) => void;
  readonly onError: (error: unknown) => void;
}

/** Node's timers have milliseconds, and may fire a part of one too early. */
const EARLY_SECONDS = 0.0005;
/** A probe that was told to end has done so, and its result is packed, within milliseconds. */
const LAST_RESULTS_SECONDS = 1;

/**
 * Probes targets by itself, each at its own moment of its interval, and never twice at once. There is one timer, for
 * whichever target is next.
 */
export class Scheduler {
  readonly #options: ScheduleOptions;
  readonly #deps: SchedulerDeps;
  readonly #targets = new Map<string, ScheduledTarget>();
  /** Targets that have gone while they were being probed. */
  readonly #leaving = new Map<string, ScheduledTarget>();
  readonly #heap = new DueHeap<ScheduledTarget>();
  readonly metrics: ScheduleMetrics;
  #cancelTimer: CancelTimer | undefined;
  #inFlight = 0;
  #onIdle = (): void => undefined;
  #isRunning = false;
  /** Whether the scheduler yields to the event loop before the next start. */
  #isDeferred = false;

  constructor(options: ScheduleOptions, deps: SchedulerDeps) {
    this.#options = options;
    this.#deps = deps;
    this.metrics = new ScheduleMetrics({ targets: () => this.#targets.size, inFlight: () => this.#inFlight });
  }

  /** The targets that are probed here, in the order in which they came. */
  get targets(): ReadonlyMap<string, ScheduledTarget> {
    return this.#targets;
  }

  /** Begins to probe. */
  start(): void {
    this.#isRunning = true;
    this.#arm();
  }

  /**
   * Ends the probes that run, and starts no more. Resolves when their results have been given away: some were done when
   * they were to end. A probe that does not end is not waited for.
   */
  stop(): Promise<void> {
    this.#isRunning = false;
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const { running } of this.#targets.values()) running?.cancel();
    if (this.#inFlight === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const cancelTimer = this.#deps.clock.after(LAST_RESULTS_SECONDS, resolve);
      this.#onIdle = () => {
        cancelTimer();
        resolve();
      };
    });
  }

  /** Takes the targets of the files as they are now; those that stay go on as they did. */
  async update(known: readonly KnownTarget[]): Promise<void> {
    const planned = await inSlices(planTargets(known, this.#options));
    await inSlices(this.#apply(planned));
    this.#sayAlike(planned.alike);
    this.#arm();
  }

  *#apply({ plans }: PlannedTargets): Generator<undefined, void> {
    for (const [key, target] of this.#targets) {
      yield;
      if (!plans.has(key)) this.#remove(key, target);
    }
    for (const plan of plans.values()) {
      yield;
      const target = this.#targets.get(plan.key);
      if (target === undefined) this.#add(plan);
      else this.#replan(target, plan);
    }
  }

  #add(plan: TargetPlan): void {
    const target = new ScheduledTarget(plan);
    this.#targets.set(plan.key, target);
    this.#plan(target, firstStart(this.#deps.clock.wallSeconds(), plan.beat));
  }

  #replan(target: ScheduledTarget, plan: TargetPlan): void {
    const before = target.plan;
    if (!sameLabels(before.labels, plan.labels)) this.#deps.onGone(target);
    target.replan(plan);
    if (before.beat.intervalSeconds === plan.beat.intervalSeconds) return;
    this.#plan(target, firstStart(this.#deps.clock.wallSeconds(), plan.beat));
  }

  #remove(key: string, target: ScheduledTarget): void {
    this.#deps.onGone(target);
    target.forget();
    this.#targets.delete(key);
    this.#heap.remove(target);
    if (target.running === undefined) return;
    this.#leaving.set(key, target);
    target.running.cancel();
  }

  #plan(target: ScheduledTarget, wallSeconds: number): void {
    const { clock } = this.#deps;
    this.#heap.put(target, clock.monotonicSeconds() + wallSeconds - clock.wallSeconds());
  }

  #arm(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const next = this.#heap.first;
    if (!this.#isRunning || this.#isDeferred || next === undefined) return;
    this.#cancelTimer = this.#deps.clock.after(next.dueSeconds - this.#deps.clock.monotonicSeconds(), this.#startDue);
  }

  readonly #startDue = (): void => {
    const { clock } = this.#deps;
    for (;;) {
      const next = this.#heap.first;
      if (next === undefined || next.dueSeconds > clock.monotonicSeconds() + EARLY_SECONDS) break;
      if (loopTurns.isOver()) {
        this.#isDeferred = true;
        void loopTurns.next().then(this.#resume);
        break;
      }
      this.#startOne(next);
    }
    this.#arm();
  };

  readonly #resume = (): void => {
    this.#isDeferred = false;
    if (this.#isRunning) this.#startDue();
  };

  #startOne(target: ScheduledTarget): void {
    const { clock } = this.#deps;
    const { beat, key } = target.plan;
    const delay = clock.monotonicSeconds() - target.dueSeconds;
    const missed = Math.max(0, Math.floor(delay / beat.intervalSeconds));
    // After a pause of hours (a suspended machine, say), the plan goes on from the last missed start.
    const dueWall = clock.wallSeconds() - (delay - missed * beat.intervalSeconds);
    this.#plan(target, nextStart(dueWall, beat));
    const restSeconds = beat.intervalSeconds - delay;
    if (missed > 0) this.metrics.skipped('late', missed);
    // A shorter timeout would make a slow target fail although it is as it always is.
    else if (this.#deps.timeoutSeconds(target) > restSeconds) this.metrics.skipped('late');
    else if (target.running !== undefined || this.#leaving.has(key)) this.metrics.skipped('running');
    else {
      this.metrics.started(delay);
      void this.#run(target);
    }
  }

  async #run(target: ScheduledTarget): Promise<void> {
    const { key } = target.plan;
    const end = new ProbeEnd();
    target.running = end;
    this.#inFlight++;
    try {
      await this.#deps.probe(target, end);
    } catch (error) {
      this.#deps.onError(error);
    } finally {
      this.#inFlight--;
      if (this.#inFlight === 0) this.#onIdle();
      target.running = undefined;
      if (this.#leaving.get(key) === target) this.#leaving.delete(key);
    }
  }

  #sayAlike(alike: readonly KnownTarget[]): void {
    const [first] = alike;
    if (first === undefined) return;
    this.#deps.log.warn('Targets with the same labels as others are not scheduled, give them a label of their own', {
      targets: String(alike.length),
      first: first.target.slice(0, 200),
    });
  }
}
