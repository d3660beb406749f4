import type { MetricSink } from './metric-sink.js';

/**
 * Does one part of a collector's work, such as a file or a device. An error fails this part only. A collector whose
 * parts all fail fails with the first error.
 */
export function apart(metrics: MetricSink, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Error) || isSlip(error)) throw error;
    metrics.passOver(error);
  }
}

/** Like `apart`, for work that waits. */
export async function apartLater(metrics: MetricSink, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    apart(metrics, () => {
      throw error;
    });
  }
}

/** A bug of ours, not a problem of the host. */
function isSlip(error: Error): boolean {
  return error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError;
}
