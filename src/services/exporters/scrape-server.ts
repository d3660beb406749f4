import { HttpError } from '../../http/answers/http-reply.js';
import { isLong } from '../../http/answers/send-metrics.js';
import type { WebRequest } from '../../http/exchange.js';
import type { ServiceLog } from '../../log/service-log.js';
import type { MetricSet } from '../../metrics/metric-set.js';
import { HEAP_IS_FULL } from '../../probe/heap-room.js';
import type { ProbeEnd } from '../../probe/probe-abort.js';
import type { LogEntry } from '../../probe/probe-log.js';
import type { ProbeModule } from '../../probe/probe-module.js';
import type { ConnectionPlace } from '../../probe/prober.js';
import { type ProbeOutcome, runProbe } from '../../probe/run-probe.js';
import { shortenedOutcome } from '../../probe/shortened-outcome.js';
import { probeTimeoutSeconds } from '../../probe/timeout.js';
import type { Clock } from '../../values/clock.js';
import { inSlices } from '../../values/in-slices.js';
import type { Admission } from '../prober/limits/admission.js';
import { runAdmitted } from '../prober/limits/admitted-probe.js';
import type { ProbesInFlight } from '../prober/probes-in-flight.js';
import { scrapesAtOnce } from './scrapes-at-once.js';

/** The dependencies of scrapes. */
export interface ScrapeOptions {
  readonly clock: Clock;
  readonly log: ServiceLog;
  readonly inFlight: ProbesInFlight;
  /** Its limit is for scrapes of the same server. */
  readonly admission: Admission;
}

/** One scrape that is to be run. */
export interface ServerScrape {
  /** Who wants it. */
  readonly client: string;
  readonly module: ProbeModule;
  readonly target: string;
  /** The collectors that the request names; undefined if it names none. */
  readonly collectors: ReadonlySet<string> | undefined;
  /** The user that the request names; undefined if it names none. */
  readonly username: string | undefined;
  /** All parameters of the request that names the server; undefined for a server of the command line. */
  readonly params: ReadonlyMap<string, string> | undefined;
  readonly timeoutSeconds: number;
  readonly end: ProbeEnd;
  /** Where the connection of the scrape before may be; undefined where each has to make one. */
  readonly place: ConnectionPlace | undefined;
  /** An empty set for the metrics; undefined: a new one. */
  readonly metrics: MetricSet | undefined;
}

const TOO_MANY = `Limit of concurrent requests reached (${scrapesAtOnce()}), try again later.`;

/**
 * Scrapes a server once, when it has its turn. Problems are logged, as upstream does. Rejects with an HttpError if it
 * has none in time: nothing is known of the server then.
 */
export async function scrapeServer(
  { client, module, target, collectors, username, params, timeoutSeconds, end, place, metrics }: ServerScrape,
  { clock, log, inFlight, admission }: ScrapeOptions,
): Promise<ProbeOutcome> {
  const request = {
    target,
    ...(collectors && { collectors }),
    ...(username !== undefined && { username }),
    ...(params && { params }),
  };
  const logSink = (entry: LogEntry): void => {
    log.pass(entry, { target });
  };
  const held = inFlight.enter(end);
  let outcome: ProbeOutcome;
  try {
    const run = { probe: module.probe, request, timeoutSeconds, end, clock, place, metrics, logSink };
    outcome = await runAdmitted({ run, module, client, host: target }, { admission, runProbe });
  } finally {
    inFlight.leave(held);
  }
  const { failure } = outcome;
  if (failure?.reason === 'overloaded') throw new HttpError(503, failure.phase === 'setup' ? TOO_MANY : HEAP_IS_FULL);
  // There is no time left to write what a server gave before it failed, where that is very much.
  if (failure === undefined || !isLong(outcome.metrics)) return outcome;
  return inSlices(shortenedOutcome(outcome));
}

/** The seconds reserved for the response, so that Prometheus gets the result of a scrape whose server hangs. */
const TIMEOUT_OFFSET_SECONDS = 0.5;

/** The timeout of a scrape in seconds: the module's, but no longer than Prometheus waits. */
export function scrapeTimeout({ headers }: WebRequest, { timeoutSeconds }: ProbeModule): number {
  const scrapeSeconds = Number(headers['x-prometheus-scrape-timeout-seconds'] ?? 0);
  return probeTimeoutSeconds({
    scrapeSeconds: scrapeSeconds > 0 ? scrapeSeconds : 0,
    moduleSeconds: timeoutSeconds ?? 0,
    offsetSeconds: TIMEOUT_OFFSET_SECONDS,
  });
}
