import type { LogFormatter } from '../../log/log-format.js';
import { writeMetricSet } from '../../metrics/write-text.js';
import type { HistoryItem } from '../../probe/history.js';

/**
 * What `debug=true` and `/logs` show of a probe, in upstream's frame: every log line whatever its level, the metrics,
 * the module.
 */
export function debugText({ module, target, outcome, describe }: HistoryItem, format: LogFormatter): string {
  const context = { module, target };
  const log = outcome.log.map((entry) => `${format(entry, context)}\n`).join('');
  const metrics = writeMetricSet(outcome.metrics);
  return `Logs for the probe:\n${log}\n\n\nMetrics that would have been returned:\n${metrics}\n\n\nModule configuration:\n${describe()}`;
}
