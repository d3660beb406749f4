import { gauge } from '../../metrics/metric-definition.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import type { PhaseClock } from '../../probe/phase-clock.js';
import { wholeNanoseconds } from '../../values/clock.js';
import { summarize } from './echo-statistics.js';
import type { EchoObservation } from './icmp-exchange.js';

const duration = gauge('probe_icmp_duration_seconds', 'Duration of icmp request by phase', ['phase']);
const replyHopLimit = gauge('probe_icmp_reply_hop_limit', 'Replied packet hop limit (TTL for ipv4)');
const packetsSent = gauge('probe_icmp_packets_sent', 'Number of echo requests that were sent');
const packetsReceived = gauge('probe_icmp_packets_received', 'Number of echo requests that were answered');
const lossRatio = gauge('probe_icmp_loss_ratio', 'Share of the echo requests that were not answered, from 0 to 1');
const roundTrips = gauge('probe_icmp_rtt_seconds', 'Round trip times of the answered echo requests', ['stat']);

const PHASES = ['resolve', 'setup', 'rtt'] as const;

/** The phases of a probe: finding the address, opening the socket, waiting for the reply. */
export type IcmpPhase = (typeof PHASES)[number];

/** Sets the phases; each is zero until it is over, as in upstream. */
export function reportIcmpPhases(metrics: MetricSet, phases: PhaseClock<IcmpPhase>): void {
  for (const phase of PHASES) metrics.setWith(duration, { phase }, phases.seconds(phase));
}

/** Sets what the replies showed; nothing if there is none. */
export function reportReplies(metrics: MetricSet, { replies }: EchoObservation): void {
  const last = replies.at(-1);
  if (last !== undefined && last.hopLimit >= 0) metrics.set(replyHopLimit, last.hopLimit);
}

/**
 * Sets what only a series of requests can show; upstream has nothing like it, so that a single request does not either.
 */
export function reportSeries(metrics: MetricSet, { sent, replies }: EchoObservation): void {
  metrics.set(packetsSent, sent);
  metrics.set(packetsReceived, replies.length);
  if (sent > 0) metrics.set(lossRatio, (sent - replies.length) / sent);
  const statistics = summarize(replies.map(({ rttSeconds }) => rttSeconds));
  if (statistics === undefined) return;
  for (const stat of ['min', 'avg', 'max', 'stddev', 'jitter'] as const) {
    metrics.setWith(roundTrips, { stat }, wholeNanoseconds(statistics[stat]));
  }
}

/** How long a round trip took: the mean, where there were several; undefined if there was none. */
export function meanRoundTrip({ replies }: EchoObservation): number | undefined {
  return summarize(replies.map(({ rttSeconds }) => rttSeconds))?.avg;
}
