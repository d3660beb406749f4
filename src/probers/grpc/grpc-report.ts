import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import type { GrpcOutcome } from './grpc-outcome.js';
import { SERVING_STATUSES } from './health-message.js';

const duration = gauge('probe_grpc_duration_seconds', 'Duration of gRPC request by phase', ['phase']);
const usedTls = gauge('probe_grpc_ssl', 'Indicates if SSL was used for the connection');
const statusCode = gauge('probe_grpc_status_code', 'Response gRPC status code');
const healthResponse = gauge('probe_grpc_healthcheck_response', 'Response HealthCheck response', ['serving_status']);

/** The phases of a probe, one after the other. Upstream combines the last three in one phase `check`. */
export type GrpcPhase = 'resolve' | 'connect' | 'tls' | 'check';

/** Sets the gauges that upstream shows from the start: a probe that fails early has these zeros. */
export function reportNothingYet(metrics: MetricSet): void {
  metrics.setWith(duration, { phase: 'resolve' }, 0);
  metrics.set(usedTls, 0);
  metrics.set(statusCode, 0);
}

/**
 * Sets the phases of a probe that got as far as connecting. If the look-up failed there is no duration, as in upstream.
 */
export function reportPhases(metrics: MetricSet, phases: PhaseClock<GrpcPhase>): void {
  metrics.setWith(duration, { phase: 'resolve' }, phases.seconds('resolve'));
  if (phases.entered('connect')) metrics.setWith(duration, { phase: 'connect' }, phases.seconds('connect'));
  if (phases.entered('tls')) metrics.setWith(duration, { phase: 'tls' }, phases.seconds('tls'));
  // Upstream has this phase as soon as it connects, so it is always set from here on.
  metrics.setWith(duration, { phase: 'check' }, phases.seconds('check'));
}

/** Sets every known serving status to 0, as upstream does before it asks the server. */
export function reportNoServingStatus(metrics: MetricSet): void {
  for (const status of SERVING_STATUSES) metrics.setWith(healthResponse, { serving_status: status }, 0);
}

/** Sets the status of a call that was not made or not answered. */
export function reportStatusCode(metrics: MetricSet, code: number): void {
  metrics.set(statusCode, code);
}

/** Sets the gauges for the result of the call. */
export function reportOutcome(metrics: MetricSet, outcome: GrpcOutcome, withTls: boolean): void {
  const answered = 'servingStatus' in outcome || outcome.answered;
  metrics.set(usedTls, withTls && answered ? 1 : 0);
  metrics.set(statusCode, outcome.code);
  if ('servingStatus' in outcome) metrics.setWith(healthResponse, { serving_status: outcome.servingStatus }, 1);
}
