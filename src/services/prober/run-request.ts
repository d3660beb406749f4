import { endWhenClientLeaves, type Exchange } from '../../http/exchange.js';
import { waitedForTurn } from '../../http/heads/guard-heads.js';
import type { ServiceLog } from '../../log/service-log.js';
import type { History, HistoryItem } from '../../probe/history.js';
import type { ProbeEnd } from '../../probe/probe-abort.js';
import type { ProbeOutcome, ProbeRun } from '../../probe/run-probe.js';
import type { Clock } from '../../values/clock.js';
import type { Admission } from './limits/admission.js';
import { type ProbeRunner, runAdmitted } from './limits/admitted-probe.js';
import { clientOf } from './limits/who-asks.js';
import type { ParsedProbeRequest } from './parsed-probe-request.js';
import type { ProberMetrics } from './prober-metrics.js';
import type { ProbesInFlight } from './probes-in-flight.js';

/** The dependencies of a probe on request. */
export interface RunOptions {
  readonly clock: Clock;
  readonly history: History;
  readonly inFlight: ProbesInFlight;
  readonly admission: Admission;
  readonly runProbe: ProbeRunner;
  readonly metrics: ProberMetrics;
  /** The log of probes. It has its own level (`--log.prober`), which does not affect `debug=true`. */
  readonly probeLog: ServiceLog;
}

/** The origin of a probe. */
export interface Asking {
  /** Cancelled when nobody waits for the result any more. */
  readonly end: ProbeEnd;
  /** The key by which limits distinguish clients: an IPv4 address, a /64 network of IPv6, or `schedule`. */
  readonly client: string;
  /** How long the request has waited already; the probe's timeout began before that. */
  readonly waitedSeconds?: number;
  /** Whether the outcome includes the duration of each phase. */
  readonly isTimed?: boolean;
  /**
   * Makes the answer of an outcome before it is counted; `dueSeconds` is when the probe's time is up, on the monotonic
   * clock. Returns the outcome that is answered.
   */
  readonly finish?: Finish | undefined;
}

/** See Asking. */
export type Finish = (outcome: ProbeOutcome, dueSeconds: number) => ProbeOutcome | Promise<ProbeOutcome>;

/** Shorter waits are everyday where other programs have the processors, and no scrape is lost by them. */
const SHORTEST_WAIT_SECONDS = 0.05;

/** Runs the probe that a request asks for, and counts it. It ends when the client leaves. */
export function runRequest(
  parsed: ParsedProbeRequest,
  exchange: Pick<Exchange, 'request' | 'response'>,
  options: RunOptions,
  finish?: Finish,
): Promise<ProbeOutcome> {
  const { request: asked } = exchange;
  const end = endWhenClientLeaves(exchange);
  const waited = waitedForTurn(asked.socket);
  const waitedSeconds = waited < SHORTEST_WAIT_SECONDS ? 0 : waited;
  return runFor(parsed, { end, client: clientOf(asked.socket.remoteAddress), waitedSeconds, finish }, options);
}

/** Runs a probe for any origin, and counts it. */
export async function runFor(parsed: ParsedProbeRequest, asking: Asking, options: RunOptions): Promise<ProbeOutcome> {
  const { clock, inFlight, metrics } = options;
  const { module, timeoutSeconds } = parsed;
  const { end, client, waitedSeconds = 0, finish } = asking;
  const run = runOf(parsed, asking, options);
  const dueSeconds = clock.monotonicSeconds() + timeoutSeconds - waitedSeconds;
  const place = inFlight.enter(end);
  let outcome: ProbeOutcome;
  try {
    outcome = await runAdmitted({ run, module, client }, options);
  } finally {
    inFlight.leave(place);
  }
  // Hardly ever is there something to wait for.
  const finished = finish?.(outcome, dueSeconds) ?? outcome;
  outcome = finished instanceof Promise ? await finished : finished;
  const { failure, durationSeconds } = outcome;
  if (failure?.reason === 'overloaded') metrics.overloaded();
  if (failure?.reason === 'target_denied') metrics.targetDenied();
  metrics.probeFinished(module.name, failure === undefined ? 'success' : 'failure', durationSeconds);
  return outcome;
}

/** The run of a probe that was asked for. */
function runOf(
  { module, request, name, timeoutSeconds, debug }: ParsedProbeRequest,
  { end, waitedSeconds = 0, isTimed = false }: Asking,
  { clock, history, probeLog }: RunOptions,
): ProbeRun {
  const context = { module: module.name, target: name.target };
  return {
    probe: module.probe,
    request,
    timeoutSeconds,
    waitedSeconds,
    end,
    clock,
    mask: module.mask,
    isTimed,
    isTraced: debug || history.wantsTrace(name, clock.wallSeconds()),
    logSink: (entry) => {
      probeLog.pass(entry, context);
    },
  };
}

/** The entry of a probe for the history. */
export function historyItem({ module, name }: ParsedProbeRequest, outcome: ProbeOutcome): HistoryItem {
  const { module: named, target, hostname, params } = name;
  const item: { -readonly [K in keyof HistoryItem]: HistoryItem[K] } = {
    module: named,
    target,
    outcome,
    describe: module.describe,
    describeOwn: module.describeOwn,
  };
  if (hostname !== undefined) item.hostname = hostname;
  if (params !== undefined) item.params = params;
  return item;
}
