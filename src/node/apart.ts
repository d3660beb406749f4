import type { MetricSink } from './metric-sink.js';

/**
 * Does one part of a collector's work, such as a file or a device: what is wrong with it costs this part only. A
 * collector that has nothing but such parts fails with the error of the first.
 */
export function apart(metrics: MetricSink, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error) || isSlip(error)) throw error;
    metrics.passOver(error);
  }
}

/** A mistake in our own code, which is none of the host's. */
function isSlip(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}
