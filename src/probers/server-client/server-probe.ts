import type { MetricDefinition } from '../../metrics/metric-definition.js';
import { heapRoom } from '../../probe/heap-room.js';
import { PhaseClock } from '../../probe/phase-clock.js';
import type { ProbeContext } from '../../probe/prober.js';
import type { ServerPhase } from './server-dial.js';

/** The metrics of every prober of servers, under its own names. */
export interface ServerMetrics {
  /** 1 if the server has answered. */
  readonly up: MetricDefinition<never>;
  readonly durationSeconds: MetricDefinition<'phase'>;
}

const REPORTED = ['resolve', 'connect', 'tls', 'request'] as const;

/** Runs a probe: `ask` dials and asks the server. The duration of each phase that was reached is always reported. */
export async function probeServer(
  { up, durationSeconds }: ServerMetrics,
  context: ProbeContext,
  ask: (phases: PhaseClock<ServerPhase>) => Promise<void>,
): Promise<void> {
  const { metrics } = context;
  metrics.set(up, 0);
  const phases = new PhaseClock<ServerPhase>(context);
  const endWatch = heapRoom.watch(metrics);
  try {
    await ask(phases);
    metrics.set(up, 1);
  } finally {
    endWatch();
    for (const phase of REPORTED) {
      if (phases.entered(phase)) metrics.setWith(durationSeconds, { phase }, phases.seconds(phase));
    }
  }
}
