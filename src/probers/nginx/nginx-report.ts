import { counter, gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import type { ServerPhase } from '../server-client/server-dial.js';
import type { StubStatus } from './stub-status.js';

// Names, types and texts are those of nginx-prometheus-exporter 1.5: its dashboards and alerts work as they are.
const up = gauge('nginx_up', 'Status of the last metric scrape');
const active = gauge('nginx_connections_active', 'Active client connections');
const accepted = counter('nginx_connections_accepted', 'Accepted client connections');
const handled = counter('nginx_connections_handled', 'Handled client connections');
const reading = gauge('nginx_connections_reading', 'Connections where NGINX is reading the request header');
const writing = gauge(
  'nginx_connections_writing',
  'Connections where NGINX is writing the response back to the client',
);
const waiting = gauge('nginx_connections_waiting', 'Idle client connections');
const requests = counter('nginx_http_requests_total', 'Total http requests');

const statusCode = gauge('probe_nginx_status_code', 'Response HTTP status code. Zero if there was no answer');
const durationSeconds = gauge(
  'probe_nginx_duration_seconds',
  'Duration of nginx probe by phase. Absent if the phase was not reached',
  ['phase'],
);

/** Sets the metrics that hold until there is an answer. */
export function reportNothingYet(metrics: MetricSet): void {
  metrics.set(up, 0);
  metrics.set(statusCode, 0);
}

/** Sets the status of the answer, whatever it is. */
export function reportStatusCode(metrics: MetricSet, status: number): void {
  metrics.set(statusCode, status);
}

/** Sets the metrics of the page. */
export function reportStubStatus(metrics: MetricSet, status: StubStatus): void {
  metrics.set(up, 1);
  metrics.set(active, status.active);
  metrics.set(accepted, status.accepted);
  metrics.set(handled, status.handled);
  metrics.set(reading, status.reading);
  metrics.set(writing, status.writing);
  metrics.set(waiting, status.waiting);
  metrics.set(requests, status.requests);
}

const PHASES = ['resolve', 'connect', 'tls', 'processing', 'transfer'] as const;

/** Sets the phases that were reached. */
export function reportPhases(metrics: MetricSet, phases: PhaseClock<ServerPhase>): void {
  for (const phase of PHASES) {
    if (phases.entered(phase)) metrics.setWith(durationSeconds, { phase }, phases.seconds(phase));
  }
}
