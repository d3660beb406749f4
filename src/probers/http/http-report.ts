import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { firstHeader } from '../../net/http1/http-headers.js';
import { reportTls } from '../../net/tls/tls-report.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import type { Verdict } from './http-checks.js';
import type { HttpObservation } from './http-observation.js';
import { parseHttpDate } from './last-modified.js';

const HTTP_PHASES = ['resolve', 'connect', 'tls', 'processing', 'transfer'] as const;

/** A phase of an http probe: the label `phase` of `probe_http_duration_seconds`. */
export type HttpPhase = (typeof HTTP_PHASES)[number];

const durationSeconds = gauge(
  'probe_http_duration_seconds',
  'Duration of http request by phase, summed over all redirects',
  ['phase'],
);
const contentLength = gauge('probe_http_content_length', 'Length of http content response');
const bodyLength = gauge('probe_http_uncompressed_body_length', 'Length of uncompressed response body');
const redirects = gauge('probe_http_redirects', 'The number of redirects');
const ssl = gauge('probe_http_ssl', 'Indicates if SSL was used for the final redirect');
const statusCode = gauge('probe_http_status_code', 'Response HTTP status code');
const version = gauge('probe_http_version', 'Returns the version of HTTP of the probe response');
const failedDueToRegex = gauge('probe_failed_due_to_regex', 'Indicates if probe failed due to regex');
const failedDueToCel = gauge('probe_failed_due_to_cel', 'Indicates if probe failed due to CEL expression not matching');
const lastModified = gauge(
  'probe_http_last_modified_timestamp_seconds',
  'Returns the Last-Modified HTTP response header in unixtime',
);

/**
 * Sets the gauges that upstream shows before anything is known: dashboards count on zeroes where there was no answer.
 */
export function reportNothingYet(metrics: MetricSet, { withCel }: { readonly withCel: boolean }): void {
  for (const metric of [contentLength, bodyLength, redirects, ssl, statusCode, version, failedDueToRegex]) {
    metrics.set(metric, 0);
  }
  if (withCel) metrics.set(failedDueToCel, 0);
}

/** Redirects are known, and shown, also where no answer came of them. */
export function reportRedirects(metrics: MetricSet, count: number): void {
  metrics.set(redirects, count);
}

/**
 * Sets the durations of the phases, once a request was about to go out. Every phase is there, zero if it was not
 * reached; `resolve` only if a name was looked up.
 */
export function reportPhases(metrics: MetricSet, phases: PhaseClock<HttpPhase>): void {
  for (const phase of HTTP_PHASES) {
    if (phase === 'resolve' && !phases.entered('resolve')) continue;
    metrics.setWith(durationSeconds, { phase }, phases.seconds(phase));
  }
}

/** Reports a probe that ended before its first request: only the phase of resolving is known. */
export function reportResolvePhase(metrics: MetricSet, phases: PhaseClock<HttpPhase>): void {
  if (phases.entered('resolve')) metrics.setWith(durationSeconds, { phase: 'resolve' }, phases.seconds('resolve'));
}

/** Sets the metrics of the last answer, independent of the checks' verdict. */
export function reportAnswer(metrics: MetricSet, { answer, tls }: HttpObservation): void {
  metrics.set(statusCode, answer.status);
  metrics.set(version, Number(answer.version.replace('HTTP/', '')));
  metrics.set(contentLength, answer.contentLength);
  metrics.set(bodyLength, answer.body?.lengthBytes ?? 0);
  const modified = parseHttpDate(firstHeader(answer.headers, 'Last-Modified') ?? '');
  if (modified !== undefined) metrics.set(lastModified, modified);
  metrics.set(ssl, tls === undefined ? 0 : 1);
  if (tls !== undefined) reportTls(metrics, tls);
}

/** Sets the metrics of the checks that failed. */
export function reportVerdict(metrics: MetricSet, verdict: Verdict): void {
  if (verdict.failedDueToRegex) metrics.set(failedDueToRegex, 1);
  if (verdict.failedDueToCel) metrics.set(failedDueToCel, 1);
}
