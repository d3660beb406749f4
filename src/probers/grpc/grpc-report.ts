import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import type { GrpcOutcome } from './grpc-outcome.js';
import { SERVING_STATUSES } from './health-message.js';

const duration = gauge('probe_grpc_duration_seconds', 'Duration of gRPC request by phase', ['phase']);
const usedTls = gauge('probe_grpc_ssl', 'Indicates if SSL was used for the connection');
const statusCode = gauge('probe_grpc_status_code', 'Response gRPC status code');
const healthResponse = gauge('probe_grpc_healthcheck_response', 'Response HealthCheck response', ['serving_status']);

/** The phases of a probe, one after the other. Upstream has one phase for the last three, called `check`. */
export type GrpcPhase = 'resolve' | 'connect' | 'tls' | 'check';

/** Sets what upstream shows before anything is known: a probe that fails early has these zeros. */
export function reportNothingYet(metrics: MetricSet): void {
  metrics.setWith(duration, { phase: 'resolve' }, 0);
  metrics.set(usedTls, 0);
  metrics.set(statusCode, 0);
}

/** Sets the phases of a probe that got as far as to dial: a look-up that failed has no duration, as in upstream. */
export function reportPhases(metrics: MetricSet, phases: PhaseClock<GrpcPhase>): void {
  metrics.setWith(duration, { phase: 'resolve' }, phases.seconds('resolve'));
  if (phases.entered('connect')) metrics.setWith(duration, { phase: 'connect' }, phases.seconds('connect'));
  if (phases.entered('tls')) metrics.setWith(duration, { phase: 'tls' }, phases.seconds('tls'));
  // There whatever happens from here on: upstream has it as soon as it dials.
  metrics.setWith(duration, { phase: 'check' }, phases.seconds('check'));
}

/** Sets every known serving status to 0, which says that the server was about to be asked. */
export function reportNoServingStatus(metrics: MetricSet): void {
  for (const status of SERVING_STATUSES) metrics.setWith(healthResponse, { serving_status: status }, 0);
}

/** Sets the status of a call that was not made or not answered. */
export function reportStatusCode(metrics: MetricSet, code: number): void {
  metrics.set(statusCode, code);
}

/** Sets what the call came to. */
export function reportOutcome(metrics: MetricSet, outcome: GrpcOutcome, withTls: boolean): void {
  const answered = 'servingStatus' in outcome || outcome.answered;
  metrics.set(usedTls, withTls && answered ? 1 : 0);
  metrics.set(statusCode, outcome.code);
  if ('servingStatus' in outcome) metrics.setWith(healthResponse, { serving_status: outcome.servingStatus }, 1);
}
