/** Statistics of the round trips of one probe, in seconds. */
export interface EchoStatistics {
  readonly min: number;
  readonly avg: number;
  readonly max: number;
  /** The standard deviation of the population, like ping's mdev. */
  readonly stddev: number;
  /** The mean difference between a round trip and the one before; 0 for a single one. */
  readonly jitter: number;
}

/**
 * Computes the statistics of round trips, given in the order of their requests. Returns undefined if there are none.
 */
export function summarize(rttSeconds: readonly number[]): EchoStatistics | undefined {
  const count = rttSeconds.length;
  if (count === 0) return undefined;
  const avg = rttSeconds.reduce((sum, rtt) => sum + rtt, 0) / count;
  const variance = rttSeconds.reduce((sum, rtt) => sum + (rtt - avg) ** 2, 0) / count;
  const changes = rttSeconds.slice(1).map((rtt, index) => Math.abs(rtt - (rttSeconds[index] ?? rtt)));
  const jitter = changes.reduce((sum, change) => sum + change, 0) / Math.max(1, changes.length);
  return { min: Math.min(...rttSeconds), avg, max: Math.max(...rttSeconds), stddev: Math.sqrt(variance), jitter };
}
