import { endWhenClientLeaves, type Exchange } from '../../http/exchange.js';
import type { ServiceLog } from '../../log/service-log.js';
import type { History, HistoryItem } from '../../probe/history.js';
import type { ProbeOutcome, ProbeRun } from '../../probe/run-probe.js';
import type { Clock } from '../../values/clock.js';
import type { Admission } from './limits/admission.js';
import { runAdmitted } from './limits/admitted-probe.js';
import { clientOf, hostOf } from './limits/who-asks.js';
import type { ParsedProbeRequest } from './parsed-probe-request.js';
import type { ProberMetrics } from './prober-metrics.js';
import type { ProbesInFlight } from './probes-in-flight.js';

/** What a probe that somebody has asked for is run with. */
export interface OrderOptions {
  readonly clock: Clock;
  readonly history: History;
  readonly inFlight: ProbesInFlight;
  readonly admission: Admission;
  readonly metrics: ProberMetrics;
  /** Has a level of its own (`--log.prober`), which does not touch what `debug=true` shows. */
  readonly probeLog: ServiceLog;
}

/** Runs the probe that a request asks for, and counts it. It ends when the client leaves. */
export async function runOrder(
  order: ParsedProbeRequest,
  { request: asked, response }: Pick<Exchange, 'request' | 'response'>,
  options: OrderOptions,
): Promise<ProbeOutcome> {
  const { clock, history, inFlight, admission, metrics, probeLog } = options;
  const { module, request, name, timeoutSeconds } = order;
  const context = { module: module.name, target: name.target };
  const end = endWhenClientLeaves(response);
  const run: ProbeRun = {
    probe: module.probe,
    request,
    timeoutSeconds,
    end,
    clock,
    ...(module.mask && { mask: module.mask }),
    isTraced: order.debug || history.wantsTrace(name, clock.wallSeconds()),
    logSink: (entry) => {
      probeLog.pass(entry, context);
    },
  };
  const asker = { client: clientOf(asked.socket.remoteAddress), host: hostOf(request.target) };
  const outcome = await inFlight.track(end, () => runAdmitted(run, asker, admission));
  const { failure, durationSeconds } = outcome;
  if (failure?.reason === 'overloaded') metrics.overloaded();
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
