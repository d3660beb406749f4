import type { LogFormatter } from '../../log/log-format.js';
import { writeMetricSet } from '../../metrics/write-text.js';
import type { HistoryItem } from '../../probe/history.js';

/**
 * What `debug=true` and `/logs` show of a probe, in upstream's frame: every log line whatever its level, the metrics,
 * the module; in steps, since a target can bring thousands of lines.
 */
export function* debugText(
  { module, target, outcome, describe }: HistoryItem,
  format: LogFormatter,
): Generator<undefined, string> {
  const context = { module, target };
  let log = '';
  for (const entry of outcome.log) {
    yield;
    log += `${format(entry, context)}\n`;
  }
  const metrics = writeMetricSet(outcome.metrics);
  return `Logs for the probe:\n${log}\n\n\nMetrics that would have been returned:\n${metrics}\n\n\nModule configuration:\n${describe()}`;
}
