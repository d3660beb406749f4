import { HttpError } from '../../../http/answers/http-reply.js';
import type { ServiceLog } from '../../../log/service-log.js';
import type { ProbeEnd } from '../../../probe/probe-abort.js';
import type { ProbeModule } from '../../../probe/probe-module.js';
import type { ProbeOutcome } from '../../../probe/run-probe.js';
import { probeTimeoutSeconds } from '../../../probe/timeout.js';
import { inSlices } from '../../../values/in-slices.js';
import type { KnownTarget } from '../discovery/known-target.js';
import { type ParsedProbeRequest, parseProbeRequest } from '../parsed-probe-request.js';
import { historyItem, runFor, type RunOptions } from '../run-request.js';
import { PackedMetrics } from './packed-metrics.js';
import type { ScheduleMetrics } from './schedule-metrics.js';
import type { ScheduledTarget } from './scheduled-target.js';
import { DEFAULT_MODULE } from './series-labels.js';

/** The dependencies of scheduled probes. */
export interface ScheduledProbeOptions extends RunOptions {
  readonly modules: () => ReadonlyMap<string, ProbeModule>;
  readonly log: ServiceLog;
  readonly schedule: () => ScheduleMetrics;
  /** Receives each target after its probe; `before` has the metrics of the probe before. */
  readonly onResult: (target: ScheduledTarget, before: PackedMetrics | undefined) => void;
}

/** The schedule's name as a client in the limits for clients. */
const CLIENT = 'schedule';
/** An estimate of a series' size as text, in bytes, by which the history bounds itself. */
const BYTES_A_SERIES = 80;

/** Returns how long a probe of the target may take: as its plan says, or its module where that has less. */
export function scheduledTimeoutSeconds(
  { plan }: Pick<ScheduledTarget, 'plan'>,
  modules: ReadonlyMap<string, ProbeModule>,
): number {
  const moduleSeconds = modules.get(plan.target.module ?? DEFAULT_MODULE)?.timeoutSeconds;
  return probeTimeoutSeconds({
    scrapeSeconds: plan.timeoutSeconds,
    ...(moduleSeconds !== undefined && { moduleSeconds }),
    offsetSeconds: 0,
  });
}

/** Runs probes of targets as `/probe` would, and keeps the results with the target. */
export function scheduledProbe(
  options: ScheduledProbeOptions,
): (target: ScheduledTarget, end: ProbeEnd) => Promise<void> {
  return async (target, end) => {
    const { results } = target;
    const parsed = await parsedRequest(target, options);
    if (parsed === undefined) return;
    const outcome = await runCounted(parsed, end, options);
    if (outcome === undefined) return;
    const before = results.last;
    const metrics = await inSlices(PackedMetrics.pack(outcome.metrics, before));
    // The result is dropped if the target has gone meanwhile, if its results were begun anew, or if the service ends.
    if (target.results !== results || outcome.failure?.reason === 'probe_cancelled') return;
    const startedSeconds = outcome.log[0]?.wallSeconds ?? options.clock.wallSeconds();
    results.add(outcome, { metrics, startedSeconds });
    options.history.add(historyItem(parsed, outcome), BYTES_A_SERIES * (results.last?.values.length ?? 0));
    options.onResult(target, before);
  };
}

/** Runs a probe. Returns undefined, and counts that, if the worker process that ran it has ended. */
async function runCounted(
  parsed: ParsedProbeRequest,
  end: ProbeEnd,
  options: ScheduledProbeOptions,
): Promise<ProbeOutcome | undefined> {
  try {
    return await runFor(parsed, { end, client: CLIENT, isTimed: true }, options);
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    options.schedule().skipped('worker_lost');
    return undefined;
  }
}

/** The request for a probe of the target. Returns undefined, and counts that, if there can be no such probe. */
async function parsedRequest(
  target: ScheduledTarget,
  options: ScheduledProbeOptions,
): Promise<ParsedProbeRequest | undefined> {
  const unknown: true[] = [];
  try {
    return await parseProbeRequest(
      { 'x-prometheus-scrape-timeout-seconds': String(target.plan.timeoutSeconds) },
      parametersOf(target.plan.target),
      {
        modules: options.modules(),
        timeoutOffsetSeconds: 0,
        onUnknownModule: () => unknown.push(true),
      },
    );
  } catch (error) {
    if (!(error instanceof HttpError)) throw error;
    options.schedule().skipped(unknown.length > 0 ? 'unknown_module' : 'refused');
    sayOnce(target, error.message, options.log);
    return undefined;
  }
}

function sayOnce(target: ScheduledTarget, problem: string, log: ServiceLog): void {
  if (target.isRefusalSaid) return;
  target.isRefusalSaid = true;
  log.error('A scheduled target cannot be probed', { target: target.plan.target.target.slice(0, 200), err: problem });
}

function parametersOf({ target, module, params }: KnownTarget): ReadonlyMap<string, string> {
  return new Map([...params, ['target', target], ['module', module ?? DEFAULT_MODULE]]);
}
