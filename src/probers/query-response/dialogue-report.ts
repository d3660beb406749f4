import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { ProbeContext } from '../../probe/prober.js';
import type { CheckNote } from '../../probe/report/probe-notes.js';
import { secondsSince } from '../../values/clock.js';
import type { MatchGroups } from '../../values/go/go-template.js';
import type { QueryStep, TextExpectation } from './query-step.js';
import { withoutRawBytes } from './received-text.js';

const failedDueToRegex = gauge('probe_failed_due_to_regex', 'Indicates if probe failed due to regex');
const failedDueToBytes = gauge('probe_failed_due_to_bytes', 'Indicates if probe failed due to bytes');
const stepDuration = gauge(
  'probe_query_response_duration_seconds',
  'How long a step of query_response took, the first being 0. Absent if it was not reached',
  ['step'],
);
const stepSuccess = gauge(
  'probe_query_response_success',
  'Whether a step of query_response went as it should, the first being 0. Absent if it was not reached',
  ['step'],
);

/** Upstream has both from the moment on when there is a connection, and neither before. */
export function reportConnected(metrics: MetricSet): void {
  metrics.set(failedDueToRegex, 0);
  metrics.set(failedDueToBytes, 0);
}

/** Says in the metrics that a pattern was not found. */
export function reportRegexFailure(metrics: MetricSet): void {
  metrics.set(failedDueToRegex, 1);
}

/** Says in the metrics that bytes were not found. */
export function reportBytesFailure(metrics: MetricSet): void {
  metrics.set(failedDueToBytes, 1);
}

/** Sets `probe_expect_info`, if the step asks for it, from the groups of what it matched (byte strings). */
export function reportMatch(metrics: MetricSet, { info }: TextExpectation, groups: MatchGroups): void {
  if (info === undefined) return;
  const labels = info.labels.map(([name, value]) => [name, withoutRawBytes(value.expand(groups))] as const);
  metrics.setWith(info.metric, Object.fromEntries(labels), 1);
}

/** Performs the steps in turn, each with its duration and its outcome as metrics; stops at the first that throws. */
export async function performSteps(
  steps: readonly QueryStep[],
  { metrics, clock, log, notes }: ProbeContext,
  perform: (step: QueryStep) => Promise<void>,
): Promise<void> {
  notes.expects(() => steps.map(describeStep));
  for (const [index, queryStep] of steps.entries()) {
    notes.begins(index);
    const step = String(index);
    log.debug('Processing query response entry', { entry_number: index });
    const startedAt = clock.monotonicSeconds();
    metrics.setWith(stepSuccess, { step }, 0);
    try {
      await perform(queryStep);
      metrics.setWith(stepSuccess, { step }, 1);
    } finally {
      metrics.setWith(stepDuration, { step }, secondsSince(startedAt, clock));
    }
  }
}

function describeStep({ expect, send, startTls }: QueryStep, index: number): CheckNote {
  const waits =
    expect === undefined ? [] : [expect.kind === 'text' ? `expect ${expect.regexp.source}` : 'expect bytes'];
  const parts = [...waits, ...(send === undefined ? [] : ['send']), ...(startTls ? ['change to TLS'] : [])];
  return { expects: `step ${index}: ${parts.join(', ')}`, reasons: [] };
}
