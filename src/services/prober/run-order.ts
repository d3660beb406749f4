import { endWhenClientLeaves, type Exchange } from '../../http/exchange.js';
import type { ServiceLog } from '../../log/service-log.js';
import type { History, HistoryItem } from '../../probe/history.js';
import { type ProbeOutcome, runProbe } from '../../probe/run-probe.js';
import type { Clock } from '../../values/clock.js';
import type { ParsedProbeRequest } from './parsed-probe-request.js';
import type { ProberMetrics } from './prober-metrics.js';
import type { ProbesInFlight } from './probes-in-flight.js';

/** What a probe that somebody has asked for is run with. */
export interface OrderOptions {
  readonly clock: Clock;
  readonly history: History;
  readonly inFlight: ProbesInFlight;
  readonly metrics: ProberMetrics;
  /** Has a level of its own (`--log.prober`), which does not touch what `debug=true` shows. */
  readonly probeLog: ServiceLog;
}

/** Runs the probe that a request asks for, and counts it. It ends when the client leaves. */
export async function runOrder(
  order: ParsedProbeRequest,
  { response }: Pick<Exchange, 'response'>,
  options: OrderOptions,
): Promise<ProbeOutcome> {
  const { clock, history, inFlight, metrics, probeLog } = options;
  const { module, request, name, timeoutSeconds } = order;
  const context = { module: module.name, target: name.target };
  const end = endWhenClientLeaves(response);
  const outcome = await inFlight.track(end, () =>
    runProbe({
      probe: module.probe,
      request,
      timeoutSeconds,
      end,
      clock,
      isTraced: order.debug || history.wantsTrace(name, clock.wallSeconds()),
      logSink: (entry) => {
        probeLog.pass(entry, context);
      },
    }),
  );
  const { failure, durationSeconds } = outcome;
  if (failure?.reason === 'target_denied') metrics.targetDenied();
  metrics.probeFinished(module.name, failure === undefined ? 'success' : 'failure', durationSeconds);
  return outcome;
}

/** What the history keeps of a probe. */
export function historyItem({ module, name }: ParsedProbeRequest, outcome: ProbeOutcome): HistoryItem {
  return {
    ...name,
    outcome,
    describe: () => module.describe(),
    describeOwn: () => module.describeOwn(),
  };
}
