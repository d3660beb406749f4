import type { Label } from '../../../metrics/metric-family.js';
import type { ProbeEnd } from '../../../probe/probe-abort.js';
import type { KnownTarget } from '../discovery/known-target.js';
import type { Due } from './due-heap.js';
import type { Beat } from './start-times.js';
import { TargetResults } from './target-results.js';

/** A target as it is to be probed. */
export interface TargetPlan {
  /** Tells probes apart (targetKey). */
  readonly key: string;
  readonly target: KnownTarget;
  /** The labels that all its series have. */
  readonly labels: readonly Label[];
  readonly beat: Beat;
  /** How long a probe may take at most, in seconds. */
  readonly timeoutSeconds: number;
}

/** A target that Sonde probes by itself, with what its probes gave. */
export class ScheduledTarget implements Due {
  dueSeconds = 0;
  heapIndex = -1;
  /** The probe that runs now. */
  running: ProbeEnd | undefined;
  /** Whether the log knows that it cannot be probed. */
  isRefusalSaid = false;
  #plan: TargetPlan;
  /** Made when it is first asked for: thousands of targets come at once, and garbage collection stops everybody. */
  #results: TargetResults | undefined;

  constructor(plan: TargetPlan) {
    this.#plan = plan;
  }

  get plan(): TargetPlan {
    return this.#plan;
  }

  get results(): TargetResults {
    return (this.#results ??= new TargetResults());
  }

  /** Takes a new plan for the same probe. With other labels it has other series, which begin anew. */
  replan(plan: TargetPlan): void {
    const isRelabelled = !sameLabels(plan.labels, this.#plan.labels);
    // The old list of labels is kept, since what was made of it shares it.
    this.#plan = isRelabelled ? plan : { ...plan, labels: this.#plan.labels };
    this.isRefusalSaid = false;
    if (!isRelabelled) return;
    this.running?.cancel();
    this.forget();
  }

  /** Drops the results and begins anew: the series are gone. */
  forget(): void {
    this.#results = undefined;
  }
}

/** Whether two lists have the same labels in the same order. */
export function sameLabels(a: readonly Label[], b: readonly Label[]): boolean {
  return a.length === b.length && a.every(({ name, value }, at) => name === b[at]?.name && value === b[at].value);
}
