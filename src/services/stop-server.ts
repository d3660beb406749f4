import type { HttpServer } from '../http/listeners/http-server.js';
import type { Clock } from '../values/clock.js';
import type { ProbesInFlight } from './prober/probes-in-flight.js';

export interface StopOptions {
  readonly inFlight: ProbesInFlight;
  readonly clock: Clock;
  readonly graceSeconds: number;
}

/** How long cancelled probes get to send their answers. */
const CANCELLED_PROBE_GRACE_SECONDS = 1;

/** Accepts no more; lets probes finish for `graceSeconds`, then cancels them, and in the end cuts what is still connected. */
export async function stopServer(server: HttpServer, { inFlight, clock, graceSeconds }: StopOptions): Promise<void> {
  const cancelTimers = [
    clock.after(graceSeconds, () => {
      inFlight.cancelAll();
    }),
    clock.after(graceSeconds + CANCELLED_PROBE_GRACE_SECONDS, () => {
      server.cut();
    }),
  ];
  await server.stop();
  for (const cancel of cancelTimers) cancel();
}
