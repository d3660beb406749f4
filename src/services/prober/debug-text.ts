import type { LogFormatter } from '../../log/log-format.js';
import { metricSetText } from '../../metrics/metric-set-text.js';
import type { HistoryItem } from '../../probe/history.js';
import type { Steps } from '../../values/in-slices.js';

/**
 * The text of `debug=true` and `/logs` in upstream's layout: all log lines of any level, the metrics, the module. It is
 * built in steps, since a target can cause thousands of lines.
 */
export function* debugText({ module, target, outcome, describe }: HistoryItem, format: LogFormatter): Steps<string> {
  const context = { module, target };
  let log = '';
  for (const entry of outcome.log) {
    yield;
    log += `${format(entry, context)}\n`;
  }
  const metrics = yield* metricSetText(outcome.metrics);
  return `Logs for the probe:\n${log}\n\n\nMetrics that would have been returned:\n${metrics}\n\n\nModule configuration:\n${describe()}`;
}
