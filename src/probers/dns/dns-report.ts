import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { TYPE_SOA } from './dns-codes.js';
import type { DnsMessage, DnsRecord } from './dns-message.js';
import { SECTIONS } from './dns-options.js';

const DNS_PHASES = ['resolve', 'connect', 'request'] as const;
/** The phases of a DNS probe. */
export type DnsPhase = (typeof DNS_PHASES)[number];

const durationSeconds = gauge('probe_dns_duration_seconds', 'Duration of DNS request by phase', ['phase']);
const recordCounts = {
  answer: gauge('probe_dns_answer_rrs', 'Returns number of entries in the answer resource record list'),
  authority: gauge('probe_dns_authority_rrs', 'Returns number of entries in the authority resource record list'),
  additional: gauge('probe_dns_additional_rrs', 'Returns number of entries in the additional resource record list'),
};
const querySucceeded = gauge(
  'probe_dns_query_succeeded',
  'Displays whether or not the query was executed successfully',
);
const serial = gauge('probe_dns_serial', 'Returns the serial number of the zone');
const ignoredReplies = gauge(
  'probe_dns_ignored_replies',
  'Number of datagrams that came from the server, but with a wrong id or question',
);
const retriedOverTcp = gauge(
  'probe_dns_retried_over_tcp',
  'Indicates if the reply over UDP was truncated and the question asked again over TCP',
);
const httpStatus = gauge('probe_dns_http_status_code', 'Status code of the HTTP response that carries the reply');

/** Sets the gauges that upstream shows from the start: dashboards expect zeros if there was no reply. */
export function reportNothingYet(metrics: MetricSet): void {
  for (const phase of DNS_PHASES) metrics.setWith(durationSeconds, { phase }, 0);
  for (const section of SECTIONS) metrics.set(recordCounts[section], 0);
  metrics.set(querySucceeded, 0);
}

/** Sets the duration of each phase. */
export function reportPhases(metrics: MetricSet, phases: PhaseClock<DnsPhase>): void {
  for (const phase of DNS_PHASES) metrics.setWith(durationSeconds, { phase }, phases.seconds(phase));
}

/**
 * Sets the number of ignored datagrams. It is left out if there were none, so that the output of an upstream module
 * equals upstream's.
 */
export function reportIgnored(metrics: MetricSet, count: number): void {
  if (count > 0) metrics.set(ignoredReplies, count);
}

/** Sets whether the query was sent again over TCP. */
export function reportTcpRetry(metrics: MetricSet, retried: boolean): void {
  metrics.set(retriedOverTcp, retried ? 1 : 0);
}

/** Sets the status of the HTTP response. */
export function reportHttpStatus(metrics: MetricSet, status: number): void {
  metrics.set(httpStatus, status);
}

/** Sets the counts of records. The serial is only set if the query was for SOA, and is zero if the reply has none. */
export function reportReply(metrics: MetricSet, reply: DnsMessage, queryType: number): void {
  for (const section of SECTIONS) metrics.set(recordCounts[section], reply[section].length);
  metrics.set(querySucceeded, 1);
  if (queryType === TYPE_SOA) metrics.set(serial, lastSerial(reply.answer));
}

function lastSerial(records: readonly DnsRecord[]): number {
  const soa = records.findLast(({ type }) => type === TYPE_SOA);
  if (soa === undefined) return 0;
  const rdata = soa.rdata();
  rdata.name();
  rdata.name();
  return rdata.uint32();
}
