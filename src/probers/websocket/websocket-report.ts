import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { PhaseClock } from '../../probe/phase-clock.js';

const WEBSOCKET_PHASES = ['resolve', 'connect', 'processing', 'transfer'] as const;

/** A phase of a websocket probe. */
export type WebsocketPhase = (typeof WEBSOCKET_PHASES)[number];

const upgraded = gauge(
  'probe_websocket_connection_upgraded',
  'Indicates if the websocket connection was successfully upgraded',
);
const statusCode = gauge('probe_websocket_status_code', 'Response HTTP status code');
const failedDueToRegex = gauge('probe_websocket_failed_due_to_regex', 'Indicates if probe failed due to regex');
const durationSeconds = gauge('probe_websocket_duration_seconds', 'Duration of websocket request by phase', ['phase']);
const closeCode = gauge(
  'probe_websocket_close_code',
  'Code with which the server ended the connection during the probe (1005: none given, 1006: without a close frame)',
);

/** Upstream shows these from the moment on when the target is a URL. */
export function reportNothingYet(metrics: MetricSet): void {
  metrics.set(upgraded, 0);
  metrics.set(statusCode, 0);
  metrics.set(failedDueToRegex, 0);
}

/** Sets the status of the server's answer to the handshake. */
export function reportStatus(metrics: MetricSet, status: number): void {
  metrics.set(statusCode, status);
}

/** Says in the metrics that the connection was upgraded. */
export function reportUpgraded(metrics: MetricSet): void {
  metrics.set(upgraded, 1);
}

/** Sets the gauge for every failure of the dialogue, as upstream does. */
export function reportDialogueFailure(metrics: MetricSet): void {
  metrics.set(failedDueToRegex, 1);
}

/** Sets the code with which the server closed the connection (RFC 6455, 7.4). */
export function reportCloseCode(metrics: MetricSet, code: number): void {
  metrics.set(closeCode, code);
}

/** Sets the phases that were reached. */
export function reportPhases(metrics: MetricSet, phases: PhaseClock<WebsocketPhase>): void {
  for (const phase of WEBSOCKET_PHASES) {
    if (phases.entered(phase)) metrics.setWith(durationSeconds, { phase }, phases.seconds(phase));
  }
}
