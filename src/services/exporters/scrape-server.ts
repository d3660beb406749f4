import type { WebRequest } from '../../http/exchange.js';
import type { ServiceLog } from '../../log/service-log.js';
import type { ProbeEnd } from '../../probe/probe-abort.js';
import type { ProbeModule } from '../../probe/probe-module.js';
import { type ProbeOutcome, runProbe } from '../../probe/run-probe.js';
import { probeTimeoutSeconds } from '../../probe/timeout.js';
import type { Clock } from '../../values/clock.js';
import type { ProbesInFlight } from '../prober/probes-in-flight.js';

/** What scrapes of servers are run with. */
export interface ScrapeOptions {
  readonly clock: Clock;
  readonly log: ServiceLog;
  readonly inFlight: ProbesInFlight;
}

/** One scrape that is to be run. */
export interface ServerScrape {
  readonly module: ProbeModule;
  readonly target: string;
  readonly timeoutSeconds: number;
  readonly end: ProbeEnd;
}

/** Asks a server once. What goes wrong is logged, as upstream does. */
export function scrapeServer(
  { module, target, timeoutSeconds, end }: ServerScrape,
  { clock, log, inFlight }: ScrapeOptions,
): Promise<ProbeOutcome> {
  return inFlight.track(end, () =>
    runProbe({
      probe: module.probe,
      request: { target },
      timeoutSeconds,
      end,
      clock,
      logSink: (entry) => {
        log.pass(entry, { target });
      },
    }),
  );
}

/** What is left for the way back, in seconds, so that Prometheus hears of a server that hangs. */
const TIMEOUT_OFFSET_SECONDS = 0.5;

/** How long a scrape may take: as long as its module says, and no longer than Prometheus waits. */
export function scrapeTimeout({ headers }: WebRequest, { timeoutSeconds }: ProbeModule): number {
  const scrapeSeconds = Number(headers['x-prometheus-scrape-timeout-seconds'] ?? 0);
  return probeTimeoutSeconds({
    ...(scrapeSeconds > 0 && { scrapeSeconds }),
    ...(timeoutSeconds !== undefined && { moduleSeconds: timeoutSeconds }),
    offsetSeconds: TIMEOUT_OFFSET_SECONDS,
  });
}
